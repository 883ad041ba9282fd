"""How long an answer the model is allowed."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.prompting import longest_answer


class LongestAnswerTests(SynchronousTestCase):
    """What the library makes of the number leaves room for the whole cap, and six marks of time."""

    def room(self, cap: int, fixed_count: int, before_count: int) -> int:
        """Tokens that may be answered, those given as a beginning included: half of it, or what the prompt leaves."""
        fixed = (1,) * fixed_count
        longest = longest_answer([2] * before_count + list(fixed), fixed, cap)
        return min(longest // 2, longest - before_count)

    def test_cap_and_marks(self) -> None:
        self.assertEqual(self.room(cap=20, fixed_count=0, before_count=3), 26)

    def test_long_vocabulary(self) -> None:
        """What stands before the text takes nothing from it."""
        self.assertEqual(self.room(cap=20, fixed_count=0, before_count=200), 26)

    def test_fixed_words(self) -> None:
        """However many words are fixed already, those that follow have their room."""
        self.assertEqual(self.room(cap=110, fixed_count=80, before_count=4), 116)

    def test_never_beyond_the_model(self) -> None:
        """It has 448 places, half of them for an answer."""
        self.assertEqual(self.room(cap=400, fixed_count=0, before_count=3), 224)
