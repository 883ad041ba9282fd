"""How good a transcript is and how soon it came. Pure: plain values in, numbers out.

Nothing here knows engines or sockets, so that every tool scores alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import jiwer

from bench.numerals import spell

LEAST_OVERLAP_S = 0.2
"""A segment that shares less with a sentence is not of it."""

_DIGITS = re.compile(r"\d+")
_NOT_SPOKEN = re.compile(r"[^\w\s]|_")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What was said, and when: seconds on the take's clock."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One result as it came.

    Attributes:
        segment_id: partials and their final share it.
        start_s: seconds on the take's clock.
        end_s: the same.
        text: what was heard.
        is_final: whether it will not change.
        came_s: when it came, seconds since the take's first sample was spoken.
    """

    segment_id: str
    start_s: float
    end_s: float
    text: str
    is_final: bool
    came_s: float


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds that each sentence waited.

    Attributes:
        first_partial_s: from the sentence's start to the first partial of its utterance; only sentences that
            begin an utterance count, for the others something was on the screen before they began.
        final_s: from the sentence's end to the final that covers its end.
        missed: sentences without a final.
    """

    first_partial_s: tuple[float, ...]
    final_s: tuple[float, ...]
    missed: int


def normalise(text: str, language: str) -> list[str]:
    """The words as spoken: lower case, no marks, digits as words; apostrophes and hyphens part words.

    Args:
        text: in any writing.
        language: "fr-CA" or "en-US".
    """
    text = unicodedata.normalize("NFC", text).lower()
    text = _DIGITS.sub(lambda match: f" {spell(int(match.group()), language)} ", text)
    return _NOT_SPOKEN.sub(" ", text).split()


def word_error_rate(reference: str, heard: str, language: str) -> float:
    """Share of words wrong, missing or invented; 0 is perfect, above 1 is possible."""
    words = " ".join(normalise(reference, language))
    return float(jiwer.wer(words, " ".join(normalise(heard, language))))


def transcript(results: Sequence[Heard]) -> str:
    """The finals in the order of time."""
    finals = sorted((one for one in results if one.is_final and one.text), key=lambda one: one.start_s)
    return " ".join(one.text for one in finals)


def delays(timeline: Sequence[Sentence], results: Sequence[Heard]) -> Delays:
    """Matches sentences to segments by time, and measures how long each waited."""
    finals = sorted((one for one in results if one.is_final and one.text), key=lambda one: one.start_s)
    firsts: dict[str, float] = {}
    for one in results:
        if one.text:
            firsts.setdefault(one.segment_id, one.came_s)
    partial_s: list[float] = []
    final_s: list[float] = []
    claimed: set[str] = set()
    missed = 0
    for sentence in timeline:
        own = [one for one in finals if _overlap_s(sentence, one) >= LEAST_OVERLAP_S]
        if not own:
            missed += 1
            continue
        if own[0].segment_id not in claimed:
            partial_s.append(firsts[own[0].segment_id] - sentence.start_s)
        claimed.update(one.segment_id for one in own)
        final_s.append(own[-1].came_s - sentence.end_s)
    return Delays(tuple(partial_s), tuple(final_s), missed)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0..1) of `values` do not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _overlap_s(sentence: Sentence, heard: Heard) -> float:
    return min(sentence.end_s, heard.end_s) - max(sentence.start_s, heard.start_s)
