"""What a client has sent while its first proof is being verified: in order, and bounded."""

from __future__ import annotations

from collections import deque

from alie import events as on
from alie.errors import InvalidMessage

# The socket is not read meanwhile: only what had arrived already comes here.
MAX_WAITING = 32
MAX_AUDIO_BYTES = 131_072


class Anteroom:
    """Keeps events until it is known who sent them.

    Attributes:
        proof: the message that carries the token; None while none is being verified.
    """

    def __init__(self) -> None:
        self.proof: object | None = None
        self._waiting: deque[object] = deque()
        self._audio_bytes = 0

    def put(self, event: object) -> None:
        """Keeps one event.

        Raises:
            InvalidMessage: it is too much.
        """
        self._audio_bytes += len(event.payload) if isinstance(event, on.Audio) else 0
        if len(self._waiting) >= MAX_WAITING or self._audio_bytes > MAX_AUDIO_BYTES:
            raise InvalidMessage("Too much was sent before authentication")
        self._waiting.append(event)

    def take(self) -> object | None:
        """The oldest event; None when there is none."""
        if not self._waiting:
            self._audio_bytes = 0
            return None
        return self._waiting.popleft()

    def clear(self) -> None:
        """Forgets everything."""
        self.proof = None
        self._waiting.clear()
