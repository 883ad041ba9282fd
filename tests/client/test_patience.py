"""How often a client tries to come back, and how long."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.client.patience import PATIENCE_S, Patience


class PatienceTests(SynchronousTestCase):
    """Soon, ever more seldom, not for ever."""

    def test_waits_grow_and_are_half_chance(self) -> None:
        for chance, wanted in ((0.0, [0.25, 0.5, 1.0, 2.0, 4.0, 5.0]), (1.0, [0.5, 1.0, 2.0, 4.0, 8.0, 10.0])):
            patience = Patience()
            self.assertEqual([patience.delay_s(0.0, chance) for _ in wanted], wanted)

    def test_what_the_server_asks_for_comes_on_top(self) -> None:
        self.assertEqual(Patience().delay_s(0.0, 0.0, least_s=5.0), 5.25)

    @given(st.floats(0, 1), st.floats(0, 30))
    def test_it_ends(self, chance: float, attempt_s: float) -> None:
        """However long each attempt takes, the last begins when the time is up at the latest."""
        patience, now = Patience(), 100.0
        while (delay_s := patience.delay_s(now, chance)) is not None:
            now += delay_s
            self.assertLessEqual(now, 100.0 + PATIENCE_S + 1e-6)
            now += attempt_s
        self.assertGreaterEqual(now, 100.0 + PATIENCE_S - 1e-6)

    def test_what_got_somewhere_begins_anew(self) -> None:
        patience = Patience()
        for _ in range(5):
            patience.delay_s(0.0, 0.0)
        patience.reset()
        self.assertEqual((patience.delay_s(PATIENCE_S, 0.0), patience.attempts), (0.25, 1))
