"""The answer to each fault."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.faults import Fault
from alie.legs.recovery import Answer, answer

AT_ONCE = {Fault.STARVED, Fault.OVERSIZE, Fault.CLOSED, Fault.SILENT, Fault.CONFLICT, Fault.PARAMETER}
ALARMS = {Fault.STARVED, Fault.OVERSIZE, Fault.CONFLICT, Fault.CREDENTIALS, Fault.PARAMETER}


def delays(fault: Fault, chance: float, attempts: int = 40) -> list[float]:
    return [answer(fault, attempt + 1, chance, is_plain=False).delay_s for attempt in range(attempts)]


class AnswerTests(SynchronousTestCase):
    """Soon, but not all together, and never for ever at the same pace."""

    def test_faults_of_one_leg_are_answered_at_once(self) -> None:
        """The audio waits; only when it happens again there is a pause."""
        for fault in Fault:
            first, second = delays(fault, 0.0)[:2]
            self.assertEqual(first == 0.0, fault in AT_ONCE | {Fault.CREDENTIALS}, fault)
            self.assertGreater(second, 0.0)

    def test_how_long(self) -> None:
        """Doubling up to a bound."""
        self.assertEqual(delays(Fault.CONNECTION, 1.0, 7), [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0])
        self.assertEqual(delays(Fault.CLOSED, 1.0, 4), [0.0, 0.25, 0.5, 1.0])
        self.assertEqual(delays(Fault.LIMIT, 1.0, 6), [1.0, 2.0, 4.0, 8.0, 16.0, 20.0])
        self.assertEqual(delays(Fault.CREDENTIALS, 1.0, 6), [0.0, 5.0, 10.0, 20.0, 40.0, 60.0])

    @given(st.sampled_from(Fault), st.integers(1, 10**6), st.floats(0, 1))
    def test_half_of_a_delay_is_chance(self, fault: Fault, attempt: int, chance: float) -> None:
        """However many have failed."""
        least, most = (answer(fault, attempt, bound, is_plain=False).delay_s for bound in (0.0, 1.0))
        delay_s = answer(fault, attempt, chance, is_plain=False).delay_s
        self.assertEqual(least, most / 2)
        self.assertTrue(least <= delay_s <= most <= 60.0)

    def test_delays_never_shrink(self) -> None:
        for fault in Fault:
            self.assertEqual(delays(fault, 0.5), sorted(delays(fault, 0.5)))

    def test_only_a_conflict_needs_a_new_id(self) -> None:
        needy = [fault for fault in Fault if answer(fault, 1, 0.5, is_plain=False).needs_new_id]
        self.assertEqual(needy, [Fault.CONFLICT])

    def test_alarms(self) -> None:
        """What is ours to mend."""
        self.assertEqual({fault for fault in Fault if answer(fault, 1, 0.5, is_plain=False).is_alarm}, ALARMS)

    def test_refused_parameters(self) -> None:
        """First without the extras; refused again, never again."""
        first, again = (answer(Fault.PARAMETER, 1, 0.5, is_plain=is_plain) for is_plain in (False, True))
        self.assertEqual(first, Answer(drops_extras=True, is_alarm=True))
        self.assertEqual(again, Answer(drops_extras=True, is_hopeless=True, is_final=True, is_alarm=True))

    def test_refused_credentials(self) -> None:
        """Fresh ones may do; if not, only an operator can help: another takes over, and the tries go on."""
        self.assertEqual(answer(Fault.CREDENTIALS, 1, 0.5, is_plain=False), Answer(is_alarm=True))
        again = answer(Fault.CREDENTIALS, 2, 1.0, is_plain=False)
        self.assertEqual(again, Answer(delay_s=5.0, is_hopeless=True, is_alarm=True))

    def test_nothing_else_is_hopeless(self) -> None:
        """Time decides."""
        for fault in set(Fault) - {Fault.PARAMETER, Fault.CREDENTIALS}:
            for is_plain in (False, True):
                told = answer(fault, 9, 0.5, is_plain=is_plain)
                self.assertEqual((told.is_hopeless, told.is_final, told.drops_extras), (False, False, False), fault)
