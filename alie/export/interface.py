"""What an exporter is. All methods belong to the reactor thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from alie.principal import Principal


class ExportError(Exception):
    """Exports cannot be made at all; the text is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where an export can be fetched. `expires_at` is ISO 8601 in UTC, ending in Z."""

    url: str = field(repr=False)
    expires_at: str


class Exporter(Protocol):
    """Puts a transcript where its user can fetch it."""

    async def export(self, principal: Principal, session_id: str, text: str) -> Link:
        """Exports a text.

        Raises:
            RetentionOff: the place does not keep to what was promised (region, deletion within a day), or refuses.
        """

    def problems(self) -> list[str]:
        """Why an export would fail right now, in sentences; empty when none would."""
