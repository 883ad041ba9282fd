"""A token that expires while a dictation goes on: when to look for a new one, and whether to show what is found."""

from __future__ import annotations

# The server asks 120 s before the end and waits 60 s beyond it: so long a new token, or the network, may take to come.
RENEWAL_RETRY_S = 20.0
_TRIES = 9


class Renewal:
    """The token of a dictation.

    Args:
        token: shown at the start.

    Attributes:
        token: to be shown on a new socket.
    """

    def __init__(self, token: str | None) -> None:
        self.token = token
        self._useless = token
        self._shown: str | None = None
        self._tries = 0

    def look(self) -> bool:
        """Whether a newer one is to be looked for now, and, if it is not good, again after `RENEWAL_RETRY_S`."""
        self._tries -= 1
        return self._tries >= 0

    @property
    def is_pending(self) -> bool:
        """Whether one was shown and is not answered."""
        return self._shown is not None

    def expire(self) -> None:
        """The server says that the token expires soon."""
        self._useless = self.token
        self._tries = _TRIES

    def offer(self, found: str) -> bool:
        """Takes one that was found; whether it is to be shown: not the old one, nor one that was refused."""
        if found == self._useless or self.is_pending:
            return False
        self._shown = found
        return True

    def accept(self) -> None:
        """The one that was shown is good."""
        if self._shown is not None:
            self.token, self._shown = self._shown, None
            self._tries = 0

    def refuse(self, *, is_retryable: bool) -> None:
        """The one that was shown is not taken; `is_retryable`: not now."""
        if not is_retryable:
            self._useless = self._shown
        self._shown = None

    def detach(self) -> None:
        """The socket is gone, and what was shown on it will not be answered."""
        self._shown = None

    def replace(self, found: str | None) -> None:
        """What was found is shown on the next socket."""
        if found is not None and found != self.token:
            self.token = found
            self._tries = 0
