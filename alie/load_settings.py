"""Settings of how much may be open, held and waited for before the daemon sheds load."""

from __future__ import annotations

from dataclasses import dataclass

from alie.settings import Settings

MEGABYTE = 1_048_576


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """Bounds of the whole daemon.

    Attributes:
        connections: open at once; 0: as many as the descriptors that the process may have leave room for.
        connections_per_address: open at once from one address, and no WebSocket yet; 0: any number.
        memory_bytes: of audio, text and requests held for clients, all together.
        waiting_bytes: of messages that wait for one client, beyond which it is not read any more.
        ahead_s: of audio that came and no engine has heard, at which a client is not read any more.
        stall_s: without a byte taken by a client that has messages waiting, after which it is dropped.
        sheds: whether load is shed; if not, it is only measured and told, and the bounds above hold all the same.
    """

    connections: int = 0
    connections_per_address: int = 100
    memory_bytes: int = 512 * MEGABYTE
    waiting_bytes: int = 262_144
    ahead_s: int = 30
    stall_s: int = 60
    sheds: bool = True


def read_load(settings: Settings) -> LoadSettings:
    """Asks for every name of `LoadSettings`."""
    return LoadSettings(
        connections=settings.integer("ALIE_MAX_CONNECTIONS", 0, 0, 1_000_000),
        connections_per_address=settings.integer("ALIE_CONNECTIONS_PER_ADDRESS", 100, 0, 1_000_000),
        memory_bytes=settings.integer("ALIE_MEMORY_MB", 512, 16, 1_048_576) * MEGABYTE,
        waiting_bytes=settings.integer("ALIE_TEXT_WAITING_KB", 256, 64, 65_536) * 1024,
        ahead_s=settings.integer("ALIE_AHEAD_SECONDS", 30, 5, 600),
        stall_s=settings.integer("ALIE_STALL_SECONDS", 60, 1, 3600),
        sheds=settings.boolean("ALIE_SHED_LOAD", True),
    )
