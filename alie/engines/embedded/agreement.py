"""Which words of the partials so far will not change: those on which two readings in a row agree.

Pure. Tokens are the model's; a word may be several of them, and only whole words are fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence


class Agreement:
    """Follows the readings of one growing utterance.

    Args:
        begins_word: tells whether a token begins a new word.
    """

    def __init__(self, begins_word: Callable[[int], bool]) -> None:
        self._begins_word = begins_word
        self._last: tuple[int, ...] = ()
        self.fixed: tuple[int, ...] = ()
        """Tokens that the next reading may be given as its beginning."""

    def push(self, tokens: Sequence[int]) -> None:
        """Takes the newest reading, which begins with `fixed` if that was used to read it."""
        newest = tuple(tokens)
        agreed = 0
        while agreed < min(len(newest), len(self._last)) and newest[agreed] == self._last[agreed]:
            agreed += 1
        # The word at the end of the agreement may still grow, so it must be seen to have ended in both.
        while agreed and not (agreed < len(newest) and self._begins_word(newest[agreed])):
            agreed -= 1
        if agreed > len(self.fixed):
            self.fixed = newest[:agreed]
        self._last = newest

    def forget(self, count: int) -> None:
        """Leaves out the first `count` tokens (all fixed): the readings to come begin behind them."""
        self.fixed = self.fixed[count:]
        self._last = self._last[count:]
