"""Numbers as they are spoken, in French and English, up to 999,999. Pure."""

from __future__ import annotations

_EN_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_EN_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_FR_ONES = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
_FR_TENS = [
    "zéro",
    "dix",
    "vingt",
    "trente",
    "quarante",
    "cinquante",
    "soixante",
    "soixante",
    "quatre-vingt",
    "quatre-vingt",
]

_LARGEST = 999_999


def spell(number: int, language: str) -> str:
    """`number` in words.

    Args:
        number: 0 or more; larger ones than 999,999 are spelt digit by digit.
        language: "fr-CA" or "en-US".
    """
    below_thousand = _french if language.startswith("fr") else _english
    if number > _LARGEST:
        return " ".join(below_thousand(int(digit)) for digit in str(number))
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return below_thousand(rest)
    if language.startswith("fr"):
        head = "mille" if thousands == 1 else f"{_french(thousands)} mille"
    else:
        head = f"{_english(thousands)} thousand"
    return f"{head} {below_thousand(rest)}" if rest else head


def _english(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if hundreds:
        head = f"{_EN_ONES[hundreds]} hundred"
        return f"{head} {_english(rest)}" if rest else head
    if rest < 20:
        return _EN_ONES[rest]
    tens, ones = divmod(rest, 10)
    return f"{_EN_TENS[tens]} {_EN_ONES[ones]}" if ones else _EN_TENS[tens]


def _french(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if hundreds:
        head = "cent" if hundreds == 1 else f"{_FR_ONES[hundreds]} {'cent' if rest else 'cents'}"
        return f"{head} {_french(rest)}" if rest else head
    if rest < 20:
        return _FR_ONES[rest]
    if rest == 80:
        return "quatre-vingts"
    tens, ones = divmod(rest, 10)
    if tens in (7, 9):
        ones += 10
    joint = " et " if ones == 1 or rest == 71 else " " if ones else ""
    joint = " " if tens in (8, 9) and ones else joint
    return f"{_FR_TENS[tens]}{joint}{_FR_ONES[ones]}" if ones else _FR_TENS[tens]
