"""The functions that the server calls, and what cannot be had through them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from twisted.trial.unittest import SynchronousTestCase

from tests.supabase.people import IDS, outcome, world
from tests.support.postgres import Caller


def save(caller: Caller, text: str = "Bonjour", section: str = "section_8", **others: Any) -> Any:
    """What alie_save_session gives."""
    values = {"consent": False, "clinic": None, "repeat": 600, **others}
    return caller.run(
        "select alie_save_session(%s, 'ambient', %s, 'fr-CA', %s, %s, %s) as row",
        *(section, text, values["consent"], values["clinic"], values["repeat"]),
    )[0]["row"]


class SaveSessionTests(SynchronousTestCase):
    """Session and transcript at once, and once."""

    def setUp(self) -> None:
        self.database = world(self)

    def save(self, who: str = "anne", text: str = "Bonjour", **others: Any) -> Any:
        """A request of its own."""
        with self.database.as_user(IDS[who]) as caller:
            return save(caller, text, **others)

    def test_session_and_transcript_are_saved(self) -> None:
        """No patient is invented, nor a consent."""
        row = self.save(clinic=IDS["north"])
        shown = {"user_id": IDS["anne"], "clinic_id": IDS["north"], "status": "completed", "mode": "ambient"}
        self.assertEqual(row, row | shown | {"patient_id": None, "consent_verified": False})
        self.assertEqual(row["current_section"], "section_8")
        with self.database.as_user(IDS["ben"]) as colleague:
            found = colleague.run("select content, section from transcripts where session_id = %s", row["id"])
        self.assertEqual(found, [{"content": "Bonjour", "section": "section_8"}])
        self.assertTrue(self.save(text="Avec", consent=True)["consent_verified"])

    def test_the_same_again_is_the_same_row(self) -> None:
        first = self.save()
        self.assertEqual(self.save(), first)
        for other in (
            self.save(text="Bonsoir"),
            self.save(section="section_11"),
            self.save("eve"),
            self.save(repeat=0),
        ):
            self.assertNotEqual(other["id"], first["id"])

    def test_after_its_time_it_is_another(self) -> None:
        first = self.save()
        self.database.run("update sessions set created_at = now() - interval '601 s' where id = %s", first["id"])
        self.assertNotEqual(self.save()["id"], first["id"])

    def test_two_presses_at_once_are_one_row(self) -> None:
        """The second waits for the first."""
        with ThreadPoolExecutor(8) as pool:
            rows = list(pool.map(lambda _: self.save(), range(16)))
        self.assertEqual(len({row["id"] for row in rows}), 1)

    def test_the_clinic_is_ones_own(self) -> None:
        """And an error leaves nothing behind."""
        before = self.database.run("select count(*) from sessions")
        for who, clinic in (("eve", "north"), ("dora", "north"), ("carl", "north"), ("anne", "nothing")):
            with self.assertRaises(psycopg.errors.InsufficientPrivilege):
                self.save(who, clinic=IDS[clinic])
        for others in ({"section": ""}, {"section": "s" * 101}, {"text": None}):
            with self.assertRaises(psycopg.errors.IntegrityError):
                self.save(**others)
        self.assertEqual(self.database.run("select count(*) from sessions"), before)


class CaseTests(SynchronousTestCase):
    """Sections of a case, and what is committed to it."""

    def setUp(self) -> None:
        self.database = world(self)

    def call(self, who: str, sql: str, *values: object) -> Any:
        """A request of its own."""
        with self.database.as_user(IDS[who]) as caller:
            return caller.run(f"select {sql} as row", *values)[0]["row"]

    def section(self, who: str, case: str, section: str, data: str, status: str | None = None) -> Any:
        """What alie_save_section gives."""
        return self.call(who, "alie_save_section(%s, %s, %s, %s)", IDS[case], section, data, status)

    def commit(self, who: str, case: str, session: str, text: str = "Texte") -> Any:
        """What alie_commit_section gives."""
        return self.call(who, "alie_commit_section(%s, 's7', %s, %s)", IDS[case], IDS[session], text)

    def test_a_section_is_put_beside_the_others(self) -> None:
        self.database.run("""update cases set draft = '{"title": "T"}'""")
        self.section("anne", "anne_case", "s7", '{"text": "a"}')
        self.section("anne", "anne_case", "s8", '{"text": "b"}', "in_progress")
        row = self.section("anne", "anne_case", "s7", '{"text": "c"}')
        self.assertEqual(row["draft"], {"title": "T", "sections": {"s7": {"text": "c"}, "s8": {"text": "b"}}})
        self.assertEqual(row["status"], "in_progress")
        self.assertRaises(psycopg.errors.CheckViolation, self.section, "anne", "anne_case", "s7", "{}", "over")

    def test_sections_saved_at_once_are_all_there(self) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: self.section("anne", "anne_case", f"s{number}", "{}"), range(16)))
        draft = self.database.run("select draft from cases where id = %s", IDS["anne_case"])[0]["draft"]
        self.assertEqual(len(draft["sections"]), 16)

    def test_others_cases_are_none(self) -> None:
        """A colleague's, which may be read, no less than one that does not exist."""
        for who, case in (("ben", "anne_case"), ("carl", "anne_case"), ("dora", "dora_case"), ("anne", "nothing")):
            self.assertIsNone(self.section(who, case, "s7", "{}"), who)
            self.assertIsNone(self.commit(who, case, f"{who}_session"), who)
        self.assertIsNotNone(self.section("anne", "anne_case", "s7", "{}"))

    def test_a_commit_again_is_the_same_row(self) -> None:
        first = self.commit("anne", "anne_case", "anne_session")
        self.assertEqual(sorted(first), ["committed_at", "id", "section_id", "session_id"])
        self.assertEqual(self.commit("anne", "anne_case", "anne_session"), first)
        self.assertNotEqual(self.commit("anne", "anne_case", "anne_session", "Autre")["id"], first["id"])
        with ThreadPoolExecutor(8) as pool:
            rows = list(pool.map(lambda _: self.commit("anne", "anne_case", "anne_session", "16"), range(16)))
        self.assertEqual(len({row["id"] for row in rows}), 1)

    def test_a_session_that_one_may_not_read_is_none(self) -> None:
        self.assertIsNone(self.commit("anne", "anne_case", "carl_session"))
        self.assertIsNone(self.commit("anne", "anne_case", "nothing"))
        self.assertIsNotNone(self.commit("anne", "anne_case", "ben_session"))

    def test_a_session_that_goes_leaves_the_text_in_the_case(self) -> None:
        self.assertEqual(outcome(self.database, "anne", "delete from sessions where id = {anne_session}"), 1)
        with self.database.as_user(IDS["anne"]) as anne:
            anne.run("delete from sessions where id = %s", IDS["anne_session"])
            kept = anne.run("select session_id, content from case_sessions where case_id = %s", IDS["anne_case"])
        self.assertEqual(kept, [{"session_id": None, "content": "Texte anne"}])


class FeedbackTests(SynchronousTestCase):
    """Feedback is gone when its time is over, and not before."""

    def test_what_is_over_is_neither_seen_nor_kept(self) -> None:
        database = world(self)
        seen = "select from feedback where user_id = {anne}"
        database.run("update feedback set ttl_days = 7, created_at = now() - interval '6 days 23 hours'")
        self.assertEqual(outcome(database, "anne", seen), 1)
        database.run(
            "update feedback set created_at = now() - interval '7 days 1 hour' where user_id = %s", IDS["anne"]
        )
        self.assertEqual(outcome(database, "anne", seen), 0)
        with database.as_user(IDS["eve"]) as eve:
            eve.run("""insert into feedback (content) values ('{"a": 1}') returning id""")
        self.assertEqual(database.run("select count(*) from feedback where user_id = %s", IDS["anne"]), [{"count": 0}])
        self.assertEqual(database.run("select count(*) from feedback"), [{"count": len("bcd") + 2}])
