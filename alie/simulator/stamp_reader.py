"""Tells from a leg's audio where each of its samples comes from, while it arrives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alie.simulator.stamp import BLOCK, Samples, Source, Span, expected_bits, find_stamp

# What may turn out to belong to a block found later: the end of the one before it, and its own beginning.
KEPT = 2 * (BLOCK - 1)
AHEAD = 128 * BLOCK
# Zeros among samples that are not known are theirs, unless there are more than so many.
OWN_ZEROS = 160


class StampReader:
    """Reads the audio of one leg, in pieces of any whole number of samples.

    A leg may begin and end within a block, and zeros may have been added between any two samples: they are taken out
    first. What is left is compared with the stamps that must follow; where it differs, the next whole stamp is
    looked for, and what came just before it is told by the bits it must have.
    """

    def __init__(self) -> None:
        self.length = 0
        """Samples read."""
        self.trailing_silence = 0
        """Zeros at the end of what was read, in samples."""
        self._place: tuple[int, int] | None = None
        self._told = 0
        self._samples: Samples = np.empty(0, dtype=np.int16)
        self._offsets: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        # What must follow, worked out for some time at once.
        self._ahead: Samples = np.empty(0, dtype=np.int16)
        self._ahead_from = 0

    def read(self, audio: bytes) -> list[tuple[Span, bytes]]:
        """What has become clear with this audio: spans in the leg's order, without gaps; speech with its samples."""
        samples = np.frombuffer(audio, dtype="<i2").astype(np.int16, copy=False)
        if self._place is not None and not len(self._samples) and self._goes_on(*self._place, samples):
            return [self._follow(*self._place, audio)]
        sounding = np.flatnonzero(samples)
        if len(sounding):
            self.trailing_silence = len(samples) - 1 - int(sounding[-1])
            fresh = samples if len(sounding) == len(samples) else samples[sounding]
            self._samples = np.concatenate((self._samples, fresh))
            self._offsets = np.concatenate((self._offsets, sounding + self.length))
        else:
            self.trailing_silence += len(samples)
        self.length += len(samples)
        told: list[tuple[Span, bytes]] = []
        while len(self._samples) and self._advance(told):
            pass
        if not len(self._samples):
            self._tell_silence(self.length, told)
        return told

    def finish(self) -> list[tuple[Span, bytes]]:
        """No more audio will come: what is left."""
        told: list[tuple[Span, bytes]] = []
        self._tell(len(self._samples), None, told)
        self._tell_silence(self.length, told)
        return told

    def _goes_on(self, speaker: int, position: int, samples: Samples) -> bool:
        """Whether all of it is what must follow: the usual case, which has to be cheap."""
        count = len(samples)
        if not self._ahead_from <= position <= self._ahead_from + len(self._ahead) - count:
            self._ahead = expected_bits(speaker, position, max(count, AHEAD)).astype(np.int16)
            self._ahead_from = position
        start = position - self._ahead_from
        return bool(samples.all() and ((samples & 1) == self._ahead[start : start + count]).all())

    def _follow(self, speaker: int, position: int, audio: bytes) -> tuple[Span, bytes]:
        span = Span(Source.SPEECH, self.length, len(audio) // 2, speaker, position)
        self._place = (speaker, position + span.length)
        self.length += span.length
        self._told = self.length
        self.trailing_silence = 0
        return span, audio

    def _advance(self, told: list[tuple[Span, bytes]]) -> bool:
        """Accounts for some of what is kept; False: more audio is needed for that."""
        bits = (self._samples & 1).astype(np.uint8)
        if self._place is None:
            return self._find(bits, told)
        speaker, position = self._place
        agrees = bits == expected_bits(speaker, position, len(bits))
        count = len(bits) if agrees.all() else int(np.argmin(agrees))
        self._tell(count, (speaker, position), told)
        self._place = (speaker, position + count) if count == len(bits) else None
        return True

    def _find(self, bits: NDArray[np.uint8], told: list[tuple[Span, bytes]]) -> bool:
        found = find_stamp(bits)
        if found is None:
            self._tell(max(0, len(bits) - KEPT), None, told)
            return False
        offset, speaker, index = found
        before = min(offset, BLOCK - 1, index * BLOCK)
        differing = np.flatnonzero(
            bits[offset - before : offset] != expected_bits(speaker, index * BLOCK - before, before)
        )
        reached = before - 1 - int(differing[-1]) if len(differing) else before
        self._tell(offset - reached, None, told)
        self._place = (speaker, index * BLOCK - reached)
        self._ahead = self._ahead[:0]
        return True

    def _tell(self, count: int, place: tuple[int, int] | None, told: list[tuple[Span, bytes]]) -> None:
        """Gives up the first `count` kept samples, as what they are, with the silence around them."""
        offsets, samples = self._offsets[:count], self._samples[:count]
        self._offsets, self._samples = self._offsets[count:], self._samples[count:]
        done = 0
        own_zeros = OWN_ZEROS if place is None else 0
        for end in [*(np.flatnonzero(np.diff(offsets) > 1 + own_zeros) + 1).tolist(), count] if count else []:
            start, behind = int(offsets[done]), int(offsets[end - 1]) + 1
            self._tell_silence(start, told)
            if place is None:
                told.append((Span(Source.UNKNOWN, start, behind - start), b""))
            else:
                span = Span(Source.SPEECH, start, behind - start, place[0], place[1] + done)
                told.append((span, samples[done:end].astype("<i2").tobytes()))
            self._told = behind
            done = end

    def _tell_silence(self, until: int, told: list[tuple[Span, bytes]]) -> None:
        if until > self._told:
            told.append((Span(Source.SILENCE, self._told, until - self._told), b""))
            self._told = until
