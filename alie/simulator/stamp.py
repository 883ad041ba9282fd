"""Recordings that say which sample is which: what was sent where can be told from the audio alone.

The least significant bits of every 128 samples carry a stamp: 32 bits each of a fixed pattern, of the speaker's
number, of the block's index, and of a check on both. The four are interleaved bit by bit, so that a cut shows within a
few samples wherever it is. No stamped sample is zero: a zero is silence that somebody added, also within a block.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 128
MAGIC = 0xA13E57A9
Bits = NDArray[np.uint8]
Samples = NDArray[np.int16]


class Source(enum.Enum):
    """What a stretch of audio is."""

    SPEECH = "speech"
    """Samples of a stamped recording."""
    SILENCE = "silence"
    """Zeros."""
    UNKNOWN = "unknown"
    """Audio without a stamp, or too short to carry a whole one."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a leg's audio that comes from one place.

    Attributes:
        source: what it is.
        leg_offset: samples since the leg's first.
        length: samples.
        speaker: number on the stamp; 0 unless this is speech.
        position: samples since the recording's first; 0 unless this is speech.
    """

    source: Source
    leg_offset: int
    length: int
    speaker: int = 0
    position: int = 0

    def follows(self, other: Span) -> bool:
        """Whether this goes on where the other ends, in the leg and in the recording."""
        return (
            (self.source, self.speaker) == (other.source, other.speaker)
            and self.leg_offset == other.leg_offset + other.length
            and (self.source is not Source.SPEECH or self.position == other.position + other.length)
        )


def stamp(pcm: bytes, speaker: int) -> bytes:
    """The recording with its stamps, which nobody hears.

    Args:
        pcm: PCM16 little-endian, one channel, whole samples.
        speaker: 0..2**32-1.
    """
    samples = np.frombuffer(pcm, dtype="<i2")
    stamped = (samples & ~1) | expected_bits(speaker, 0, len(samples)).astype(np.int16)
    stamped[stamped == 0] = 2
    return stamped.astype("<i2").tobytes()


def expected_bits(speaker: int, position: int, length: int) -> Bits:
    """The least significant bits of `length` samples from `position` on."""
    first, last = position // BLOCK, (position + length - 1) // BLOCK
    index = np.arange(first, last + 1, dtype=np.uint32)
    fields = np.empty((len(index), 4), dtype=">u4")
    fields[:, 0] = MAGIC
    fields[:, 1] = speaker
    fields[:, 2] = index
    fields[:, 3] = _check(speaker, index)
    bits = np.unpackbits(fields.view(np.uint8).reshape(len(index), 4, 4), axis=2).reshape(len(index), 4, 32)
    interleaved = bits.transpose(0, 2, 1).reshape(-1)
    start = position - first * BLOCK
    return interleaved[start : start + length]


def find_stamp(bits: Bits) -> tuple[int, int, int] | None:
    """Offset, speaker and block index of the first whole stamp in some bits, or None."""
    at: NDArray[np.intp] = np.arange(max(0, len(bits) - BLOCK + 1))
    for number, bit in enumerate(_MAGIC_BITS):
        at = at[bits[at + 4 * number] == bit]
    for offset in at.tolist():
        block = np.packbits(bits[offset : offset + BLOCK].reshape(32, 4).T, axis=1)
        _, speaker, index, check = (int.from_bytes(row.tobytes(), "big") for row in block)
        if check == int(_check(speaker, np.array([index], dtype=np.uint32))[0]):
            return offset, speaker, index
    return None


def _check(speaker: int, index: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A finalizer with good avalanche (the constants are MurmurHash3's): neighbours differ in half their bits."""
    mixed = index * np.uint32(0x9E3779B1) ^ np.uint32(speaker)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed = (mixed ^ (mixed >> np.uint32(shift))) * np.uint32(factor)
    result: Any = mixed ^ (mixed >> np.uint32(16))
    return result  # type: ignore[no-any-return]


_MAGIC_BITS = np.unpackbits(np.frombuffer(MAGIC.to_bytes(4, "big"), dtype=np.uint8)).tolist()
