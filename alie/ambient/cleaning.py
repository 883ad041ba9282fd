"""Takes out of speech what nobody would write, fillers and words said twice, and puts blanks where they belong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from alie.transcript import Word

FRENCH = "fr"
ENGLISH = "en"
LANGUAGES = (FRENCH, ENGLISH)

# Not "er", "mm" or "ah", nor an English "hum": these are a room, a length, a hospital, and what an ear may hear.
_FILLERS = frozenset({"euh", "heu", "euhm", "um", "umm", "uhm", "uh", "uhh", "hmm", "erm"})
_FILLERS_OF = {FRENCH: _FILLERS | {"hum"}, ENGLISH: _FILLERS}
# What may rightly stand twice: "nous nous levons", "the pain that that drug", a number told digit by digit.
_TWICE_OF = {FRENCH: frozenset({"nous", "vous"}), ENGLISH: frozenset({"had", "that"})}
_NUMBERS = frozenset({
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "zéro", "un", "deux", "trois", "quatre", "cinq", "sept", "huit", "neuf", "dix",
})  # fmt: skip
_SHORT_WORDS = frozenset({"I", "a", "à", "y"})  # any other letter alone is being spelled

_WEAK_MARKS = frozenset(",;:")
_STOPS = frozenset(".,;:?!…")
_CLOSING_MARKS = _STOPS | frozenset(")]}”»")
_OPENING_MARKS = frozenset("([{“«")
_NO_BREAK = "\N{NO-BREAK SPACE}"


def without_fillers(words: Iterable[Word], language: str) -> tuple[Word, ...]:
    """Leaves out fillers, the marks that were theirs, and gives their capital to the next word."""
    kept: list[Word] = []
    is_after_filler = owes_capital = False
    for word in words:
        if _is_filler(word, language):
            is_after_filler = True
            owes_capital |= word.text[0].isupper()
        elif is_after_filler and word.is_punctuation and word.text in _STOPS:
            _settle(kept, word)
        else:
            if owes_capital and not word.is_punctuation:
                word = replace(word, text=word.text[0].upper() + word.text[1:])
                owes_capital = False
            is_after_filler = False
            kept.append(word)
    return tuple(kept)


def _settle(kept: list[Word], mark: Word) -> None:
    """Of the marks before and after a filler one stays, the stronger."""
    if not kept or mark.text == ",":
        return
    if not kept[-1].is_punctuation:
        kept.append(mark)
    elif kept[-1].text in _WEAK_MARKS:
        kept[-1] = mark


def _is_filler(word: Word, language: str) -> bool:
    # In capitals it is an abbreviation.
    return not word.is_punctuation and not word.text.isupper() and word.text.casefold() in _FILLERS_OF[language]


def without_repeats(words: Iterable[Word], language: str) -> tuple[Word, ...]:
    """Leaves out a word that was just said, as a stutter is. What may rightly stand twice stays."""
    kept: list[Word] = []
    for word in words:
        if not kept or not _is_repeat(kept[-1], word, language):
            kept.append(word)
    return tuple(kept)


def _is_repeat(before: Word, word: Word, language: str) -> bool:
    folded = word.text.casefold()
    if before.is_punctuation or word.is_punctuation or before.text.casefold() != folded:
        return False
    if len(word.text) == 1:
        return word.text in _SHORT_WORDS
    is_number = folded in _NUMBERS or not any(character.isalpha() for character in folded)
    return not is_number and folded not in _TWICE_OF[language]


def spaced(words: Iterable[Word], language: str) -> str:
    """One line of text. French as in Quebec: a no-break blank before the colon and inside « », none before ? ! ;"""
    parts: list[str] = []
    before: Word | None = None
    for word in words:
        if before is not None:
            parts.append(_gap(before, word, language == FRENCH))
        parts.append(word.text)
        before = word
    return "".join(parts)


def _gap(before: Word, word: Word, is_french: bool) -> str:
    if is_french and ((word.is_punctuation and word.text in (":", "»")) or before.text == "«"):
        return _NO_BREAK
    if word.is_punctuation and word.text in _CLOSING_MARKS:
        return ""
    if before.is_punctuation and before.text in _OPENING_MARKS:
        return ""
    return "" if is_french and before.text.endswith(("'", "’")) else " "
