"""Captions out of segments: short enough to be read, cut between words, at the end of a phrase where one is near."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap

from alie.server_messages import Segment

# Two lines of 42 characters, for at most seven seconds: what captioning guides agree on.
LINE_CHARACTERS = 42
CUE_S = 7.0
# The end of a phrase may lie this share of the text away from the middle, and is still the better place to cut.
PHRASE_WORTH = 0.25
_PHRASE_ENDS = ".?!…,;:"


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: one or two lines, shown from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    """A word as it is written, with the marks that cling to it."""

    text: str
    start_s: float
    end_s: float


def cues(segments: Iterable[Segment]) -> list[Cue]:
    """Captions for segments in order of time. None overlaps the next."""
    made = [_cue(group) for segment in segments for group in _groups(_tokens(segment))]
    trimmed = [Cue(cue.start_s, min(cue.end_s, after.start_s), cue.lines) for cue, after in pairwise(made)]
    return trimmed + made[-1:]


def _tokens(segment: Segment) -> list[_Token]:
    """The segment's text, word by word. Where the words' own times do not fit the text, time goes by characters."""
    texts = _written_words(segment.text)
    timed = [word for word in segment.words if not word.is_punctuation]
    if len(timed) == len(texts):
        return [_Token(text, word.start_s, word.end_s) for text, word in zip(texts, timed, strict=True)]
    length_s = segment.end_s - segment.start_s
    whole = sum(len(text) for text in texts)
    tokens, passed = [], 0
    for text in texts:
        start_s = segment.start_s + length_s * passed / whole
        passed += len(text)
        tokens.append(_Token(text, start_s, segment.start_s + length_s * passed / whole))
    return tokens


def _written_words(text: str) -> list[str]:
    """Splits at blanks; a mark that stands alone, as in French before "?", stays with the word before it."""
    texts: list[str] = []
    for part in text.split():
        if texts and not any(character.isalnum() for character in part):
            texts[-1] += f" {part}"
        else:
            texts.append(part)
    return texts


def _groups(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """Halves what is too long until it fits: halves alike in length leave no word alone."""
    if len(tokens) < 2 or _fits(tokens):
        yield from [tokens] if tokens else []
        return
    cut = _best_cut(tokens)
    yield from _groups(tokens[:cut])
    yield from _groups(tokens[cut:])


def _fits(group: list[_Token]) -> bool:
    return len(wrap(_text(group), LINE_CHARACTERS)) <= 2 and group[-1].end_s - group[0].start_s <= CUE_S


def _best_cut(group: list[_Token]) -> int:
    """How many words to put before the cut: half of the text, or the end of a phrase not too far from there."""
    whole = len(_text(group))

    def distance(count: int) -> float:
        from_middle = abs(len(_text(group[:count])) - whole / 2)
        return from_middle - (PHRASE_WORTH * whole if group[count - 1].text[-1] in _PHRASE_ENDS else 0)

    return min(range(1, len(group)), key=distance)


def _text(group: list[_Token]) -> str:
    return " ".join(token.text for token in group)


def _cue(group: list[_Token]) -> Cue:
    return Cue(group[0].start_s, group[-1].end_s, _lines(_text(group)))


def _lines(text: str) -> tuple[str, ...]:
    """One line, or two of about the same length."""
    narrowest = LINE_CHARACTERS if len(text) <= LINE_CHARACTERS else len(text) // 2
    for width in range(narrowest, LINE_CHARACTERS):
        if len(lines := wrap(text, width)) <= 2:
            return tuple(lines)
    return tuple(wrap(text, LINE_CHARACTERS))
