"""What one look found, and how it is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass

OK, NOTE, PROBLEM, NOT_LOOKED_AT = "ok", "note", "problem", "not looked at"
_WIDTH = len(NOT_LOOKED_AT) + 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Attributes:
        step: what was looked at.
        state: `OK`; `NOTE`, where it works and could be better; `PROBLEM`; `NOT_LOOKED_AT`, where it could not be seen.
        detail: what was seen, in words; never a secret.
        advice: what to do about it; empty where there is nothing to do.
    """

    step: str
    state: str
    detail: str
    advice: str = ""


def line(finding: Finding) -> str:
    """One finding for people, with what to do on a second line."""
    told = f"{finding.state:<{_WIDTH}}{finding.step:<14}{finding.detail}\n"
    return f"{told}{'':{_WIDTH}}{'':14}what to do: {finding.advice}\n" if finding.advice else told
