"""Tests of alie.state_dir: made for its owner only, and refused where others could read or its owner is another."""

from __future__ import annotations

import os
import stat

from twisted.trial.unittest import SynchronousTestCase

from alie import state_dir
from alie.state_dir import StateDirError
from tests.cli.files import folder_for


class StateDirTests(SynchronousTestCase):
    """On a real file system, in a folder of the test's own."""

    def setUp(self) -> None:
        self.path = folder_for(self) / "above" / "alie"

    def refusal(self, uid: int | None = None) -> str:
        """What the operator is told."""
        return str(self.assertRaises(StateDirError, state_dir.check, str(self.path), uid))

    def test_is_made_for_its_owner_only(self) -> None:
        """Whatever the umask; and again is no error."""
        self.addCleanup(os.umask, os.umask(0))
        for _ in range(2):
            self.assertEqual(state_dir.prepare(str(self.path)), self.path)
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o700)

    def test_folders_above(self) -> None:
        """Are no one else's to write in, either: who can would put another folder in its place."""
        self.addCleanup(os.umask, os.umask(0))
        state_dir.prepare(str(self.path))
        self.assertEqual(stat.S_IMODE(self.path.parent.stat().st_mode), 0o755)

    def test_a_relative_name(self) -> None:
        """Is of the directory at start: in the background a daemon has another."""
        self.path.parent.mkdir()
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.path.parent)
        self.assertEqual(state_dir.prepare("alie").resolve(), self.path.resolve())
        self.assertTrue(state_dir.prepare("alie").is_absolute())

    def test_one_that_others_can_use(self) -> None:
        """Reading names is too much already; the remedy is told."""
        state_dir.prepare(str(self.path))
        for mode in (0o710, 0o704, 0o777):
            self.path.chmod(mode)
            self.assertIn(f"chmod 700 {self.path}", self.refusal())

    def test_one_of_another_user(self) -> None:
        """Root is no exception: its files would lock the owner out."""
        state_dir.prepare(str(self.path))
        self.assertIn("run this as", self.refusal(os.geteuid() + 12345))

    def test_none(self) -> None:
        """No name, no directory, or a file in its place."""
        self.assertIn("No such file", self.refusal())
        self.path.parent.mkdir()
        self.path.touch()
        self.assertIn("is no directory", self.refusal())
        self.assertRaises(StateDirError, state_dir.prepare, str(self.path))
        error = self.assertRaises(StateDirError, state_dir.prepare, "")
        self.assertIn("ALIE_STATE_DIR", str(error))

    def test_a_command_of_root_makes_none(self) -> None:
        """Anybody else's does."""
        error = self.assertRaises(StateDirError, state_dir.prepare_for_command, str(self.path), 0)
        self.assertIn("start the daemon once", str(error))
        self.assertFalse(self.path.exists())
        state_dir.prepare_for_command(str(self.path), 1000)
        self.assertTrue(self.path.is_dir())
        state_dir.prepare_for_command(str(self.path), 0)
