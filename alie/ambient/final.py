"""The payload of `transcription_final`: a whole consultation, in the shape that Amazon's batch results have.

Numbers are strings there. https://docs.aws.amazon.com/transcribe/latest/dg/diarization-output-batch.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from alie.transcript import Result, Word

Fields = dict[str, Any]


@dataclass(slots=True)
class _Run:
    """What one speaker says until another speaks; the items are encoded already."""

    speaker: str
    start_s: float
    end_s: float
    items: list[bytes] = field(default_factory=list)


class Consultation:
    """Encodes a session's finals as they come.

    At the end there is only to join: to encode an hour of consultation at once takes nearly half a second, for which
    every other session on the reactor would have to wait.
    """

    def __init__(self) -> None:
        self._transcripts: list[bytes] = []
        self._items: list[bytes] = []
        self._segments: list[bytes] = []
        self._run: _Run | None = None
        self._speakers: set[str] = set()
        self._word_before: Word | None = None

    def add(self, result: Result) -> None:
        """Takes the next final."""
        words = [self._settled(word) for word in result.words]
        self._transcripts.append(_json({"transcript": result.text}))
        if words:
            self._items.append(_listed([_item(word) for word in words]))
        # Words that nobody is known to have said are in no segment, and end none.
        for speaker, run in groupby(filter(_has_speaker, words), lambda word: word.speaker or ""):
            self._join_run(speaker, list(run))

    def payload(self) -> bytes:
        """The payload as JSON; the labels are empty where the engine tells no speakers apart."""
        segments = self._segments if self._run is None else [*self._segments, _segment(self._run)]
        return b'{"results":{"transcripts":[%b],"items":[%b]},"speaker_labels":{"speakers":%d,"segments":[%b]}}' % (
            b",".join(self._transcripts),
            b",".join(self._items),
            len(self._speakers),
            b",".join(segments),
        )

    def _settled(self, word: Word) -> Word:
        """Gives a mark of punctuation to the speaker of the word before it: nobody else can have said it."""
        if not word.is_punctuation:
            self._word_before = word
        elif self._word_before is not None:
            return replace(word, speaker=self._word_before.speaker)
        return word

    def _join_run(self, speaker: str, words: list[Word]) -> None:
        self._speakers.add(speaker)
        if self._run is None or self._run.speaker != speaker:
            if self._run is not None:
                self._segments.append(_segment(self._run))
            self._run = _Run(speaker, words[0].start_s, words[-1].end_s)
        self._run.end_s = words[-1].end_s
        self._run.items.append(
            _listed([{**_times(word.start_s, word.end_s), "speaker_label": speaker} for word in words])
        )


def _has_speaker(word: Word) -> bool:
    return bool(word.speaker)


def _item(word: Word) -> Fields:
    confidence = "0.0" if word.confidence is None else _text(word.confidence)
    item: Fields = {
        **_times(word.start_s, word.end_s),
        "alternatives": [{"confidence": confidence, "content": word.text}],
        "type": "punctuation" if word.is_punctuation else "pronunciation",
    }
    if word.speaker:
        # One consumer reads it with a capital, one page without.
        item |= {"Speaker": word.speaker, "speaker": word.speaker}
    return item


def _segment(run: _Run) -> bytes:
    head = _json({**_times(run.start_s, run.end_s), "speaker_label": run.speaker})
    return b'%b,"items":[%b]}' % (head.removesuffix(b"}"), b",".join(run.items))


def _times(start_s: float, end_s: float) -> Fields:
    return {"start_time": _text(start_s), "end_time": _text(end_s)}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _listed(values: list[Fields]) -> bytes:
    """The inside of a JSON list."""
    return _json(values)[1:-1]


def _text(value: float) -> str:
    rounded = round(value, 3)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
