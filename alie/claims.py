"""The sessions of a daemon that another socket may take over. Reactor thread."""

from __future__ import annotations

from typing import Any, Protocol

from alie import actions as do
from alie import events as on


class Owner(Protocol):
    """Whoever drives such a session."""

    @property
    def is_detached(self) -> bool:
        """Whether its session has no socket."""

    @property
    def kept_bytes(self) -> int:
        """Bytes of results that are kept for its client."""

    def receive(self, event: object) -> None:
        """Gives the session an event."""

    def take_over(self, claim: do.Claim, other: Any, socket: Any, around: Any) -> bool:
        """Goes on with another session's socket, if the claim is good; see `alie.performer.Performer.take_over`."""


class Claims:
    """Knows the owner of each session that was offered, by the session's id."""

    def __init__(self) -> None:
        self._owners: dict[str, Owner] = {}

    def offer(self, session_id: str, owner: Owner) -> None:
        """A session may be taken over from now on."""
        self._owners[session_id] = owner

    def withdraw(self, session_id: str) -> None:
        """It may not any more."""
        self._owners.pop(session_id, None)

    def find(self, session_id: str) -> Owner | None:
        """The owner of a session that may be taken over; None: there is none."""
        return self._owners.get(session_id)

    @property
    def detached(self) -> int:
        """How many sessions wait for their client."""
        return sum(owner.is_detached for owner in self._owners.values())

    @property
    def kept_bytes(self) -> int:
        """Bytes of results that are kept for clients, in all."""
        return sum(owner.kept_bytes for owner in self._owners.values())

    def drain(self, event: on.Drain) -> None:
        """The daemon goes down: whoever waits for a client waits in vain."""
        for owner in list(self._owners.values()):
            if owner.is_detached:
                owner.receive(event)
