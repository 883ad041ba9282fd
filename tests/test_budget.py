"""Tests of alie.budget: who is not read while too much is held."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.budget import LOW_SHARE, Budget, Holding


class BudgetTests(SynchronousTestCase):
    """Sizes in, names out; the bound is 100."""

    def setUp(self) -> None:
        self.budget: Budget[str] = Budget(100)

    def weigh(self, other: int = 0, **sizes: int) -> set[str]:
        """Who is held."""
        self.budget.weigh(sizes, other)
        return self.budget.held

    def test_below_the_bound(self) -> None:
        """Nobody."""
        self.assertEqual(self.weigh(a=98, b=1), set())
        self.assertEqual((self.budget.share, self.budget.is_spent), (0.99, False))

    def test_the_greediest_first(self) -> None:
        """As many as hold the excess over the lower bound."""
        self.assertEqual(self.weigh(a=5, b=30, c=60, d=5), {"c"})
        self.assertTrue(self.budget.is_spent)
        self.assertEqual(self.weigh(a=60, b=50, c=20, d=5), {"c", "a"})

    def test_until_it_has_fallen(self) -> None:
        """Not before the lower bound, and nobody new meanwhile."""
        self.weigh(a=90, b=10)
        self.assertEqual(self.weigh(a=66, b=10), {"a"})
        self.assertTrue(self.budget.is_spent)
        self.assertEqual(self.weigh(a=20, b=55), set())
        self.assertFalse(self.budget.is_spent)

    def test_those_who_are_gone(self) -> None:
        """Are not held."""
        self.weigh(a=90, b=10)
        self.assertEqual(self.weigh(b=80), set())

    def test_what_nobody_in_particular_holds(self) -> None:
        """Counts, too; if that alone is too much, everybody waits."""
        self.assertEqual(self.weigh(other=99, a=1), {"a"})

    def test_a_holding(self) -> None:
        """Audio that is not heard yet is part of what is kept."""
        self.assertEqual(Holding(unheard_bytes=5, kept_bytes=7, text_bytes=2).total_bytes, 9)

    @given(st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 60)), max_size=20))
    def test_whatever_is_held(self, rounds: list[dict[str, int]]) -> None:
        """Above the bound enough are held, below the lower one nobody, and nobody smaller before somebody greedier."""
        budget: Budget[str] = Budget(100)
        for sizes in rounds:
            before = set(budget.held)
            budget.weigh(sizes)
            total = sum(sizes.values())
            if total >= 100:
                self.assertGreaterEqual(sum(sizes[key] for key in budget.held), total - 100 * LOW_SHARE)
                new = budget.held - before
                free = sizes.keys() - budget.held
                self.assertTrue(all(sizes[one] >= sizes[other] for one in new for other in free))
            elif total <= 100 * LOW_SHARE:
                self.assertEqual(budget.held, set())
            else:
                self.assertLessEqual(budget.held, before)
