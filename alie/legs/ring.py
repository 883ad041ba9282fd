"""Audio that may be needed again, kept by its place until it is released. Pure."""

from __future__ import annotations

from collections import deque


class Ring:
    """A queue of frames read by position, in bytes since the first sample; nothing is copied unless a read needs it."""

    __slots__ = ("_frames", "_head", "end")

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._head = 0
        self.end = 0

    @property
    def start(self) -> int:
        """Position of the first byte still kept."""
        return self._head

    def append(self, frame: bytes) -> None:
        """Keeps a frame, which goes on where the last one ended."""
        if frame:
            self._frames.append(frame)
            self.end += len(frame)

    def release(self, position: int) -> None:
        """Forgets whole frames that end at or before `position`."""
        frames = self._frames
        while frames and self._head + len(frames[0]) <= position:
            self._head += len(frames.popleft())

    def read(self, position: int, most: int) -> bytes:
        """Audio from `position` on, at most `most` bytes; less at the end.

        Raises:
            ValueError: that audio has been released.
        """
        if position < self._head:
            raise ValueError("released audio cannot be read")
        if self._frames and position == self.end - len(self._frames[-1]) and len(self._frames[-1]) <= most:
            return self._frames[-1]
        wanted: list[bytes] = []
        start = self._head
        for frame in self._frames:
            stop = start + len(frame)
            if stop > position:
                wanted.append(frame[max(0, position - start) : position + most - start])
            start = stop
            if start >= position + most:
                break
        return wanted[0] if len(wanted) == 1 else b"".join(wanted)
