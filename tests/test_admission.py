"""Tests of alie.admission: seats, and how many of them one user or clinic may hold."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.admission import Admission
from alie.errors import Capacity, EngineUnavailable, ShuttingDown
from alie.principal import LOCAL_CALLER
from tests.support.proofs import ANNE, BERNARD, person


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


class ShareTests(SynchronousTestCase):
    """One user or clinic may not take all seats."""

    def refused(self, admission: Admission, user_id: str) -> str:
        """The sentence of the refusal."""
        return str(self.assertRaises(Capacity, admission.take, person(user_id).principal))

    def test_of_a_user(self) -> None:
        """The sentence says whose and how many; others are not held up, and who leaves makes room."""
        admission = Admission(lambda: 9, per_user=2)
        anne = person(ANNE).principal
        admission.take(anne)
        admission.take(person(ANNE, token="another").principal)
        self.assertIn("You have 2 dictations open", self.refused(admission, ANNE))
        admission.take(person(BERNARD).principal)
        admission.leave(anne)
        admission.take(anne)
        self.assertEqual(admission.taken, 3)

    def test_of_a_clinic(self) -> None:
        """Whoever of its users it is."""
        admission = Admission(lambda: 9, per_clinic=2)
        admission.take(person(ANNE).principal)
        admission.take(person(BERNARD).principal)
        self.assertIn("Your clinic has 2 dictations open", self.refused(admission, BERNARD))
        admission.leave(person(ANNE).principal)
        admission.take(person(BERNARD).principal)

    def test_a_refusal_counts_nothing(self) -> None:
        """Neither against the user nor against the clinic."""
        admission = Admission(lambda: 9, per_user=1, per_clinic=2)
        admission.take(person(ANNE).principal)
        for _ in range(3):
            self.refused(admission, ANNE)
        admission.take(person(BERNARD).principal)
        self.assertEqual(admission.taken, 2)

    def test_people_without_identity(self) -> None:
        """They are not one user, whatever their id says."""
        admission = Admission(lambda: 9, per_user=1, per_clinic=1)
        for principal in (None, None, LOCAL_CALLER.principal, LOCAL_CALLER.principal, person(way="origin").principal):
            admission.take(principal)
        self.assertEqual(admission.taken, 5)

    def test_no_bound(self) -> None:
        """As many as there are seats."""
        admission = Admission(lambda: 3)
        for _ in range(3):
            admission.take(person(ANNE).principal)
        self.assertIn("All dictation seats", self.refused(admission, ANNE))


class ResidencyTests(SynchronousTestCase):
    """Where audio may not go, nobody gets a seat."""

    def test_refused_and_taken_again(self) -> None:
        """Asked at each start."""
        is_elsewhere = [True]

        def check() -> None:
            if is_elsewhere[0]:
                raise EngineUnavailable("Audio would leave the allowed regions")

        admission = Admission(lambda: 3, check_residency=check)
        self.assertRaises(EngineUnavailable, admission.take)
        self.assertEqual(admission.taken, 0)
        is_elsewhere[0] = False
        admission.take()
        self.assertEqual(admission.taken, 1)
