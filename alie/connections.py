"""How many connections there may be: before they are a WebSocket by address, and all together. Pure."""

from __future__ import annotations

from collections import Counter

from alie.errors import AlieError, Capacity, RateLimited

CROWDED_SHARE = 0.9
"""Of all that may be open, after which the rest is kept for requests: health, and whoever has a socket already."""

RETRY_AFTER_S = 5


class Connections:
    """Counts connections in and out.

    Args:
        most: open at once; 0: any number.
        per_address: open at once from one address and not a WebSocket (yet); 0: any number.
    """

    def __init__(self, most: int = 0, per_address: int = 0) -> None:
        self.most = most
        self.open = 0
        self.refused = 0
        self._per_address = per_address
        self._of: Counter[str] = Counter()

    @property
    def is_crowded(self) -> bool:
        """Whether no more of them may become a WebSocket."""
        return bool(self.most) and self.open > self.most * CROWDED_SHARE

    def enter(self, address: str | None) -> AlieError | None:
        """Counts one in, or says why it may not be.

        Args:
            address: it comes from; None: one that is not counted, such as a proxy's.
        """
        if self.most and self.open >= self.most:
            self.refused += 1
            return Capacity("Too many connections; try again shortly", retry_after_s=RETRY_AFTER_S)
        if address is not None and self._per_address and self._of[address] >= self._per_address:
            self.refused += 1
            return RateLimited("Too many connections from this address; try again later", retry_after_s=RETRY_AFTER_S)
        self.open += 1
        if address is not None:
            self._of[address] += 1
        return None

    def upgrade(self, address: str | None) -> None:
        """One from this address is a WebSocket from now on: those are counted by client, not by peer."""
        if address is not None:
            self._of[address] -= 1
            if not self._of[address]:
                del self._of[address]

    def leave(self) -> None:
        """A connection is gone; `upgrade` must have been called for it."""
        self.open -= 1
