"""What users cannot write."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.supabase import attacks, attacks_on_rows
from tests.supabase.people import outcome, world


class WritingTests(SynchronousTestCase):
    """Nothing is written but one's own, where one is a member, in the columns that are the users'."""

    def setUp(self) -> None:
        self.database = world(self)

    def check(self, table: list[attacks.Attack]) -> None:
        """Each is stopped as it should be, and its twin is not."""
        wrong = []
        for attack in table:
            stopped = outcome(self.database, attack.who, attack.sql)
            twin = outcome(self.database, attack.friend, attack.twin)
            if stopped != attack.stopped or isinstance(twin, str) or twin < 1:
                wrong.append((attack, stopped, twin))
        self.assertEqual(wrong, [])

    def test_nobody_enrols_himself(self) -> None:
        self.check(attacks.SELF_ENROLMENT)

    def test_nobody_writes_in_the_name_or_clinic_of_another(self) -> None:
        self.check(attacks.FORGERY)

    def test_references_tell_nothing_of_what_is_there(self) -> None:
        """What is another's and what does not exist are refused alike."""
        self.check(attacks.ORACLES)

    def test_rows_of_others_are_not_changed(self) -> None:
        """Nor those that one left in a clinic."""
        self.check(attacks_on_rows.CHANGES)

    def test_rows_are_not_moved(self) -> None:
        """Neither to another user, nor to another clinic or session; nor is their time prolonged."""
        self.check(attacks_on_rows.MOVES)

    def test_profiles_promote_nobody(self) -> None:
        self.check(attacks_on_rows.PROFILES)

    def test_what_was_written_down_stays(self) -> None:
        """Not even the service key changes the audit log."""
        self.check(attacks_on_rows.AUDIT)

    def test_the_walls_themselves_stand(self) -> None:
        self.check(attacks_on_rows.TABLES)
        self.assertEqual(outcome(self.database, "carl", "select from sessions where id = {anne_session}"), 0)
