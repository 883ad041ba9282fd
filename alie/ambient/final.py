"""The payload of `transcription_final`: a whole consultation, in the shape that Amazon's batch results have.

Numbers are strings there. https://docs.aws.amazon.com/transcribe/latest/dg/diarization-output-batch.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from alie.transcript import Result, Word

Payload = dict[str, Any]


def payload(finals: list[Result]) -> Payload:
    """Builds it.

    Args:
        finals: of the whole session, in order.

    Returns:
        Transcripts, items and speaker labels; labels are empty where the engine tells no speakers apart.
    """
    words = list(_with_marks_settled(word for result in finals for word in result.words))
    return {
        "results": {
            "transcripts": [{"transcript": result.text} for result in finals],
            "items": [_item(word) for word in words],
        },
        "speaker_labels": {
            "speakers": len({word.speaker for word in words if word.speaker}),
            "segments": [_segment(run) for run in _runs(words)],
        },
    }


def _with_marks_settled(words: Iterable[Word]) -> Iterable[Word]:
    """Gives each mark of punctuation to the speaker of the word before it: nobody else can have said it."""
    before: Word | None = None
    for word in words:
        if not word.is_punctuation:
            before = word
        elif before is not None and word.speaker != before.speaker:
            word = replace(word, speaker=before.speaker)
        yield word


def _runs(words: list[Word]) -> list[list[Word]]:
    """Words that one speaker said until another spoke. Words that nobody is known to have said are in none."""
    runs: list[list[Word]] = []
    for word in words:
        if not word.speaker:
            continue
        if not runs or runs[-1][0].speaker != word.speaker:
            runs.append([])
        runs[-1].append(word)
    return runs


def _item(word: Word) -> Payload:
    item: Payload = {
        **_times(word),
        "alternatives": [
            {"confidence": "0.0" if word.confidence is None else _text(word.confidence), "content": word.text}
        ],
        "type": "punctuation" if word.is_punctuation else "pronunciation",
    }
    if word.speaker:
        # One consumer reads it with a capital, one page without.
        item |= {"Speaker": word.speaker, "speaker": word.speaker}
    return item


def _segment(run: list[Word]) -> Payload:
    speaker = run[0].speaker
    return {
        "start_time": _text(run[0].start_s),
        "end_time": _text(run[-1].end_s),
        "speaker_label": speaker,
        "items": [{**_times(word), "speaker_label": speaker} for word in run],
    }


def _times(word: Word) -> Payload:
    return {"start_time": _text(word.start_s), "end_time": _text(word.end_s)}


def _text(value: float) -> str:
    rounded = round(value, 3)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
