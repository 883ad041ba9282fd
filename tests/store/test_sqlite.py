"""The embedded store: what every store must do, and what only time and a file can show."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from alie import errors
from alie.principal import KEY, LOCAL_CALLER, Caller, Principal
from alie.store.interface import REPEAT_S, CaseQuery, NewSession, Store
from alie.store.key_events import Operator
from alie.store.keys import Holder, KeyBook
from alie.store.sqlite import SqliteStore
from alie.store.sqlite_database import Database, new_id
from tests.cli.files import folder_for
from tests.store.contract import DICTATED, StoreCase, StoreContract

START_S = 1_800_000_000.0
DAY_S = 86400


class SqliteCase(StoreCase, TestCase):
    """A file in a folder of the test's own, a real thread, and a clock that is set by hand."""

    def setUp(self) -> Deferred[None]:
        """Makes the store and its users."""
        self.now_s = START_S
        self.path = str(folder_for(self) / "alie.db")
        return Deferred.fromCoroutine(self.prepare())

    async def make_store(self) -> Store:
        """Started; stopped when the test ends."""
        self.sqlite = SqliteStore(reactor, self.path, lambda: self.now_s)
        await self.sqlite.start()
        self.addCleanup(self.sqlite.stop)
        return self.sqlite

    async def make_caller(self, user: str, clinic: str | None) -> Caller:
        """As the holder of a key is, but without a profile."""
        if clinic is None:
            return Caller(Principal(new_id(), KEY))

        def add(database: Database) -> Principal:
            principal = KeyBook(database).add(Holder(user, clinic), new_id(), "", Operator(0))
            database.rows("DELETE FROM access_keys", {})
            database.rows("DELETE FROM profiles WHERE user_id = :id", {"id": principal.user_id})
            return principal

        return Caller(await self.sqlite.call(add))

    async def leave(self, caller: Caller) -> None:
        """Ends the memberships."""
        sql = "UPDATE memberships SET active = 0 WHERE user_id = :id"
        await self.sqlite.call(lambda database: database.rows(sql, {"id": caller.principal.user_id}))

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """What is in the file."""
        return await self.sqlite.call(lambda database: database.rows(sql, {}))


class SqliteStoreTests(StoreContract, SqliteCase):
    """What every store must do."""


class TimeTests(SqliteCase):
    """What the clock decides."""

    async def test_a_repeat_after_ten_minutes_is_a_new_dictation(self) -> None:
        first = await self.store.save_session(self.anna, DICTATED)
        self.now_s += REPEAT_S - 1
        self.assertEqual(await self.store.save_session(self.anna, DICTATED), first)
        self.now_s += 1
        second = await self.store.save_session(self.anna, DICTATED)
        self.assertNotEqual(second["id"], first["id"])
        self.assertEqual(second["created_at"], "2027-01-15T08:10:00.000Z")

    async def test_cases_by_age(self) -> None:
        for name in ("old", "new"):
            await self.store.create_case(self.anna, {"name": name})
            self.now_s += 20 * DAY_S
        listed = [
            [case["name"] for case in await self.store.cases(self.anna, query)]
            for query in (CaseQuery(), CaseQuery(days=99), CaseQuery(days=10**9), CaseQuery(days=99, limit=1))
        ]
        self.assertEqual(listed, [["new"], ["new", "old"], ["new", "old"], ["new"]])

    async def test_a_change_makes_a_case_new(self) -> None:
        case = await self.store.create_case(self.anna, {})
        self.now_s += 40 * DAY_S
        changed = await self.store.update_case(self.anna, case["id"], {"name": "Roy"})
        self.assertGreater(changed["updated_at"], case["updated_at"])
        self.assertEqual(await self.store.cases(self.anna, CaseQuery()), [changed])

    async def test_feedback_whose_time_is_over_is_deleted(self) -> None:
        """Also that of others, and of those who never look again."""
        row = await self.store.add_feedback(self.anna, {"content": {"n": 1}, "ttl_days": 2})
        await self.store.add_feedback(self.bert, {"content": {"n": 2}, "ttl_days": 3})
        self.now_s += 2 * DAY_S
        await self.refused(errors.NotFound, self.store.one_feedback(self.anna, row["id"]))
        self.assertEqual(await self.rows("SELECT content FROM feedback"), [{"content": '{"n":2}'}])
        self.now_s += DAY_S
        self.assertEqual(await self.store.feedback(self.carl, 9, 0), ([], 0))
        self.assertEqual(await self.rows("SELECT content FROM feedback"), [])


class RowTests(SqliteCase):
    """What is in the file afterwards."""

    async def test_a_dictation_is_one_transcript(self) -> None:
        await self.store.save_session(self.anna, DICTATED)
        await self.store.save_session(self.anna, DICTATED)
        found = await self.rows("SELECT section, content, language_detected, is_final FROM transcripts")
        self.assertEqual(
            found,
            [{"section": "section_7", "content": DICTATED.transcript, "language_detected": "fr-CA", "is_final": 1}],
        )

    async def test_a_refused_row_leaves_nothing(self) -> None:
        """The session is refused by its transcript."""
        await self.rows("CREATE TRIGGER refuse BEFORE INSERT ON transcripts BEGIN SELECT RAISE(ABORT, 'no'); END")
        await self.refused(errors.ValidationFailed, self.store.save_session(self.anna, DICTATED))
        self.assertEqual(await self.rows("SELECT id FROM sessions"), [])

    async def test_default_clinic_where_the_principal_has_none(self) -> None:
        await self.store.create_profile(self.anna, {})
        await self.store.update_profile(self.anna, {"default_clinic_id": self.anna.principal.clinic_id})
        plain = Caller(Principal(self.anna.principal.user_id, KEY))
        self.assertEqual((await self.store.save_session(plain, DICTATED))["clinic_id"], self.anna.principal.clinic_id)

    async def test_a_clinic_that_is_claimed_only(self) -> None:
        """A principal with another's clinic saves for himself."""
        claiming = Caller(Principal(self.anna.principal.user_id, KEY, clinic_id=self.carl.principal.clinic_id))
        saved = await self.store.save_session(claiming, DICTATED)
        self.assertEqual(saved["clinic_id"], None)
        await self.refused(errors.NotFound, self.store.session(self.carl, saved["id"]))

    async def test_committed_text_is_in_the_draft(self) -> None:
        """Beside what the section had; the last one that was committed, also where it is a repeat."""
        case = await self.store.create_case(self.anna, {"draft": {"sections": {"section_7": {"title": "7"}}}})
        saved = await self.store.save_session(self.anna, DICTATED)
        for text in ("Un.", "Deux.", "Un."):
            told = await self.store.commit_section(self.anna, case["id"], "section_7", saved["id"], text)
        section = (await self.store.case(self.anna, case["id"]))["draft"]["sections"]["section_7"]
        expected = {"finalText": "Un.", "sessionId": saved["id"], "committedAt": told["committed_at"]}
        self.assertEqual(section, {"title": "7", **expected})
        contents = [row["content"] for row in await self.rows("SELECT content FROM case_sessions ORDER BY rowid")]
        self.assertEqual(contents, ["Un.", "Deux."])

    async def test_a_draft_without_room_for_sections(self) -> None:
        """Is not overwritten, and nothing is committed."""
        saved = await self.store.save_session(self.anna, DICTATED)
        for draft in ({"sections": ["a"]}, ["a"], "a"):
            case = await self.store.create_case(self.anna, {"draft": draft})
            section = (case["id"], "section_7")
            await self.refused(errors.ValidationFailed, self.store.save_section(self.anna, *section, {}, None))
            commit = self.store.commit_section(self.anna, *section, saved["id"], "Texte.")
            await self.refused(errors.ValidationFailed, commit)
            self.assertEqual(await self.store.case(self.anna, case["id"]), case)
        self.assertEqual(await self.rows("SELECT id FROM case_sessions"), [])

    async def test_where_nobody_needs_to_be_known(self) -> None:
        """All are one user, who has no clinic and may have a profile."""
        saved = await self.store.save_session(LOCAL_CALLER, DICTATED)
        self.assertEqual(await self.store.session(LOCAL_CALLER, saved["id"]), saved)
        await self.store.create_profile(LOCAL_CALLER, {"display_name": "Cabinet"})
        self.assertEqual(await self.store.ping(LOCAL_CALLER), 1)

    async def test_audit_row(self) -> None:
        """The user is the caller, whatever the row says."""
        await self.store.add_audit(self.anna, {"action": "a", "metadata": {"é": 1}})
        (row,) = await self.rows("SELECT user_id, metadata, timestamp FROM audit_logs")
        self.assertEqual(row["user_id"], self.anna.principal.user_id)
        self.assertEqual((row["metadata"], row["timestamp"]), ('{"é":1}', "2027-01-15T08:00:00.000Z"))
        await self.refused(errors.DatabaseNotMigrated, self.store.add_audit(self.anna, {"action": "a", "user_id": "x"}))


class FaultTests(SqliteCase):
    """What goes wrong has a code, and no word of the row."""

    async def test_a_table_is_missing(self) -> None:
        await self.rows("DROP TABLE audit_logs")
        await self.refused(errors.DatabaseNotMigrated, self.store.add_audit(self.anna, {"action": "a"}))

    async def test_another_process_writes(self) -> None:
        """For longer than is waited."""
        await self.rows("PRAGMA busy_timeout = 1")
        other = sqlite3.connect(self.path, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        await self.refused(errors.DatabaseUnavailable, self.store.save_session(self.anna, DICTATED))
        other.execute("ROLLBACK")
        await self.store.save_session(self.anna, DICTATED)

    async def test_an_error_quotes_nothing(self) -> None:
        new = NewSession("section_7", "mode-of-secret-words", "secret words \ud800")
        with self.assertRaises(errors.ValidationFailed) as caught:
            await self.store.save_session(self.anna, new)
        error = caught.exception
        self.assertNotIn("secret", f"{error!r} {error.details} {error.__cause__!r}")
        self.assertTrue(error.__suppress_context__)

    async def test_deleted_feedback_is_in_no_file(self) -> None:
        """Neither in the database nor in its log."""
        row = await self.store.add_feedback(self.anna, {"content": {"word": "xylophone-brumeux"}})
        folder = Path(self.path).parent
        self.assertIn(b"xylophone", b"".join(file.read_bytes() for file in folder.iterdir()))
        await self.store.delete_feedback(self.anna, row["id"])
        self.assertNotIn(b"xylophone", b"".join(file.read_bytes() for file in folder.iterdir()))

    async def test_after_the_end(self) -> None:
        """Nothing is taken any more, and what was taken before is done."""
        store = SqliteStore(reactor, self.path, lambda: self.now_s)
        await self.refused(errors.DatabaseUnavailable, store.ping(None))
        await store.start()
        saving = Deferred.fromCoroutine(store.save_session(self.dora, DICTATED))
        stopping = store.stop()
        await self.refused(errors.DatabaseUnavailable, store.ping(None))
        await stopping
        saved = await saving
        self.assertEqual(await self.store.session(self.dora, saved["id"]), saved)
