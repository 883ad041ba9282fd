"""Audio that may be needed again, kept by its place until it is released. Pure."""

from __future__ import annotations

from bisect import bisect_right

# Frames under this are joined: thousands of tiny ones would cost far more memory than the audio in them.
_SMALL_BYTES = 512


class Ring:
    """A queue of frames read by position, in bytes since the first sample; nothing is copied unless a read needs it.

    A place is found in O(log n), also among the thousands of frames of a long segment.
    """

    __slots__ = ("_frames", "_stops", "end", "start")

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._stops: list[int] = []
        self.start = 0
        """Position of the first byte still kept."""
        self.end = 0
        """Position after the last byte."""

    def append(self, frame: bytes) -> None:
        """Keeps a frame, which goes on where the last one ended."""
        if not frame:
            return
        self.end += len(frame)
        if self._frames and len(self._frames[-1]) < _SMALL_BYTES and len(frame) < _SMALL_BYTES:
            self._frames[-1] += frame
            self._stops[-1] = self.end
        else:
            self._frames.append(frame)
            self._stops.append(self.end)

    def release(self, position: int) -> None:
        """Forgets whole frames that end at or before `position`."""
        index = bisect_right(self._stops, position)
        if index:
            self.start = self._stops[index - 1]
            del self._frames[:index], self._stops[:index]

    def read(self, position: int, most: int) -> bytes:
        """Audio from `position` on, at most `most` bytes; less at the end.

        Raises:
            ValueError: that audio has been released.
        """
        if position < self.start:
            raise ValueError("released audio cannot be read")
        wanted: list[bytes] = []
        index = bisect_right(self._stops, position)
        at, stop = position, min(position + most, self.end)
        while at < stop:
            frame = self._frames[index]
            skipped = at - (self._stops[index] - len(frame))
            # The whole of a bytes object as a slice is the object itself.
            wanted.append(frame[skipped : skipped + stop - at])
            at += len(wanted[-1])
            index += 1
        return wanted[0] if len(wanted) == 1 else b"".join(wanted)
