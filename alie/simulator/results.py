"""Results in the service's own shape.

Source: docs.aws.amazon.com/transcribe/latest/APIReference/API_streaming_Result.html; that says milliseconds, the
service sends seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from alie.simulator.parameters import Options
from alie.simulator.script import MARKS, ScriptedWord


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word on a leg's clock.

    Attributes:
        word: what the script says of it.
        start_s: seconds since the leg's first sample.
        end_s: seconds.
        is_last: whether its segment ends with it.
        room_s: seconds until the next word, at most as far as a final may reach beyond this one.
        confidence: 0..1.
    """

    word: ScriptedWord
    start_s: float
    end_s: float
    is_last: bool
    room_s: float
    confidence: float


@dataclass(slots=True)
class Reading:
    """A segment that is being heard.

    Attributes:
        identity: its ResultId.
        speaker: number on the stamp.
        segment: its number in the script.
        language_code: what was spoken.
        words: heard so far on this leg, at least one.
    """

    identity: str
    speaker: int
    segment: int
    language_code: str
    words: list[HeardWord] = field(default_factory=list)


def result_of(reading: Reading, options: Options, *, end_s: float, is_final: bool = False) -> dict[str, Any]:
    """One entry of `Transcript.Results`.

    Args:
        reading: what was heard.
        options: what was asked for.
        end_s: seconds on the leg's clock, no item ends later.
        is_final: whether personal information is hidden or pointed out, and speakers are named.
    """
    items: list[dict[str, Any]] = []
    entities: list[dict[str, Any]] = []
    for number, heard in enumerate(reading.words):
        is_stable = is_final or number < len(reading.words) - 1
        items += _items(heard, options, end_s, is_final=is_final, is_stable=is_stable)
        if is_final and _is_personal(heard.word, options):
            entities.append(_entity(heard, options, end_s))
    alternative: dict[str, Any] = {"Transcript": _transcript(items), "Items": items}
    if options.redacts or options.identifies:
        alternative["Entities"] = entities
    result: dict[str, Any] = {
        "ResultId": reading.identity,
        "StartTime": round(reading.words[0].start_s, 3),
        "EndTime": round(end_s, 3),
        "IsPartial": not is_final,
        "ChannelId": "ch_0",
        "Alternatives": [alternative],
    }
    if options.language_code is None:
        result |= _identification(reading.language_code, options)
    return result


def _items(
    heard: HeardWord, options: Options, end_s: float, *, is_final: bool, is_stable: bool
) -> list[dict[str, Any]]:
    """The word, and the mark behind it if there is one."""
    word = heard.word
    if word.is_filtered and options.filter_method == "remove":
        return []
    bare = word.text.rstrip(MARKS)
    ends_s = min(heard.end_s, end_s)
    extras: dict[str, Any] = {"Stable": is_stable} if options.stabilises else {}
    if is_final and options.labels_speakers:
        extras["Speaker"] = word.speaker
    spoken = {
        "Type": "pronunciation",
        "Content": _content(word, bare, options, is_final=is_final),
        "StartTime": round(min(heard.start_s, ends_s), 3),
        "EndTime": round(ends_s, 3),
        "Confidence": heard.confidence,
        "VocabularyFilterMatch": word.is_filtered and options.filter_method == "tag",
    }
    items = [spoken | extras]
    for mark in word.text[len(bare) :]:
        time = {"StartTime": round(ends_s, 3), "EndTime": round(ends_s, 3)}
        items.append({"Type": "punctuation", "Content": mark, "VocabularyFilterMatch": False} | time | extras)
    return items


def _content(word: ScriptedWord, bare: str, options: Options, *, is_final: bool) -> str:
    if is_final and options.redacts and _is_personal(word, options):
        return f"[{word.pii_type}]"
    return "***" if word.is_filtered and options.filter_method == "mask" else bare


def _is_personal(word: ScriptedWord, options: Options) -> bool:
    return (
        (options.redacts or options.identifies)
        and word.pii_type is not None
        and (not options.pii_types or word.pii_type in options.pii_types)
    )


def _entity(heard: HeardWord, options: Options, end_s: float) -> dict[str, Any]:
    word = heard.word
    return {
        "Category": "PII",
        "Type": word.pii_type,
        "Content": _content(word, word.text.rstrip(MARKS), options, is_final=True),
        "StartTime": round(min(heard.start_s, end_s), 3),
        "EndTime": round(min(heard.end_s, end_s), 3),
        "Confidence": heard.confidence,
    }


def _transcript(items: list[dict[str, Any]]) -> str:
    text = ""
    for item in items:
        text += item["Content"] if item["Type"] == "punctuation" or not text else f" {item['Content']}"
    return text


def _identification(language_code: str, options: Options) -> dict[str, Any]:
    """The language spoken gets most of the certainty, or all options share it when it is not among them."""
    others = [option for option in options.language_options if option != language_code]
    found = language_code if len(others) < len(options.language_options) else options.language_options[0]
    scores = {found: 0.9} | {option: 0.1 / len(others) for option in others if option != found}
    identified = [{"LanguageCode": code, "Score": round(score, 4)} for code, score in scores.items()]
    return {"LanguageCode": found, "LanguageIdentification": identified}
