"""Tells what a leg hears, as the service would: partials that grow, and a final at the end of a segment.

Times are on the leg's clock: seconds since its first sample, whatever the recording's are.
"""

from __future__ import annotations

import random
import uuid
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any

from alie.simulator.parameters import Options
from alie.simulator.results import HeardWord, Reading, result_of
from alie.simulator.script import Script
from alie.simulator.stamp import Source, Span

PASSED_S = 0.3
SILENCE_S = 0.6
PARTIAL_S = (0.2, 0.3)
QUIET_S = 1.0
OVERHANG_S = 0.1
Event = list[dict[str, Any]]


class Recital:
    """One leg's words.

    Args:
        scripts: by the number on the stamp; recordings without one are speech that nobody understands.
        options: what the stream was asked for.
        seed: of the intervals between partials, confidences, and of how far a final reaches beyond its last word.
    """

    def __init__(self, scripts: Mapping[int, Script], options: Options, seed: int) -> None:
        self._scripts = scripts
        self._options = options
        self._random = random.Random(seed)
        self._middles: dict[int, list[float]] = {}
        self._open: Reading | None = None
        self._said = 0
        self._next_partial_s = 0.0
        self._spoke_s = 0.0

    def hear(self, spans: Iterable[Span], length: int, silence: int) -> list[Event]:
        """Hears more audio.

        Args:
            spans: what has become clear of it, in order.
            length: samples the leg has got so far.
            silence: zeros at the end of those.

        Returns:
            The `Transcript.Results` of the events to send; an empty one where the service has long said nothing.
        """
        rate = self._options.sample_rate_hz
        now_s = length / rate
        events: list[Event] = []
        for span in spans:
            if span.source is Source.SPEECH:
                for word in self._words(span):
                    self._take(word, span.speaker, events)
        if self._is_over(now_s, silence / rate):
            self._close(now_s, events)
        elif now_s >= self._next_partial_s:
            self._tell_partial(now_s, events)
        if events:
            self._spoke_s = now_s
        elif now_s - self._spoke_s >= QUIET_S:
            self._spoke_s = now_s
            events.append([])
        return events

    def finish(self, length: int) -> list[Event]:
        """No more audio will come: the final of what is open."""
        events: list[Event] = []
        self._close(length / self._options.sample_rate_hz, events)
        return events

    def _words(self, span: Span) -> Iterable[HeardWord]:
        script = self._scripts.get(span.speaker)
        if script is None:
            return
        if span.speaker not in self._middles:
            self._middles[span.speaker] = [word.middle_s for word in script.words]
        middles, rate = self._middles[span.speaker], self._options.sample_rate_hz
        first = bisect_left(middles, span.position / rate)
        last = bisect_left(middles, (span.position + span.length) / rate)
        # Whoever has the middle of a word hears it all: an added silence within it does not move its other half.
        ahead_s = (span.leg_offset - span.position) / rate
        for number in range(first, last):
            word = script.words[number]
            follower = script.words[number + 1] if number + 1 < len(script.words) else None
            yield HeardWord(
                word,
                max(0.0, word.start_s + ahead_s),
                word.end_s + ahead_s,
                is_last=follower is None or follower.segment != word.segment,
                room_s=OVERHANG_S if follower is None else min(OVERHANG_S, max(0.0, follower.start_s - word.end_s)),
                confidence=round(self._random.uniform(0.85, 1.0), 4),
            )

    def _take(self, word: HeardWord, speaker: int, events: list[Event]) -> None:
        if self._open is not None and (self._open.speaker, self._open.segment) != (speaker, word.word.segment):
            self._close(word.start_s, events)
        if self._open is None:
            language = self._scripts[speaker].language_code
            identity = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
            self._open = Reading(identity, speaker, word.word.segment, language)
            self._said = 0
        self._open.words.append(word)

    def _is_over(self, now_s: float, silence_s: float) -> bool:
        if self._open is None:
            return False
        last = self._open.words[-1]
        return (last.is_last and now_s >= last.end_s + PASSED_S) or silence_s >= SILENCE_S

    def _tell_partial(self, now_s: float, events: list[Event]) -> None:
        self._next_partial_s = now_s + self._random.uniform(*PARTIAL_S)
        if self._open is not None and len(self._open.words) > self._said:
            self._said = len(self._open.words)
            events.append([result_of(self._open, self._options, end_s=min(now_s, self._open.words[-1].end_s))])

    def _close(self, now_s: float, events: list[Event]) -> None:
        if self._open is None:
            return
        last = self._open.words[-1]
        end_s = min(now_s, last.end_s + self._random.random() * last.room_s)
        events.append([result_of(self._open, self._options, end_s=end_s, is_final=True)])
        self._open = None
