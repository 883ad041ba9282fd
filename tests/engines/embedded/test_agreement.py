"""Which words are fixed."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.agreement import Agreement

TENS_BEGIN_WORDS = (10, 20, 30, 40)


class AgreementTests(SynchronousTestCase):
    """Tokens 10, 20, 30, 40 begin words; 11, 21 ... go on with them."""

    def after(self, *readings: list[int]) -> tuple[int, ...]:
        agreement = Agreement(TENS_BEGIN_WORDS.__contains__)
        for tokens in readings:
            agreement.push(tokens)
        return agreement.fixed

    def test_one_reading_fixes_nothing(self) -> None:
        self.assertEqual(self.after([10, 20]), ())

    def test_agreed_words(self) -> None:
        """What two readings say alike is fixed, but for the word at the end, which may grow."""
        self.assertEqual(self.after([10, 20, 30], [10, 20, 40]), (10, 20))
        self.assertEqual(self.after([10, 20], [10, 20]), (10,))
        self.assertEqual(self.after([10, 20], [10, 20, 21]), (10,))

    def test_only_whole_words(self) -> None:
        """A word of which the readings share a part only is not fixed."""
        self.assertEqual(self.after([10, 20, 21], [10, 20, 22, 30]), (10,))
        self.assertEqual(self.after([10, 11], [10, 12]), ())

    def test_disagreement(self) -> None:
        self.assertEqual(self.after([10, 20], [20, 10]), ())

    def test_empty_reading(self) -> None:
        self.assertEqual(self.after([10, 20, 30], [], [10, 20, 30]), ())

    def test_fixed_words_stay(self) -> None:
        """A later disagreement takes nothing back."""
        self.assertEqual(self.after([10, 20, 30], [10, 20, 30], [40]), (10, 20))

    def test_growth(self) -> None:
        self.assertEqual(self.after([10], [10, 20], [10, 20, 30], [10, 20, 30, 40]), (10, 20, 30))

    def test_words_left_behind(self) -> None:
        """What is not heard again takes its place in the agreement with it: the rest is compared with the rest."""
        agreement = Agreement(TENS_BEGIN_WORDS.__contains__)
        for tokens in ([10, 20, 30], [10, 20, 30, 40]):
            agreement.push(tokens)
        agreement.forget(1)
        self.assertEqual(agreement.fixed, (20, 30))
        agreement.push([20, 30, 40, 10])
        self.assertEqual(agreement.fixed, (20, 30, 40))
