"""Settings of how much may be open at once."""

from __future__ import annotations

from dataclasses import dataclass

from alie.settings import Settings


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """Bounds of the whole daemon.

    Attributes:
        connections: open at once; 0: as many as the descriptors that the process may have leave room for.
        connections_per_address: open at once from one address, and no WebSocket yet; 0: any number.
    """

    connections: int = 0
    connections_per_address: int = 100


def read_load(settings: Settings) -> LoadSettings:
    """Asks for every name of `LoadSettings`."""
    return LoadSettings(
        connections=settings.integer("ALIE_MAX_CONNECTIONS", 0, 0, 1_000_000),
        connections_per_address=settings.integer("ALIE_CONNECTIONS_PER_ADDRESS", 100, 0, 1_000_000),
    )
