"""Where utterances begin and end, decided frame by frame from voice probabilities. Pure: numbers in, spans out.

    silent --voice for begin_s--> speaking --silence for patience--> silent
                                     |  ^
                                     +--+ longest_s reached, or found to have ended at an earlier pause:
                                          ends there, goes on as a new one

Positions are counted in frames of `VAD_FRAME_S` seconds from the stream's first sample.
"""

from __future__ import annotations

from dataclasses import dataclass

from alie.engines.embedded.policy import VAD_FRAME_S, Endpoints


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of speech.

    Attributes:
        number: 0, 1, 2 ... in the order of beginning.
        start: first frame, pre-roll included.
        voice_end: frame after the last voiced one.
        end: frame after the last one that belongs to it.
        voiced: how many of its frames are voiced.
    """

    number: int
    start: int
    voice_end: int
    end: int
    voiced: int


class Endpointer:
    """Follows one stream of voice probabilities. Not thread-safe: one caller at a time."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._begin_frames = _frames(endpoints.begin_s)
        self._longest_frames = _frames(endpoints.longest_s)
        self._position = 0
        self._run = 0
        self._free_from = 0
        self._number = 0
        self._is_speaking = False
        self._start = self._voice_end = self._voiced = 0
        self._probabilities: list[float] = []

    @property
    def open_span(self) -> Span | None:
        """The utterance that goes on, up to now; None in silence."""
        return self._span(self._position) if self._is_speaking else None

    @property
    def needed_from(self) -> int:
        """The earliest frame that an utterance, open or yet to begin, may still need."""
        if self._is_speaking:
            return self._start
        return max(self._free_from, self._position - self._run - _frames(self._endpoints.pre_roll_s))

    def push(self, probability: float, patience_s: float) -> Span | None:
        """Takes the next frame's voice probability (0..1); returns the utterance that it ends, if any.

        Args:
            probability: that the frame is voice.
            patience_s: silence that ends an utterance, as of now.
        """
        self._position += 1
        if not self._is_speaking:
            self._wait(probability)
            return None
        self._probabilities.append(probability)
        if self._is_voice(probability):
            self._voiced += 1
            self._voice_end = self._position
        elif (self._position - self._voice_end) * VAD_FRAME_S >= patience_s:
            return self._end(self._position)
        if self._position - self._start >= self._longest_frames:
            return self._cut()
        return None

    def close(self) -> Span | None:
        """Ends the open utterance here and now; None in silence."""
        self._run = 0
        return self._end(self._position) if self._is_speaking else None

    def end_at(self, voice_end: int, least_s: float) -> Span | None:
        """Ends the open utterance at a pause that it had, or still has; what follows becomes a new one.

        Args:
            voice_end: the frame where the pause began.
            least_s: how long the pause must have been, in seconds.

        Returns:
            The utterance; None when there was no such pause.
        """
        pause = voice_end - self._start
        if not self._is_speaking or not 0 < pause <= len(self._probabilities):
            return None
        later = self._probabilities[pause:]
        silent = next((index for index, one in enumerate(later) if self._is_voice(one)), len(later))
        if silent * VAD_FRAME_S < least_s:
            return None
        return self._end(self._position) if silent == len(later) else self._split(pause + silent // 2)

    def _wait(self, probability: float) -> None:
        self._run = self._run + 1 if probability >= self._endpoints.begin_probability else 0
        if self._run < self._begin_frames:
            return
        first_voiced = self._position - self._run
        self._begin(max(self._free_from, first_voiced - _frames(self._endpoints.pre_roll_s)), self._run)
        self._probabilities = [1.0] * (self._position - self._start)

    def _begin(self, start: int, voiced: int) -> None:
        self._is_speaking = True
        self._start = start
        self._voiced = voiced
        self._voice_end = self._position
        self._run = 0

    def _end(self, end: int) -> Span:
        span = self._span(end)
        self._is_speaking = False
        self._free_from = end
        self._number += 1
        return span

    def _cut(self) -> Span:
        """Ends the utterance where voice is least likely, and begins the next one right there."""
        length = len(self._probabilities)
        first = length - max(1, int(length * self._endpoints.cut_share))
        return self._split(min(range(first, length), key=lambda index: (self._probabilities[index], -index)) + 1)

    def _split(self, at: int) -> Span:
        """Ends the utterance `at` frames from its start, and begins the next one right there."""
        rest = self._probabilities[at:]
        voiced = [index for index, one in enumerate(self._probabilities) if self._is_voice(one)]
        before = [index for index in voiced if index < at]
        voice_end = self._voice_end
        self._voiced = len(before)
        self._voice_end = self._start + (before[-1] + 1 if before else 0)
        span = self._end(self._start + at)
        self._begin(span.end, len(voiced) - len(before))
        self._voice_end = max(voice_end, span.end)
        self._probabilities = rest
        return span

    def _is_voice(self, probability: float) -> bool:
        return probability >= self._endpoints.go_on_probability

    def _span(self, end: int) -> Span:
        return Span(self._number, self._start, self._voice_end, end, self._voiced)


def _frames(duration_s: float) -> int:
    return round(duration_s / VAD_FRAME_S)
