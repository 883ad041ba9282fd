"""The model's tokens: what it is asked with, and where its words begin. Called in worker threads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from alie.engines.embedded.hearing import Asked, Begun

_LONGEST_PROMPT = 220
"""Tokens; the model takes 224 before the text."""

_LONGEST_TEXT = 448

_MOST_MARKS = 6
"""Marks of time that an answer may have beside its text."""

SECONDS_PER_MARK = 0.02
"""From one mark of time to the next; the first is 0 s."""

_NOTHING = Begun()

UNFINISHED = "\N{REPLACEMENT CHARACTER}"
"""What tokens decode to that are only a part of a letter."""


class Prompter:
    """Builds prompts and takes answers apart.

    Args:
        tokenizer: the model's own.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._previous = self._special("<|startofprev|>")
        self._begin = self._special("<|startoftranscript|>")
        self._task = self._special("<|transcribe|>")
        self._plain = self._special("<|notimestamps|>")
        self._end = self._special("<|endoftext|>")
        self._vocabulary_tokens = lru_cache(maxsize=64)(self._encode_vocabulary)

    def start(self, language: str) -> list[int]:
        """The tokens that every text in `language` ("fr", "en") starts with, as `align` wants them."""
        return [self._begin, self._special(f"<|{language}|>"), self._task]

    def prompt(self, language: str, asked: Asked, begun: Begun = _NOTHING) -> list[int]:
        """What to ask with: vocabulary and words already read before the start, words already fixed behind it.

        The answer has marks of time: having to read them keeps the model from repeating itself.
        """
        beginning = [self._plain + 1, *begun.fixed] if begun.fixed else []
        return [*self._before(asked, begun.read), *self.start(language), *beginning]

    def plain_prompt(self, language: str) -> list[int]:
        """What to ask with for text without marks of time."""
        return [*self.start(language), self._plain]

    def text_tokens(self, answered: list[int], fixed: tuple[int, ...]) -> tuple[int, ...]:
        """The text of an answer, `fixed` included once, without marks of time or end."""
        text = tuple(token for token in answered if token < self._end)
        return text if text[: len(fixed)] == fixed else fixed + text

    def last_time_s(self, answered: list[int]) -> float | None:
        """The last mark of time in an answer, in seconds from the beginning of the audio; None without any."""
        times = [token for token in answered if token > self._plain]
        return (times[-1] - self._plain - 1) * SECONDS_PER_MARK if times else None

    def time_scores(self, answered: list[int], steps: list[Any]) -> list[Any]:
        """For each token of the text of an answer, what each mark of time scored in its place.

        Args:
            answered: the answer.
            steps: for each of its tokens, the scores of the whole vocabulary.
        """
        first = self._plain + 1
        return [
            np.asarray(step).reshape(-1)[first:]
            for token, step in zip(answered, steps, strict=False)  # the end has a step too
            if token < self._end
        ]

    def begins_word(self, token: int) -> bool:
        """Whether `token` begins a new word: its text starts with a blank."""
        written = self._tokenizer.id_to_token(token)
        return written is not None and written.startswith("Ġ")

    def letters(self, tokens: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        """Runs (first, after) of tokens that only together make whole letters; mostly one token each."""
        first = 0
        for after in range(1, len(tokens) + 1):
            run = list(tokens[first:after])
            if after == len(tokens) or UNFINISHED not in self._tokenizer.decode(run):
                yield first, after
                first = after

    def _before(self, asked: Asked, read: tuple[int, ...]) -> list[int]:
        vocabulary = self._vocabulary_tokens(asked.vocabulary) if asked.vocabulary else []
        before = [*vocabulary[: max(0, _LONGEST_PROMPT - len(read))], *read[-_LONGEST_PROMPT:]]
        return [self._previous, *before] if before else []

    def _encode_vocabulary(self, vocabulary: tuple[str, ...]) -> list[int]:
        return self._encode(f" {', '.join(vocabulary)}.")[:_LONGEST_PROMPT]

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _special(self, name: str) -> int:
        token = self._tokenizer.token_to_id(name)
        if token is None:
            raise ValueError(f"The tokenizer has no {name}")
        return int(token)


def longest_answer(prompt: list[int], fixed: tuple[int, ...], cap: int) -> int:
    """The library's `max_length` with which an answer can reach its cap.

    The library allows the smaller of half of it and of what the prompt, up to the text, leaves of it; and text that
    the answer was given as its beginning counts as answered.

    Args:
        prompt: from `Prompter.prompt`.
        fixed: tokens of text at its end.
        cap: most tokens of text, `fixed` included.
    """
    answered = cap + _MOST_MARKS
    return min(_LONGEST_TEXT, max(2 * answered, answered + len(prompt) - len(fixed)))
