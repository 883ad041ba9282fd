"""Tests of alie.store.keys: what is kept of a key, whom it proves, and for how long."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.auth.access_key import mint, read
from alie.errors import NotFound
from alie.principal import KEY, Principal
from alie.store.key_events import Operator
from alie.store.keys import Holder, KeyBook, StoreKeys
from alie.store.sqlite import SqliteStore
from alie.store.sqlite_file import open_database
from tests.cli.files import folder_for

START_S = 1_800_000_000.0
ANNA = Holder("Anna", "Nord")
BY = Operator(991, 1000)


class KeyCase(SynchronousTestCase):
    """A database of the test's own, and a clock that is set by hand."""

    def setUp(self) -> None:
        self.now_s = START_S
        self.path = folder_for(self) / "alie.db"
        self.database = open_database(str(self.path), lambda: self.now_s)
        self.addCleanup(self.database.close)
        self.book = KeyBook(self.database)

    def issue(self, holder: Holder = ANNA) -> tuple[str, Principal]:
        """A new key's text, and whom it proves."""
        text, kept = mint()
        return text, self.book.add(holder, kept.key_id, kept.digest, BY)

    def check(self, text: str) -> Principal | None:
        """Whom a key's text proves."""
        key = read(text)
        assert key is not None
        return self.book.check(key.key_id, key.digest)

    def change(self, sql: str) -> None:
        """What an operator does by hand."""
        self.database.rows(sql, {})

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self.database.rows(f"SELECT count(*) AS number FROM {table}", {})[0]["number"])


class IssueTests(KeyCase):
    """A new key, and whom it is for."""

    def test_everything_is_made_that_is_not_there(self) -> None:
        text, principal = self.issue()
        self.assertEqual(self.check(text), principal)
        self.assertEqual((principal.way, principal.role, principal.expires_at), (KEY, "physician", None))
        (profile,) = self.database.rows("SELECT user_id, display_name, default_clinic_id FROM profiles", {})
        self.assertEqual(list(profile.values()), [principal.user_id, "Anna", principal.clinic_id])

    def test_the_same_names_are_the_same_rows(self) -> None:
        first, second = self.issue()[1], self.issue()[1]
        self.assertEqual((first.user_id, first.clinic_id), (second.user_id, second.clinic_id))
        third = self.issue(Holder("Anna", "Sud"))[1]
        fourth = self.issue(Holder("Bert", "Nord"))[1]
        self.assertEqual((third.user_id, fourth.clinic_id), (first.user_id, first.clinic_id))
        self.assertEqual([self.count(table) for table in ("profiles", "clinics", "memberships")], [2, 2, 3])

    def test_a_name_that_a_user_gave_himself_is_nobodys(self) -> None:
        """Else Bert, who calls himself Anna, would be who Anna's first key is for."""
        bert = self.issue(Holder("Bert", "Nord"))[1]
        self.change("UPDATE profiles SET display_name = 'Anna'")
        self.assertNotEqual(self.issue()[1].user_id, bert.user_id)

    def test_role(self) -> None:
        """Where none is said it stays; one that is said holds for all keys of the user there."""
        text = self.issue()[0]
        self.assertEqual(self.issue(Holder("Anna", "Nord", "admin"))[1].role, "admin")
        self.assertEqual(self.issue()[1].role, "admin")
        found = self.check(text)
        self.assertEqual(found and found.role, "admin")

    def test_a_membership_that_has_ended_begins_anew(self) -> None:
        text = self.issue()[0]
        self.change("UPDATE memberships SET active = 0")
        self.assertIsNone(self.check(text))
        self.issue()
        self.assertIsNotNone(self.check(text))

    def test_the_secret_is_nowhere(self) -> None:
        """Neither in the database nor in its log."""
        text = self.issue()[0]
        content = b"".join(file.read_bytes() for file in self.path.parent.iterdir())
        self.assertIn(text.split("_")[1].encode(), content)
        self.assertNotIn(text.split("_")[2].encode(), content)


class CheckTests(KeyCase):
    """Whom a key proves."""

    def test_another_secret_under_the_same_id(self) -> None:
        text = self.issue()[0]
        guessed = f"{text[: text.rindex('_')]}_{mint()[0].split('_')[2]}"
        self.assertIsNone(self.check(guessed))
        self.assertIsNone(self.check(mint()[0]))

    def test_revoked_is_for_ever(self) -> None:
        """And the time of the first revocation stays."""
        text, principal = self.issue()
        other = self.issue()[0]
        revoked = self.book.revoke(principal.grant_id, BY)
        self.now_s += 60
        self.assertEqual(self.book.revoke(principal.grant_id, BY), revoked)
        self.assertIsNone(self.check(text))
        self.assertIsNotNone(self.check(other))
        self.assertRaises(NotFound, self.book.revoke, "aaaaaaaa", BY)

    def test_whatever_is_gone(self) -> None:
        """Membership, clinic or profile: each makes the key prove nobody."""
        for sql in (
            "UPDATE memberships SET active = 0",
            "DELETE FROM memberships",
            "DELETE FROM clinics",
            "DELETE FROM profiles",
        ):
            text, principal = self.issue(Holder(sql, sql))
            self.assertEqual(self.book.standing([principal.grant_id]), {principal.grant_id: principal})
            self.change(sql)
            self.assertIsNone(self.check(text), sql)
            self.assertEqual(self.book.standing([principal.grant_id]), {}, sql)

    def test_standing(self) -> None:
        """All that is asked for, as it is now, and nothing else."""
        first, second, third = (self.issue()[1] for _ in range(3))
        self.book.revoke(second.grant_id, BY)
        asked = [first.grant_id, second.grant_id, "', '", first.grant_id]
        self.assertEqual(self.book.standing(asked), {first.grant_id: first})
        self.assertEqual(self.book.standing([]), {})
        self.assertEqual(set(self.book.standing([third.grant_id])), {third.grant_id})

    def test_last_use_is_a_day(self) -> None:
        """Written once a day, and not by a wrong secret."""
        text = self.issue()[0]
        self.check(f"{text[: text.rindex('_')]}_{mint()[0].split('_')[2]}")
        self.assertIsNone(self.entry()["last_used"])
        self.check(text)
        self.assertEqual(self.entry()["last_used"], "2027-01-15")
        self.now_s += 86400
        self.check(text)
        self.assertEqual(self.entry()["last_used"], "2027-01-16")

    def test_a_database_that_cannot_be_written_to_proves_all_the_same(self) -> None:
        text, principal = self.issue()
        self.change("PRAGMA query_only = ON")
        self.assertEqual(self.check(text), principal)

    def entry(self) -> dict[str, Any]:
        """The only key."""
        (found,) = self.book.entries()
        return found


class EntryTests(KeyCase):
    """The list of keys."""

    def test_entries(self) -> None:
        """Oldest first, with names, and without any hash."""
        first = self.issue()[1]
        self.now_s += 1
        second = self.issue(Holder("Bert", "Sud", "staff"))[1]
        self.book.revoke(first.grant_id, BY)
        self.change("UPDATE memberships SET active = 0 WHERE role = 'staff'")
        entries = self.book.entries()
        self.assertEqual([entry["id"] for entry in entries], [first.grant_id, second.grant_id])
        told = [(entry["user"], entry["clinic"], entry["role"], bool(entry["revoked_at"])) for entry in entries]
        self.assertEqual(told, [("Anna", "Nord", "physician", True), ("Bert", "Sud", None, False)])
        self.assertNotIn("hash", entries[0])


class StoreKeysTests(TestCase):
    """The daemon's way to the same keys, while a command has the file open, too."""

    async def test_a_key_of_the_command_is_known_at_once(self) -> None:
        path = str(folder_for(self) / "alie.db")
        store = SqliteStore(reactor, path, lambda: START_S)
        await store.start()
        self.addCleanup(store.stop)
        database = open_database(path, lambda: START_S)
        self.addCleanup(database.close)
        _, kept = mint()
        principal = KeyBook(database).add(ANNA, kept.key_id, kept.digest, BY)
        keys = StoreKeys(store)
        self.assertEqual(await keys.check(kept.key_id, kept.digest), principal)
        self.assertEqual(await keys.standing({kept.key_id}), {kept.key_id: principal})
        KeyBook(database).revoke(kept.key_id, BY)
        self.assertIsNone(await keys.check(kept.key_id, kept.digest))
        self.assertEqual(await keys.standing({kept.key_id}), {})
