"""The words of `alie check aws` for what a step found, and how it is told. Pure."""

from __future__ import annotations

from alie.cli.finding import Finding as Finding

OK, WARNING, FAILED, UNKNOWN = "ok", "warning", "failed", "unknown"
"""`UNKNOWN`: AWS would not say."""


def line(finding: Finding) -> str:
    """One step for people, with what to do on a second line."""
    told = f"{finding.state:<9}{finding.step:<13}{finding.detail}\n"
    return f"{told}{'':9}what to do: {finding.advice}\n" if finding.advice else told
