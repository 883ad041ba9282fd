"""What waits to be sent while the client reads too slowly: every final, but of the partials only the newest."""

from __future__ import annotations


class Outbox:
    """Holds encoded messages while the socket is full.

    Finals and everything else wait in order. A partial replaces an earlier partial of the same segment and is dropped
    when that segment's final comes: its text says more.
    """

    def __init__(self) -> None:
        self._waiting: dict[object, bytes] = {}
        self.byte_count = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, payload: bytes, *, partial_of: str | None = None, final_of: str | None = None) -> None:
        """Keeps one message.

        Args:
            payload: the encoded message.
            partial_of: the segment it is a partial of, if it is one.
            final_of: the segment it is the final of, if it is one.
        """
        segment = partial_of or final_of
        if segment is not None:
            self.byte_count -= len(self._waiting.pop(segment, b""))
        self._waiting[partial_of or object()] = payload
        self.byte_count += len(payload)

    def take_all(self) -> list[bytes]:
        """Everything that waits, oldest first; nothing waits afterwards."""
        payloads = list(self._waiting.values())
        self._waiting.clear()
        self.byte_count = 0
        return payloads
