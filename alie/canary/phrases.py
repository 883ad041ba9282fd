"""What of a spoken text can be told from anything else that is written. Pure."""

from __future__ import annotations

import re

LEAST_WORDS = 3
LEAST_LETTERS = 18
"""Shorter runs, such as "is not a valid", stand in ordinary messages, too."""


def distinctive(text: str) -> list[str]:
    """Runs of words, one from each word on as far as there is enough after it, each as short as it may be.

    A text with fewer words than that, or fewer letters, has none.
    """
    words = re.findall(r"[\w'’]+", text)
    found = (_run(words[start:]) for start in range(len(words)))
    return list(dict.fromkeys(run for run in found if run))


def _run(words: list[str]) -> str:
    letters = 0
    for count, word in enumerate(words, 1):
        letters += len(word)
        if count >= LEAST_WORDS and letters >= LEAST_LETTERS:
            return " ".join(words[:count])
    return ""
