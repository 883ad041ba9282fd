"""PCM16 little-endian mono, as arithmetic: bytes to seconds, and the odd byte that waits for its other half."""

from __future__ import annotations

BYTES_PER_SAMPLE = 2


def seconds(byte_count: int, sample_rate_hz: int) -> float:
    """Length of `byte_count` bytes of PCM16 mono, in seconds."""
    return byte_count / (BYTES_PER_SAMPLE * sample_rate_hz)


def byte_length(duration_s: float, sample_rate_hz: int) -> int:
    """Bytes of PCM16 mono in `duration_s` seconds, whole samples, rounded down."""
    return int(duration_s * sample_rate_hz) * BYTES_PER_SAMPLE


class EvenCarry:
    """Joins frames of any length into whole samples: an odd last byte is carried into the next frame."""

    __slots__ = ("_odd",)

    def __init__(self) -> None:
        self._odd = b""

    def clear(self) -> None:
        """Forgets the odd byte: it will come again."""
        self._odd = b""

    def push(self, frame: bytes) -> bytes:
        """Returns `frame` with the carried byte before it and without a new odd byte at its end.

        The frame itself is returned, uncopied, in the usual case of even frames.
        """
        if self._odd:
            frame = self._odd + frame
            self._odd = b""
        if len(frame) % BYTES_PER_SAMPLE:
            self._odd = frame[-1:]
            frame = frame[:-1]
        return frame
