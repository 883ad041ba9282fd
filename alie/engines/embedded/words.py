"""From the model's tokens and their times to words and marks of punctuation. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from alie.transcript import Word

_PARTS = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)
"""A word between its marks; apostrophes and hyphens within a word stay within it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One token, or a few that only make letters together.

    Attributes:
        text: as decoded; a leading blank begins a new word.
        start_s: seconds from the beginning of the audio.
        end_s: seconds, never before `start_s`.
        probability: 0..1.
    """

    text: str
    start_s: float
    end_s: float
    probability: float


def to_words(pieces: Iterable[Piece], offset_s: float, latest_s: float) -> tuple[Word, ...]:
    """Joins pieces into words, in order.

    Args:
        pieces: of one reading.
        offset_s: where the reading's audio begins on the stream's clock, in seconds.
        latest_s: where its voice ends on that clock; the alignment lets last words run on into the silence.

    Returns:
        Words with the mean probability of their pieces as confidence, rounded to thousandths, and marks of
        punctuation, which have none and stand where their word begins or ends.
    """
    words: list[Word] = []
    for group in _grouped(pieces):
        words.extend(_split(group, offset_s, latest_s))
    return tuple(words)


def _grouped(pieces: Iterable[Piece]) -> list[list[Piece]]:
    groups: list[list[Piece]] = []
    for piece in pieces:
        if not groups or piece.text.startswith(" "):
            groups.append([])
        groups[-1].append(piece)
    return groups


def _split(group: list[Piece], offset_s: float, latest_s: float) -> Iterable[Word]:
    match = _PARTS.match("".join(piece.text for piece in group).strip())
    assert match is not None  # the pattern matches every string
    before, core, after = match.groups()
    start_s = round(min(latest_s, offset_s + group[0].start_s), 3)
    end_s = max(start_s, round(min(latest_s, offset_s + group[-1].end_s), 3))
    if before.strip():
        yield Word(before.strip(), start_s, start_s, is_punctuation=True)
    if core:
        letters = [piece.probability for piece in group if any(map(str.isalnum, piece.text))]
        confidence = sum(letters) / len(letters) if letters else 0.0
        yield Word(core, start_s, end_s, confidence=round(min(1.0, max(0.0, confidence)), 3))
    if after.strip():
        yield Word(after.strip(), end_s, end_s, is_punctuation=True)
