"""Reads a consultation: the payload of our own `transcription_final`, or a batch result of Amazon Transcribe.

Both may be object or JSON text. They differ in where the speaker labels are, in how an item names its speaker, and in
whether punctuation has times. Whatever is wrong with them is an `InvalidTranscript` that names the place, never what
is there.
"""

from __future__ import annotations

import json
from typing import Any

from alie.errors import InvalidTranscript
from alie.transcript import Word

MAX_SPEAKERS = 100
MAX_LABEL_CHARACTERS = 100
MAX_TIME_S = 1_000_000
# A scanner in C holds the interpreter's lock from one object to the next, and what is no object may be long: 2 MB of
# "[]," hold it for a quarter of a second. No honest consultation of that size comes near these.
MAX_LISTS = 25_000
MAX_COMMAS = 250_000

_SPEAKER_NAMES = ("Speaker", "speaker", "speaker_label")


def decode(text: str) -> Any:
    """Decodes JSON, letting go of the interpreter's lock after each object of it.

    Raises:
        ValueError: not JSON, nested too deeply, or of more values than anyone would send.
    """
    if text.count("[") > MAX_LISTS or text.count(",") > MAX_COMMAS:
        raise ValueError("too many values")
    try:
        # The hook is bytecode: other threads get their turn when it is called.
        return json.loads(text, object_hook=lambda found: found, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(name: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


def read(raw: object) -> list[Word]:
    """Reads the words of a consultation, in order, each with its speaker where one is known.

    Args:
        raw: the payload, the `transcription_final` around it, or either as JSON text.

    Raises:
        InvalidTranscript: it is none of these; `details` names the place.
    """
    if isinstance(raw, str):
        try:
            raw = decode(raw)
        except ValueError:
            raise _invalid("rawAwsJson is not JSON") from None
    payload = _object(raw, "rawAwsJson")
    if "payload" in payload and "results" not in payload:
        payload = _object(payload["payload"], "payload")
    results = _object(payload.get("results"), "results")
    # Amazon has the labels among the results, we beside them.
    at = "results.speaker_labels" if "speaker_labels" in results else "speaker_labels"
    labels = _object(results.get("speaker_labels", payload.get("speaker_labels")), at)
    speakers = _speakers_by_time(_list(labels.get("segments"), f"{at}.segments"), f"{at}.segments")
    return _words(_list(results.get("items"), "results.items"), speakers)


def _speakers_by_time(segments: list[Any], at: str) -> dict[float, str]:
    """Who began a word when: older batch results tell it nowhere else."""
    if not segments:
        raise _invalid("Empty speaker_labels.segments")
    speakers: dict[float, str] = {}
    for index, fields in enumerate(segments):
        place = f"{at}[{index}]"
        segment = _object(fields, place)
        _times(segment, place)
        _label(segment.get("speaker_label"), f"{place}.speaker_label")
        for number, entry in enumerate(_list(segment.get("items", []), f"{place}.items")):
            item = _object(entry, f"{place}.items[{number}]")
            start_s, _ = _times(item, f"{place}.items[{number}]")
            speakers[start_s] = _label(item.get("speaker_label"), f"{place}.items[{number}].speaker_label")
    return speakers


def _words(items: list[Any], speakers: dict[float, str]) -> list[Word]:
    words: list[Word] = []
    known = set()
    for index, fields in enumerate(items):
        word = _word(_object(fields, f"results.items[{index}]"), f"results.items[{index}]", speakers, words)
        if word.text:
            words.append(word)
            known.add(word.speaker)
    if not words:
        raise _invalid("Empty results.items")
    if known == {None}:
        raise _invalid("No Speaker in results.items")
    if len(known) > MAX_SPEAKERS:
        raise _invalid(f"More than {MAX_SPEAKERS} speakers in results.items")
    return words


def _word(item: dict[str, Any], at: str, speakers: dict[float, str], before: list[Word]) -> Word:
    kind = item.get("type")
    if kind not in ("pronunciation", "punctuation"):
        raise _invalid(f"{at}.type must be pronunciation or punctuation")
    is_punctuation = kind == "punctuation"
    if is_punctuation and item.get("start_time") is None:
        start_s = end_s = before[-1].end_s if before else 0.0
    else:
        start_s, end_s = _times(item, at)
    name = next((name for name in _SPEAKER_NAMES if item.get(name) is not None), None)
    speaker = speakers.get(start_s) if name is None else _label(item[name], f"{at}.{name}")
    alternatives = _list(item.get("alternatives"), f"{at}.alternatives")
    if not alternatives:
        raise _invalid(f"Empty {at}.alternatives")
    best = _object(alternatives[0], f"{at}.alternatives[0]")
    text = " ".join(_text(best.get("content"), f"{at}.alternatives[0].content").split())
    return Word(text, start_s, end_s, speaker=speaker, is_punctuation=is_punctuation)


def _times(fields: dict[str, Any], at: str) -> tuple[float, float]:
    start_s = _seconds(fields.get("start_time"), f"{at}.start_time")
    end_s = _seconds(fields.get("end_time"), f"{at}.end_time")
    if end_s < start_s:
        raise _invalid(f"{at}.end_time is before its start_time")
    return start_s, end_s


def _seconds(value: object, at: str) -> float:
    if isinstance(value, str) and len(value) <= 32:
        try:
            value = float(value)
        except ValueError:
            value = None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_TIME_S:
        return float(value)
    raise _invalid(f"{at} must be a number of seconds")


def _label(value: object, at: str) -> str:
    label = _text(value, at)
    if not 0 < len(label) <= MAX_LABEL_CHARACTERS:
        raise _invalid(f"{at} must be a string of 1 to {MAX_LABEL_CHARACTERS} characters")
    return label


def _text(value: object, at: str) -> str:
    if not isinstance(value, str):
        raise _invalid(f"{at} must be a string")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: JSON has it, no answer could
        raise _invalid(f"{at} is not Unicode text") from None
    return value


def _object(value: object, at: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(f"{at} must be an object")
    return value


def _list(value: object, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise _invalid(f"{at} must be a list")
    return value


def _invalid(details: str) -> InvalidTranscript:
    return InvalidTranscript(details=details)
