"""Audio that a stream was fed and has not heard yet, with the marks set between. Pure; reactor thread."""

from __future__ import annotations

from collections import deque
from enum import Enum

from alie import audio

MOST_AT_ONCE_S = 1.0
"""Audio heard in one job: a few milliseconds of work."""


class Mark(Enum):
    """Something to be done once all audio before it is final."""

    FLUSH = "flush"
    FINISH = "finish"


class Inbox:
    """A queue of audio and marks.

    Args:
        sample_rate_hz: of the audio.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._items: deque[bytes | Mark] = deque()
        self._byte_count = 0

    @property
    def duration_s(self) -> float:
        """Seconds of audio in it."""
        return audio.seconds(self._byte_count, self._rate_hz)

    def push(self, item: bytes | Mark) -> None:
        """Adds audio (whole samples) or a mark at the end."""
        self._items.append(item)
        if not isinstance(item, Mark):
            self._byte_count += len(item)

    def take(self) -> tuple[bytes, Mark | None] | None:
        """Takes audio from the front: up to a second, or up to a mark, which comes with it. None if all is taken."""
        if not self._items:
            return None
        room = audio.byte_length(MOST_AT_ONCE_S, self._rate_hz)
        parts: list[bytes] = []
        while self._items and room > 0:
            item = self._items.popleft()
            if isinstance(item, Mark):
                return self._join(parts), item
            if len(item) > room:
                self._items.appendleft(item[room:])
                item = item[:room]
            parts.append(item)
            room -= len(item)
        return self._join(parts), None

    def clear(self) -> None:
        """Drops everything."""
        self._items.clear()
        self._byte_count = 0

    def _join(self, parts: list[bytes]) -> bytes:
        joined = parts[0] if len(parts) == 1 else b"".join(parts)
        self._byte_count -= len(joined)
        return joined
