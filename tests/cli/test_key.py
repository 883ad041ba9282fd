"""`alie key`, in process, on a state directory; once as a process."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import sys
from contextlib import closing, redirect_stderr
from pathlib import Path
from typing import Any

from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.auth.access_key import read
from alie.cli.key.command import key
from alie.cli.options import parser
from alie.store.keys import KeyBook
from alie.store.sqlite_file import open_database
from tests.cli.files import folder_for
from tests.support.daemon import ROOT


class KeyCase(SynchronousTestCase):
    """A state directory of the test's own."""

    def setUp(self) -> None:
        self.folder = folder_for(self)
        self.state = self.folder / "state"
        self.state.mkdir(mode=0o700)

    def run_key(self, *words: str, status: int = 0, **environ: str) -> tuple[str, str]:
        """What a command line writes to standard output and standard error; an empty name is not set."""
        stdout, stderr = io.StringIO(), io.StringIO()
        place = {"ALIE_STATE_DIR": str(self.state)} | environ
        values = {name: text for name, text in place.items() if text}
        found = key(parser().parse_args(["key", *words]), values, stdout, stderr)
        self.assertEqual(found, status, stderr.getvalue())
        return stdout.getvalue(), stderr.getvalue()

    def new(self, user: str = "Anna", clinic: str = "Nord", *words: str) -> str:
        """A new key."""
        return self.run_key("new", "--user", user, "--clinic", clinic, *words)[0].strip()

    def entries(self) -> list[dict[str, Any]]:
        """What the list has for programs."""
        found: list[dict[str, Any]] = json.loads(self.run_key("list", "--json")[0])["keys"]
        return found

    def is_good(self, text: str) -> bool:
        """Whether the daemon would take it."""
        kept = read(text)
        assert kept is not None
        with closing(open_database(str(self.state / "alie.db"), lambda: 0.0)) as database:
            return KeyBook(database).check(kept.key_id, kept.digest) is not None


class NewTests(KeyCase):
    """A key that is shown once."""

    def test_the_key_is_alone_on_standard_output(self) -> None:
        """And nowhere else; advice is on standard error."""
        stdout, stderr = self.run_key("new", "--user", "Anna", "--clinic", "Nord")
        text = stdout.removesuffix("\n")
        self.assertTrue(self.is_good(text))
        self.assertNotIn(text.split("_")[2], stderr)
        for said in ("WS_REQUIRE_AUTH=true", "AUTH_REQUIRED=true", str(self.state), "physician of Nord"):
            self.assertIn(said, stderr)
        self.assertNotIn("SUPABASE_URL", stderr)

    def test_names(self) -> None:
        """Spaces around and between them do not count; the same is the same."""
        self.new("Anna  Roy ")
        self.new("Anna Roy", " Nord", "--role", "admin")
        first, second = self.entries()
        self.assertEqual((first["user"], first["user_id"]), (second["user"], second["user_id"]))
        self.assertEqual((first["clinic_id"], first["role"]), (second["clinic_id"], "admin"))

    def test_no_names(self) -> None:
        """Of nothing, of too much, of what a terminal would obey, and of no role."""
        for words in (("", "Nord"), (" ", "Nord"), ("a" * 201, "Nord"), ("Anna\x1b[2J", "Nord"), ("Anna", "\u202e")):
            with redirect_stderr(io.StringIO()):
                self.assertRaises(SystemExit, self.new, *words)
        with redirect_stderr(io.StringIO()):
            self.assertRaises(SystemExit, self.new, "Anna", "Nord", "--role", "superuser")
            self.assertRaises(SystemExit, self.run_key, "new", "--user", "Anna")

    def test_where_supabase_proves(self) -> None:
        """A key would be of no use there."""
        words = ("new", "--user", "Anna", "--clinic", "Nord")
        self.assertIn("SUPABASE_URL", self.run_key(*words, SUPABASE_URL="https://a.supabase.co")[1])

    def test_nothing_is_shown_that_was_not_kept(self) -> None:
        with closing(open_database(str(self.state / "alie.db"), lambda: 0.0)) as database:
            database.rows("DROP TABLE access_keys", {})
        stdout, stderr = self.run_key("new", "--user", "Anna", "--clinic", "Nord", status=1)
        self.assertEqual(stdout, "")
        self.assertTrue(stderr.startswith("alie: The database has not been migrated"))


class ListTests(KeyCase):
    """What there is."""

    def test_for_people(self) -> None:
        """A line for each, without secrets."""
        texts = [self.new(), self.new("Bernadette", "Sud")]
        self.run_key("revoke", texts[0].split("_")[1])
        head, *lines = self.run_key("list")[0].splitlines()
        self.assertEqual(head.split()[:4], ["ID", "USER", "CLINIC", "ROLE"])
        self.assertEqual(
            [line.split()[:4] for line in lines],
            [
                [texts[0].split("_")[1], "Anna", "Nord", "physician"],
                [texts[1].split("_")[1], "Bernadette", "Sud", "physician"],
            ],
        )
        self.assertEqual([line.split()[-2:] for line in lines], [["never", "revoked"], ["never", "good"]])

    def test_for_programs(self) -> None:
        """Names, ids and times, and neither secret nor hash."""
        text = self.new("Zoé")
        (entry,) = self.entries()
        expected = {"id", "user", "clinic", "user_id", "clinic_id", "role", "created_at", "revoked_at", "last_used"}
        self.assertEqual(set(entry), expected)
        self.assertEqual(entry["user"], "Zoé")
        kept = read(text)
        assert kept is not None
        for secret in (kept.digest, text.split("_")[2]):
            self.assertNotIn(secret, json.dumps(entry))

    def test_who_is_no_member_any_more(self) -> None:
        self.new()
        with closing(sqlite3.connect(self.state / "alie.db")) as connection, connection:
            connection.execute("UPDATE memberships SET active = 0")
        self.assertTrue(self.run_key("list")[0].splitlines()[1].endswith("no member"))


class RevokeTests(KeyCase):
    """A key that is good no more."""

    def test_by_id_or_by_the_key_itself(self) -> None:
        for cut in (slice(5, 13), slice(None)):
            text, other = self.new(), self.new()
            said = self.run_key("revoke", text[cut])[1]
            self.assertFalse(self.is_good(text))
            self.assertTrue(self.is_good(other))
            self.assertNotIn(text.split("_")[2], said)

    def test_one_that_is_none(self) -> None:
        self.new()
        self.assertEqual(self.run_key("revoke", "aaaaaaaa", status=1)[1], "alie: There is no such key\n")


class PlaceTests(KeyCase):
    """Which state directory."""

    def test_the_option_wins(self) -> None:
        other = self.folder / "other"
        other.mkdir(mode=0o700)
        self.new("Anna", "Nord", "--state-dir", str(other))
        self.assertEqual([path.name for path in other.iterdir()], ["alie.db"])
        self.assertEqual(list(self.state.iterdir()), [])

    def test_as_the_daemon_finds_it(self) -> None:
        """The environment, then the file, then systemd's."""
        file = self.folder / "alie.env"
        file.write_text(f"ALIE_STATE_DIR={self.state}\nHOST=nonsense that is the daemon's business\n")
        words = ("list", "--env-file", str(file))
        self.run_key(*words, ALIE_STATE_DIR="")
        self.run_key("list", ALIE_STATE_DIR="", STATE_DIRECTORY=str(self.state))
        missing = str(self.folder / "missing" / "a")
        refused = self.run_key(*words, ALIE_STATE_DIR=str(self.folder / "alie.env"), status=1)[1]
        self.assertIn("alie.env", refused)
        self.assertIn("No such file", self.run_key("list", "--env-file", missing, status=1)[1])

    def test_one_that_locks_somebody_out(self) -> None:
        """Nothing is written there."""
        self.state.chmod(0o755)
        self.assertIn("chmod 700", self.run_key("list", status=1)[1])
        self.assertEqual(list(self.state.iterdir()), [])
        self.assertIn("ALIE_STATE_DIR", self.run_key("list", ALIE_STATE_DIR="", status=1)[1])


class ProcessTests(TestCase):
    """The whole command."""

    timeout = 60

    async def test_the_key_can_be_piped(self) -> None:
        state = folder_for(self) / "state"
        state.mkdir(mode=0o700)
        words = ["-c", "from alie.cli import main; main()", "key", "new", "--user", "Anna", "--clinic", "Nord"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "ALIE_STATE_DIR": str(state)}
        stdout, stderr, status = await getProcessOutputAndValue(sys.executable, words, environment, path="/")
        self.assertEqual(status, 0, stderr)
        self.assertIsNotNone(read(stdout.decode().removesuffix("\n")))
        self.assertEqual(Path(state, "alie.db").stat().st_mode & 0o777, 0o600)
