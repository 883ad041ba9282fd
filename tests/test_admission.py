"""Tests of alie.admission: seats."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.admission import Admission
from alie.errors import Capacity, EngineUnavailable, ShuttingDown


class AdmissionTests(SynchronousTestCase):
    """A seat for each session, and none beyond."""

    def test_seats_run_out_and_come_back(self) -> None:
        """Who leaves makes room."""
        admission = Admission(lambda: 2)
        admission.take()
        self.assertFalse(admission.is_full)
        admission.take()
        self.assertTrue(admission.is_full)
        self.assertRaises(Capacity, admission.take)
        admission.leave()
        admission.take()
        self.assertEqual(admission.taken, 2)

    def test_a_refusal_takes_nothing(self) -> None:
        """However often it is asked."""
        admission = Admission(lambda: 0)
        for _ in range(3):
            self.assertRaises(Capacity, admission.take)
        self.assertEqual(admission.taken, 0)

    def test_seats_are_asked_for_each_time(self) -> None:
        """An engine may gain some, or lose some while they are taken."""
        seats = [1]
        admission = Admission(lambda: seats[0])
        admission.take()
        seats[0] = 2
        admission.take()
        seats[0] = 0
        self.assertTrue(admission.is_full)
        self.assertRaises(Capacity, admission.take)

    def test_no_engine(self) -> None:
        """A client is told that nothing could listen, not that others are before it."""
        admission = Admission(lambda: 0, lambda: True)
        self.assertRaises(EngineUnavailable, admission.take)

    def test_closed(self) -> None:
        """Once closed, for good; who has a seat keeps it until it leaves."""
        admission = Admission(lambda: 2)
        admission.take()
        admission.close()
        self.assertTrue(admission.is_full)
        self.assertRaises(ShuttingDown, admission.take)
        self.assertEqual(admission.taken, 1)
        admission.leave()
        self.assertRaises(ShuttingDown, admission.take)
