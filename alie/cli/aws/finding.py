"""What one step of `alie check aws` found, and how it is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARNING, FAILED, UNKNOWN = "ok", "warning", "failed", "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Attributes:
        step: what was looked at.
        state: `OK`, `WARNING`, `FAILED`, or `UNKNOWN` where AWS would not say.
        detail: what was seen, in words; never a key.
        advice: what to do about it; empty where all is well.
    """

    step: str
    state: str
    detail: str
    advice: str = ""


def line(finding: Finding) -> str:
    """One step for people, with what to do on a second line."""
    told = f"{finding.state:<9}{finding.step:<13}{finding.detail}\n"
    return f"{told}{'':9}what to do: {finding.advice}\n" if finding.advice else told
