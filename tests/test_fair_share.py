"""Tests of alie.fair_share: how long work waits for its share of the time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.fair_share import FairShare


class FairShareTests(SynchronousTestCase):
    """A burst at once, and no more than the share in the long run."""

    def test_a_burst_then_its_share(self) -> None:
        """After 10 ms of work in a row, each further one waits as long as it takes to earn it."""
        share = FairShare(0.5, 0.010)
        now = 100.0
        for _ in range(5):
            self.assertEqual(share.wait_s(now), 0)
            now += 0.002
            share.spend(0.002, now)
        self.assertAlmostEqual(share.wait_s(now), 0)
        now += 0.002
        share.spend(0.002, now)
        self.assertAlmostEqual(share.wait_s(now), 0.002)
        self.assertEqual(share.wait_s(now + 0.003), 0)

    def test_a_rest_earns_one_burst_only(self) -> None:
        """Not all the time in which nothing was done."""
        share = FairShare(0.5, 0.010)
        share.spend(0.0, 1000.0)
        share.spend(0.1, 1000.1)
        self.assertAlmostEqual(share.wait_s(1000.1), 0.09)

    @given(st.lists(st.tuples(st.floats(0, 0.05), st.floats(0, 0.05)), max_size=100))
    def test_never_more_than_the_share(self, works: list[tuple[float, float]]) -> None:
        """Whatever comes and whenever: work begun by a moment is its share of the time, a burst, and one piece more."""
        share, now, done, longest = FairShare(0.5, 0.010), 0.0, 0.0, 0.0
        for pause_s, took_s in works:
            now += pause_s
            now += share.wait_s(now)
            now += took_s
            share.spend(took_s, now)
            done, longest = done + took_s, max(longest, took_s)
            self.assertLessEqual(done, 0.5 * now + 0.010 + longest + 1e-9)
