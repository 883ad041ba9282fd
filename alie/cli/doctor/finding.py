"""The words of `alie doctor` for what a look found, and how it is told. Pure."""

from __future__ import annotations

from alie.cli.finding import Finding as Finding

OK, NOTE, PROBLEM, NOT_LOOKED_AT = "ok", "note", "problem", "not looked at"
"""`NOTE`: it works and could be better. `NOT_LOOKED_AT`: it could not be seen."""
_WIDTH = len(NOT_LOOKED_AT) + 2


def line(finding: Finding) -> str:
    """One finding for people, with what to do on a second line."""
    told = f"{finding.state:<{_WIDTH}}{finding.step:<14}{finding.detail}\n"
    return f"{told}{'':{_WIDTH}}{'':14}what to do: {finding.advice}\n" if finding.advice else told
