"""What is recorded, and where it is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from alie.principal import Caller


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that somebody did or tried. No field holds content: no text, no token, no e-mail, no name.

    Attributes:
        action: noun and verb, such as "dictation.end", "auth.refuse", "case.read", "export.write".
        outcome: "ok", a session's outcome, or an error's code.
        session_id: of the dictation, or of the saved session.
        resource: kind of thing, such as "case"; with `resource_id`, its uuid.
        address: of the client, where it is known.
        details: numbers and codes only: languageCode, audioSeconds, audioBytes, durationSeconds, lostSeconds, finals,
            engine, region, way, status, ...
    """

    action: str
    outcome: str = "ok"
    session_id: str | None = None
    resource: str | None = None
    resource_id: str | None = None
    address: str | None = None
    details: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


class Audit(Protocol):
    """Takes events down. Neither blocks nor raises."""

    def record(self, event: AuditEvent, caller: Caller | None = None) -> None:
        """Takes one event down; `caller` is who did it, None where nobody knows."""

    def problems(self) -> list[str]:
        """Why events could not be taken down right now, in sentences; empty when they could."""


class NoAudit:
    """Takes nothing down, for what runs without a state directory: tests and exercises."""

    def record(self, event: AuditEvent, caller: Caller | None = None) -> None:
        """Nothing."""

    def problems(self) -> list[str]:
        """None."""
        return []
