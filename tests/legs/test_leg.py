"""Where one leg stands."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.legs.account import Account
from alie.legs.leg import Course, Flush, Leg, LegState, Trouble
from alie.legs.orders import FALLBACK, PRIMARY
from alie.speech import Traits


class LegTests(SynchronousTestCase):
    """One stream at the vendor."""

    def test_what_it_is(self) -> None:
        """An engine that starves is at the other end of a wire."""
        remote = Leg(1, PRIMARY, Traits(starves_after_s=15.0), 0.0)
        local = Leg(2, FALLBACK, Traits(), 0.0)
        self.assertEqual([(one.is_fallback, one.is_remote) for one in (remote, local)], [(False, True), (True, False)])

    def test_the_clocks_begin_when_it_is_taken(self) -> None:
        leg = Leg(1, PRIMARY, Traits(), 3.0)
        self.assertIs(leg.state, LegState.OPENING)
        leg.go_live(5.0)
        self.assertIs(leg.state, LegState.LIVE)
        clocks = (leg.opened_at, leg.answered_at, leg.calm_since, leg.watched_at, leg.silence_at)
        self.assertEqual((clocks, leg.since), ((5.0,) * 5, 3.0))

    def test_an_answer_ends_all_suspicion(self) -> None:
        leg = Leg(1, PRIMARY, Traits(), 0.0, speech_s=1.0)
        leg.go_live(1.0)
        leg.hear_from(7.0, 64000)
        self.assertEqual((leg.answered_at, leg.watched_at, leg.watched_to, leg.speech_s), (7.0, 7.0, 64000, 0.0))
        self.assertEqual((leg.opened_at, leg.calm_since), (1.0, 1.0))


class CourseTests(SynchronousTestCase):
    """What legs have to do."""

    def test_nothing_at_first(self) -> None:
        """And streams share nothing."""
        one, other = Course(Account(16000)), Course(Account(16000))
        one.flushes.append(Flush(100))
        self.assertEqual((len(other.flushes), other.is_finishing, other.strikes), (0, False, 0))
        self.assertIsNone(one.flushes[0].reached_at)
        self.assertEqual(Trouble(4.0).attempts, {})
