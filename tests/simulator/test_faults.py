"""Tests of alie.simulator.faults: plans."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.faults import AT_OPEN, MIDSTREAM, FaultKind, LegFault, Occasion, for_speakers, in_order, seeded


def opening(serial: int = 0, leg_number: int = 0, session_id: str = "a") -> Occasion:
    return Occasion(serial, session_id, leg_number, "websocket")


def heard(speaker: int, speaker_leg: int, session_id: str = "a") -> Occasion:
    return Occasion(speaker_leg, session_id, 0, "websocket", speaker, speaker_leg)


class PlanTests(SynchronousTestCase):
    """Who fails when."""

    def test_every_kind_has_its_time(self) -> None:
        """At open or in mid-stream."""
        self.assertEqual({*AT_OPEN, *MIDSTREAM}, set(FaultKind))
        self.assertEqual(len(AT_OPEN) + len(MIDSTREAM), len(FaultKind))

    def test_in_order(self) -> None:
        """By the number of the leg, once."""
        first, third = LegFault(FaultKind.RESET), LegFault(FaultKind.CONFLICT)
        plan = in_order(first, None, third)
        self.assertEqual([plan(opening(leg_number=number)) for number in range(4)], [first, None, third, None])
        self.assertIsNone(plan(heard(1, 0)))

    def test_for_speakers(self) -> None:
        """Not before one is known."""
        plan = for_speakers(lambda speaker, leg: LegFault(FaultKind.RESET, at_s=speaker + leg))
        self.assertIsNone(plan(opening()))
        self.assertEqual(plan(heard(3, 1)), LegFault(FaultKind.RESET, at_s=4))

    def test_a_seed(self) -> None:
        """The same whatever the session ids are; another seed gives others."""
        mine = [seeded(5, MIDSTREAM)(heard(speaker, 0, "a")) for speaker in range(20)]
        self.assertEqual(mine, [seeded(5, MIDSTREAM)(heard(speaker, 0, "b")) for speaker in range(20)])
        self.assertNotEqual(mine, [seeded(6, MIDSTREAM)(heard(speaker, 0, "a")) for speaker in range(20)])
        self.assertGreater(len({fault.kind for fault in mine if fault}), 4)

    def test_the_bounds_of_a_seed(self) -> None:
        """So many legs fail, within the time, by the kinds asked for, and no other."""
        plan = seeded(1, (FaultKind.RESET, FaultKind.SLOW_READ), legs=2, from_s=1.0, to_s=2.0, for_s=0.5)
        for speaker in range(50):
            for leg in range(2):
                fault = plan(heard(speaker, leg))
                assert fault is not None
                self.assertIn(fault.kind, (FaultKind.RESET, FaultKind.SLOW_READ))
                self.assertTrue(1.0 <= fault.at_s <= 2.0 and 0 <= fault.for_s <= 0.5)
            self.assertIsNone(plan(heard(speaker, 2)))
            self.assertIsNone(plan(opening(serial=speaker)))

    def test_at_open(self) -> None:
        """About every third leg."""
        plan = seeded(1, AT_OPEN)
        faults = [plan(opening(serial=number)) for number in range(300)]
        self.assertTrue(70 < sum(fault is not None for fault in faults) < 130)
        self.assertIsNone(plan(heard(1, 0)))
