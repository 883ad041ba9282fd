"""What one look of a command found. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One line.

    Attributes:
        step: what was looked at.
        state: one of the words that the command has for it.
        detail: what was seen, in words; never a secret.
        advice: what to do about it; empty where there is nothing to do.
    """

    step: str
    state: str
    detail: str
    advice: str = ""
