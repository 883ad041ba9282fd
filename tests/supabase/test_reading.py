"""What others see of a user's rows: attacks on reading, each beside the same read by who may."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.supabase.people import IDS, outcome, world

DENIED = "42501"
# What, the statement, who must see nothing, who must see something.
READS = [
    ("a session", "select from sessions where id = {anne_session}", "carl dora eve", "anne ben"),
    ("a transcript", "select from transcripts where id = {anne_transcript}", "carl dora eve", "anne ben"),
    ("artifacts", "select from artifacts where session_id = {anne_session}", "carl dora eve", "anne ben"),
    ("a case", "select from cases where id = {anne_case}", "carl dora eve", "anne ben"),
    ("what was committed", "select from case_sessions where case_id = {anne_case}", "carl dora eve", "anne ben"),
    ("a session without clinic", "select from sessions where id = {eve_session}", "anne ben carl dora", "eve"),
    ("its transcript", "select from transcripts where session_id = {eve_session}", "anne ben carl dora", "eve"),
    ("its artifacts", "select from artifacts where session_id = {eve_session}", "anne ben carl dora", "eve"),
    ("a case without clinic", "select from cases where id = {eve_case}", "anne ben carl dora", "eve"),
    ("a transcript of one who left", "select from transcripts where session_id = {dora_session}", "carl eve", "dora"),
    ("feedback", "select from feedback where id = {anne_feedback}", "ben carl dora eve", "anne"),
    ("the audit log", "select from audit_logs where user_id = {anne}", "ben carl dora eve", "anne"),
    ("exports", "select from export_history where user_id = {anne}", "ben carl dora eve", "anne"),
    ("a profile", "select from profiles where user_id = {anne}", "ben carl dora eve", "anne"),
    ("a membership", "select from memberships where user_id = {anne}", "ben carl dora eve", "anne"),
]
TABLES = [
    *("clinics", "profiles", "memberships", "sessions", "transcripts", "artifacts", "cases", "case_sessions"),
    *("feedback", "audit_logs", "export_history"),
]


class ReadingTests(SynchronousTestCase):
    """Rows are seen by their owner and the active members of the clinic, as far as the table is the clinic's."""

    def setUp(self) -> None:
        self.database = world(self)

    def test_strangers_see_nothing_and_those_who_may_see_it(self) -> None:
        for what, sql, strangers, friends in READS:
            for who in strangers.split():
                self.assertEqual(outcome(self.database, who, sql), 0, f"{who} reads {what}")
            for who in friends.split():
                self.assertEqual(outcome(self.database, who, sql), 1, f"{who} reads {what}")

    def test_counts_tell_nothing_of_others(self) -> None:
        """An exact count, which PostgREST gives on HEAD, counts what is seen."""
        for table, seen in (("sessions", 1), ("cases", 1), ("feedback", 1), ("audit_logs", 1), ("memberships", 0)):
            with self.database.as_user(IDS["eve"]) as eve:
                self.assertEqual(eve.run(f"select count(*) from {table}"), [{"count": seen}], table)
        with self.database.as_user(IDS["anne"]) as anne:
            self.assertEqual(anne.run("select count(*) from sessions"), [{"count": 3}])

    def test_a_condition_that_fails_on_others_rows_is_not_tried_on_them(self) -> None:
        """Else an error would tell what is written there."""
        for sql in (
            "select from cases where user_id = {carl} and name::int > 0",
            "select from sessions where 1 / (case when user_id = {carl} then 0 else 1 end) > 2",
        ):
            self.assertEqual(outcome(self.database, "anne", sql), 0, sql)
            self.assertIn(outcome(self.database, "carl", sql), ("22P02", "22012"), sql)
        stranger = "select from transcripts where session_id = {carl_session} and content::uuid is not null"
        self.assertEqual(outcome(self.database, "anne", stranger), 0)
        self.assertEqual(outcome(self.database, "carl", stranger), "22P02")

    def test_anon_may_not_even_name_a_table(self) -> None:
        for table in TABLES:
            for sql in (
                f"select from {table}",
                f"select count(*) from {table}",
                f"insert into {table} default values",
                f"delete from {table}",
                f"truncate {table} cascade",
            ):
                self.assertEqual(outcome(self.database, "anon", sql), DENIED, sql)
        self.assertEqual(outcome(self.database, "anne", "select from clinics"), 2)

    def test_nobody_is_no_user(self) -> None:
        """Who signed in anonymously has the role, and an id, and sees nothing; nor does a token without a subject."""
        for claims in ({"is_anonymous": True}, {"sub": None}):
            with self.database.as_user(IDS["anne"], claims) as nobody:
                for table in TABLES:
                    self.assertEqual(nobody.count(f"select from {table}"), 0, table)
        with self.database.as_user(IDS["anne"], {"is_anonymous": False}) as anne:
            for table in TABLES:
                self.assertGreater(anne.count(f"select from {table}"), 0, table)

    def test_what_a_token_says_of_clinics_opens_none(self) -> None:
        """user_metadata least of all: users write it themselves."""
        south = IDS["south"]
        for claims in (
            {"user_metadata": {"clinic_id": south, "role": "owner"}},
            {"app_metadata": {"clinic_id": south}},
            {"clinic_id": south, "clinic_role": "owner"},
        ):
            with self.database.as_user(IDS["eve"], claims) as eve:
                self.assertEqual(eve.count("select from sessions where clinic_id = %s", south), 0)
        with self.database.as_user(IDS["carl"]) as carl:
            self.assertEqual(carl.count("select from sessions where clinic_id = %s", south), 1)

    def test_who_is_let_go_sees_nothing_of_the_clinic_any_more(self) -> None:
        """From the next request on, whatever the token still says."""
        sql = "select from transcripts where session_id = {anne_session}"
        self.assertEqual(outcome(self.database, "ben", sql), 1)
        self.database.run("update memberships set active = false where user_id = %s", IDS["ben"])
        self.assertEqual(outcome(self.database, "ben", sql), 0)
