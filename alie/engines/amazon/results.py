"""From the service's results to Alie's. Pure; the hot path of a session: about four results a second.

Times are float seconds since the stream's first sample, whatever the service's model says of milliseconds.
Source: docs.aws.amazon.com/transcribe/latest/APIReference/API_streaming_Result.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from alie.engines.amazon.options import AmazonOptions
from alie.speech import AUTO, StreamSpec
from alie.transcript import Entity, Result, Word

_LONGEST_S = 86_400.0
"""No time is later: a stream lasts four hours at most. Keeps infinity out."""


class ResultsError(Exception):
    """A TranscriptEvent that cannot be read. Says nothing of what was in it."""


def read_event(payload: bytes) -> Sequence[Mapping[str, Any]]:
    """The results in the JSON of one TranscriptEvent.

    Raises:
        ResultsError: that is no TranscriptEvent.
    """
    try:
        results = _loads(payload)["Transcript"]["Results"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ResultsError from None
    if not isinstance(results, list):
        raise ResultsError
    return results


def _loads(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        # Half of a surrogate pair is good JSON but could not be sent on as UTF-8.
        return orjson.loads(json.dumps(json.loads(payload), ensure_ascii=False).encode("utf-8", "replace"))


class ResultReader:
    """Reads the results of one stream.

    Args:
        spec: what the session wants.
        options: what Amazon was told to protect.

    Attributes:
        dropped: results, words and entities that made no sense and were left out.
    """

    def __init__(self, spec: StreamSpec, options: AmazonOptions) -> None:
        self._withholds_partials = options.withholds_partials or not spec.wants_partials
        self._has_partial_words = spec.wants_words
        self._tells_language = spec.language_code == AUTO
        self.dropped = 0

    def read(self, given: Mapping[str, Any]) -> Result | None:
        """One result, or None for one that makes no sense.

        A partial that must be withheld, or that nobody wants, has no text and no words: whoever watches the leg still
        sees that it hears.
        """
        try:
            return self._read(given)
        except (KeyError, TypeError, AttributeError, ValueError, IndexError):
            self.dropped += 1
            return None

    def _read(self, given: Mapping[str, Any]) -> Result | None:
        is_partial = given["IsPartial"]
        segment_id, start_s, end_s = given["ResultId"], given["StartTime"], given["EndTime"]
        alternatives = given["Alternatives"]
        best = alternatives[0] if alternatives else {}
        text = best.get("Transcript") or ""
        if not (isinstance(segment_id, str) and segment_id and isinstance(text, str) and isinstance(is_partial, bool)):
            raise TypeError
        if not 0.0 <= start_s <= end_s <= _LONGEST_S:
            raise ValueError
        is_withheld = is_partial and self._withholds_partials
        if is_withheld:
            text = ""
        has_words = not is_partial or (self._has_partial_words and not is_withheld)
        return Result(
            segment_id,
            start_s,
            end_s,
            text,
            not is_partial,
            self._words(best.get("Items"), is_partial) if has_words else (),
            self._language(given.get("LanguageCode")) if self._tells_language else None,
            () if is_partial else self._entities(best.get("Entities")),
        )

    def _words(self, items: Any, is_partial: bool) -> tuple[Word, ...]:
        words = []
        for item in items or ():
            try:
                words.append(_word(item, is_partial))
            except (KeyError, TypeError, AttributeError, ValueError):
                self.dropped += 1
        return tuple(words)

    def _language(self, code: Any) -> str | None:
        return code if isinstance(code, str) else None

    def _entities(self, given: Any) -> tuple[Entity, ...]:
        entities = []
        for entity in given or ():
            try:
                entities.append(_entity(entity))
            except (KeyError, TypeError, AttributeError, ValueError):
                self.dropped += 1
        return tuple(entities)


def _word(item: Mapping[str, Any], is_partial: bool) -> Word:
    text, start_s, end_s = item["Content"], item["StartTime"], item["EndTime"]
    speaker, stable = item.get("Speaker"), item.get("Stable")
    if not (text and isinstance(text, str)) or not 0.0 <= start_s <= end_s <= _LONGEST_S:
        raise ValueError
    if speaker is not None:
        speaker = f"spk_{speaker}" if speaker.isdigit() else str(speaker)
    return Word(
        text,
        start_s,
        end_s,
        _confidence(item.get("Confidence")),
        speaker,
        item.get("Type") == "punctuation",
        stable if is_partial and isinstance(stable, bool) else None,
    )


def _entity(given: Mapping[str, Any]) -> Entity:
    category, kind, start_s, end_s = given["Category"], given["Type"], given["StartTime"], given["EndTime"]
    if not (isinstance(category, str) and isinstance(kind, str)) or not 0.0 <= start_s <= end_s <= _LONGEST_S:
        raise ValueError
    return Entity(category, kind, start_s, end_s, _confidence(given.get("Confidence")))


def _confidence(value: Any) -> float | None:
    return value if isinstance(value, float | int) and 0.0 <= value <= 1.0 else None
