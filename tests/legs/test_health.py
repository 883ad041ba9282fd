"""Whether new streams should try the primary."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.legs.health import AGREE_S, FIRST_PROBE_S, LONGEST_PROBE_S, PrimaryHealth


class PrimaryHealthTests(SynchronousTestCase):
    """What streams have learnt, for the next ones."""

    def setUp(self) -> None:
        self.health = PrimaryHealth()

    def assertWell(self) -> None:
        self.assertEqual((self.health.is_well, self.health.due_at), (True, None))
        self.assertFalse(self.health.probe_due(1e9))

    def assertAway(self, due_at: float) -> None:
        self.assertEqual((self.health.is_well, self.health.due_at), (False, due_at))
        self.assertEqual([self.health.probe_due(due_at - 0.1), self.health.probe_due(due_at)], [False, True])

    def test_well_at_first(self) -> None:
        self.assertWell()

    def test_a_stream_that_is_alone_decides_alone(self) -> None:
        self.health.failed_over("a", 100.0, live_elsewhere=0)
        self.assertAway(100.0 + FIRST_PROBE_S)

    def test_one_among_many_does_not(self) -> None:
        """However often it fails."""
        for n in range(10):
            self.health.failed_over("a", 100.0 + n, live_elsewhere=99)
        self.assertWell()

    def test_two_agree(self) -> None:
        self.health.failed_over("a", 100.0, live_elsewhere=99)
        self.health.failed_over("b", 100.0 + AGREE_S, live_elsewhere=98)
        self.assertAway(100.0 + AGREE_S + FIRST_PROBE_S)

    def test_two_too_far_apart_do_not(self) -> None:
        """The later one may still agree with a third."""
        self.health.failed_over("a", 100.0, live_elsewhere=99)
        self.health.failed_over("b", 100.1 + AGREE_S, live_elsewhere=99)
        self.assertWell()
        self.health.failed_over("a", 101.0 + AGREE_S, live_elsewhere=99)
        self.assertAway(101.0 + AGREE_S + FIRST_PROBE_S)

    def test_one_that_works_in_between_speaks_for_the_primary(self) -> None:
        self.health.failed_over("a", 100.0, live_elsewhere=99)
        self.health.worked(101.0)
        self.health.failed_over("b", 102.0, live_elsewhere=99)
        self.assertWell()

    def test_streams_that_follow_do_not_put_the_probe_off(self) -> None:
        self.health.failed_over("a", 100.0, live_elsewhere=0)
        self.health.probe_failed(115.0)
        self.health.failed_over("b", 120.0, live_elsewhere=0)
        self.assertAway(115.0 + 2 * FIRST_PROBE_S)

    def test_each_probe_that_fails_doubles_the_wait_up_to_a_bound(self) -> None:
        self.health.failed_over("a", 0.0, live_elsewhere=0)
        waits = []
        for _ in range(7):
            now = self.health.due_at or 0.0
            self.health.probe_failed(now)
            waits.append((self.health.due_at or 0.0) - now)
        self.assertEqual(waits, [30.0, 60.0, 120.0, 240.0, 300.0, 300.0, 300.0])
        self.assertEqual(waits[-1], LONGEST_PROBE_S)

    def test_a_probe_that_succeeds(self) -> None:
        """All begins anew: the next time the first wait is short again."""
        self.health.failed_over("a", 0.0, live_elsewhere=0)
        self.health.probe_failed(15.0)
        self.health.probe_succeeded(45.0)
        self.assertWell()
        self.health.failed_over("a", 50.0, live_elsewhere=0)
        self.assertAway(50.0 + FIRST_PROBE_S)

    def test_a_stream_that_works(self) -> None:
        """It came back by itself: no probe is needed, and one that was under way says nothing against it."""
        self.health.failed_over("a", 0.0, live_elsewhere=0)
        self.health.worked(5.0)
        self.assertWell()
        self.health.probe_failed(15.0)
        self.assertWell()

    def test_what_was_suspected_before_is_forgotten(self) -> None:
        """The stream that made it fall, or come back, counts no second time."""
        self.health.failed_over("a", 0.0, live_elsewhere=9)
        self.health.failed_over("b", 1.0, live_elsewhere=9)
        self.health.probe_succeeded(2.0)
        self.health.failed_over("c", 3.0, live_elsewhere=9)
        self.assertWell()

    @given(st.lists(st.tuples(st.sampled_from(["fails", "works", "probe"]), st.integers(0, 3), st.booleans())))
    @settings(deadline=None)
    def test_it_never_stays_away_without_a_probe(self, steps: list[tuple[str, int, bool]]) -> None:
        """Away means that a probe is due, soon enough; well means that none is."""
        health, now = PrimaryHealth(), 0.0
        for kind, stream, is_good in steps:
            now += 10.0
            if kind == "fails":
                health.failed_over(stream, now, live_elsewhere=int(is_good))
            elif kind == "works":
                health.worked(now)
            elif health.probe_due(now):
                (health.probe_succeeded if is_good else health.probe_failed)(now)
                self.assertEqual(health.is_well, is_good)
            self.assertEqual(health.is_well, health.due_at is None)
            self.assertLessEqual(health.due_at or 0.0, now + LONGEST_PROBE_S)
