"""What a performer needs of a client's connection."""

from __future__ import annotations

from typing import Protocol

from alie import actions as do
from alie import events as on

ENGINE, MEMORY = "engine", "memory"
"""Causes why a client is not read: its engine is full; all together hold too much."""


class Told(Protocol):
    """Whoever is told what a client does."""

    def receive(self, event: object) -> None:
        """It did this."""

    def lost(self, event: on.Lost) -> None:
        """It is gone."""


class Socket(Protocol):
    """What a performer needs of a client's connection."""

    def send(self, message: do.Send) -> None:
        """Sends one message, or keeps it while the client reads too slowly."""

    def close(self, code: int, reason: str) -> None:
        """Closes after all that was sent."""

    @property
    def waiting_bytes(self) -> int:
        """What waits for the client to read it."""

    def pause_reading(self, cause: str = ENGINE) -> None:
        """Takes nothing more from the client, until `resume_reading` for the same cause."""

    def resume_reading(self, cause: str = ENGINE) -> None:
        """Reads again, unless there is another cause not to."""

    def serve(self, performer: Told | None) -> None:
        """Tells from now on this performer what the client does; None: nobody."""


class NoSocket:
    """Stands for a socket that is gone; see `Socket`."""

    def send(self, message: do.Send) -> None:
        """Nobody hears it."""

    def close(self, code: int, reason: str) -> None:
        """It is."""

    waiting_bytes = 0

    def pause_reading(self, cause: str = ENGINE) -> None:
        """Nothing comes."""

    def resume_reading(self, cause: str = ENGINE) -> None:
        """Nothing comes."""

    def serve(self, performer: Told | None) -> None:
        """Nothing comes."""


NO_SOCKET = NoSocket()
