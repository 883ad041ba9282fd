"""Tests of alie.store.sqlite_file and sqlite_schema: a file for its owner only, whole, and of the right version."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from unittest import skipIf

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.errors import DatabaseError
from alie.store import sqlite_schema
from alie.store.sqlite import SqliteStore
from alie.store.sqlite_database import Database
from alie.store.sqlite_file import open_database
from tests.cli.files import folder_for


class FileCase(SynchronousTestCase):
    """A path in a folder of the test's own."""

    def setUp(self) -> None:
        self.path = folder_for(self) / "alie.db"

    def open(self) -> Database:
        """Opened; closed when the test ends."""
        database = open_database(str(self.path), lambda: 0.0)
        self.addCleanup(database.close)
        return database

    def refusal(self) -> str:
        """What the operator is told."""
        return self.assertRaises(DatabaseError, open_database, str(self.path), lambda: 0.0).sentence


class ModeTests(FileCase):
    """Nobody else reads it."""

    def test_all_its_files_are_for_the_owner_only(self) -> None:
        """Whatever the umask."""
        self.addCleanup(os.umask, os.umask(0))
        self.open().rows("INSERT INTO clinics VALUES ('a', 'b', NULL, NULL, NULL, '', '')", {})
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in self.path.parent.iterdir()}
        self.assertEqual(modes, {"alie.db": 0o600, "alie.db-wal": 0o600, "alie.db-shm": 0o600})

    def test_one_that_others_can_use_is_refused(self) -> None:
        self.open().close()
        for mode in (0o640, 0o604, 0o620):
            self.path.chmod(mode)
            self.assertIn(f"chmod 600 {self.path}", self.refusal())

    def test_a_link_is_not_followed(self) -> None:
        """It could lead the database to where others can read."""
        self.path.symlink_to(self.path.with_name("elsewhere"))
        self.assertIn("cannot be opened", self.refusal())
        self.assertFalse(self.path.with_name("elsewhere").exists())

    @skipIf(os.geteuid() != 0, "only root can give a file away")
    def test_one_of_another_user_is_refused(self) -> None:
        self.open().close()
        os.chown(self.path, 12345, -1)
        self.assertIn("belongs to another user", self.refusal())

    def test_no_folder(self) -> None:
        self.path = self.path / "deeper" / "alie.db"
        self.assertIn("No such file", self.refusal())


class WholenessTests(FileCase):
    """What is damaged is told at start, not by wrong answers later."""

    def test_no_database_at_all(self) -> None:
        self.path.write_bytes(b"secret words, and no database " * 200)
        self.path.chmod(0o600)
        self.assertEqual(self.refusal(), self.damaged())

    def test_damaged_pages(self) -> None:
        self.open().close()
        content = bytearray(self.path.read_bytes())
        content[4096 : 4096 * 6] = os.urandom(4096 * 5)
        self.path.write_bytes(content)
        self.assertEqual(self.refusal(), self.damaged())

    def damaged(self) -> str:
        return f"The database {self.path} is damaged: restore it from a backup, or move it away to begin anew"


class PragmaTests(FileCase):
    """Settings of each connection."""

    def test_pragmas(self) -> None:
        """Write-ahead log, an fsync at every commit, references, overwriting, no temporary files."""
        database = self.open()
        expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "temp_store": 2}
        found = {name: next(iter(database.rows(f"PRAGMA {name}", {})[0].values())) for name in expected}
        self.assertEqual(found, expected)


class VersionTests(FileCase):
    """One step after another, each once."""

    def version(self) -> int:
        """What the file says."""
        with closing(sqlite3.connect(self.path)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def test_a_new_one_is_brought_to_the_newest(self) -> None:
        self.open().close()
        self.assertEqual(self.version(), len(sqlite_schema.MIGRATIONS))
        self.assertEqual(self.open().rows("SELECT id FROM access_keys", {}), [])

    def test_an_older_one_is_brought_there(self) -> None:
        """From each version before, with what is in it."""
        steps = sqlite_schema.MIGRATIONS
        self.patch(sqlite_schema, "MIGRATIONS", steps[:1])
        database = self.open()
        database.rows("INSERT INTO clinics VALUES ('a', 'Nord', NULL, NULL, NULL, '', '')", {})
        database.close()
        self.patch(sqlite_schema, "MIGRATIONS", steps)
        self.assertEqual(self.open().rows("SELECT name FROM clinics", {}), [{"name": "Nord"}])
        self.assertEqual(self.version(), len(steps))

    def test_a_newer_one_is_refused_and_left_alone(self) -> None:
        self.open().close()
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA user_version = 99")
        self.assertIn("newer version of Alie", self.refusal())
        self.assertEqual(self.version(), 99)

    def test_later_steps_keep_what_is_there(self) -> None:
        """Only the missing ones are taken; all together or none."""
        database = self.open()
        database.rows("INSERT INTO clinics VALUES ('a', 'Nord', NULL, NULL, NULL, '', '')", {})
        database.close()
        folder = Path(str(files("alie.store")))
        step = folder_for(self) / "002.sql"
        before = len(sqlite_schema.MIGRATIONS)
        self.patch(sqlite_schema, "MIGRATIONS", (*sqlite_schema.MIGRATIONS, os.path.relpath(step, folder)))
        step.write_text("ALTER TABLE clinics ADD COLUMN fax TEXT;\n-- why\nCREATE TABLE fax (id TEXT);\nNO SQL;\n")
        self.refusal()
        self.assertEqual(self.version(), before)
        step.write_text("ALTER TABLE clinics ADD COLUMN fax TEXT;\n-- why\nCREATE TABLE fax (id TEXT);\n")
        self.assertEqual(self.open().rows("SELECT name, fax FROM clinics", {}), [{"name": "Nord", "fax": None}])
        self.assertEqual(self.version(), before + 1)


class StartTests(TestCase):
    """A store whose file is no good."""

    async def test_start_tells_why_and_stop_ends_the_thread(self) -> None:
        path = folder_for(self) / "alie.db"
        path.touch(0o644)
        path.chmod(0o644)
        store = SqliteStore(reactor, str(path), lambda: 0.0)
        with self.assertRaises(DatabaseError) as caught:
            await store.start()
        self.assertIn("chmod 600", caught.exception.sentence)
        with self.assertRaises(DatabaseError):
            await store.ping(None)
        await store.stop()
