"""Tests of alie.sources: which place wins, and what may change while the daemon runs."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.sources import SourceError, Sources


class SourcesTests(SynchronousTestCase):
    """Options, environment and file."""

    def setUp(self) -> None:
        self.file = Path(self.mktemp())
        self.file.write_text("PORT=1\nHOST=10.0.0.1\n")

    def sources(self, given: dict[str, str] | None = None, **environment: str) -> Sources:
        """With the file."""
        return Sources(str(self.file), environment, given or {})

    def test_precedence(self) -> None:
        """Name by name, at start and later."""
        sources = self.sources({"PORT": "3"}, HOST="10.0.0.2", PORT="2")
        self.assertEqual(sources.read(), {"PORT": "3", "HOST": "10.0.0.2"})
        self.file.write_text("PORT=4\nHOST=10.0.0.4\nALIE_HOSTS=a.example\n")
        self.assertEqual(sources.read(), {"PORT": "3", "HOST": "10.0.0.2", "ALIE_HOSTS": "a.example"})

    def test_a_changed_file(self) -> None:
        """It is read each time; what is no longer in it is not set."""
        sources = self.sources()
        sources.read()
        self.file.write_text("HOST=10.0.0.4\n")
        self.assertEqual(sources.read(), {"HOST": "10.0.0.4"})

    def test_the_same_file_in_the_environment(self) -> None:
        """As by systemd's EnvironmentFile: the copy of its old text does not hide the new one, now or later."""
        sources = self.sources(PORT="1", HOST="10.0.0.1", HOME="/root")
        self.assertEqual(sources.read(), {"PORT": "1", "HOST": "10.0.0.1", "HOME": "/root"})
        for text, expected in (("PORT=5\n", {"PORT": "5"}), ("", {}), ("PORT=1\n", {"PORT": "1"})):
            self.file.write_text(text)
            self.assertEqual(sources.read(), {**expected, "HOME": "/root"})

    def test_credentials(self) -> None:
        """What systemd keeps for this daemon wins over the file, also where the environment has that as well."""
        folder = Path(self.mktemp())
        folder.mkdir()
        sources = self.sources(CREDENTIALS_DIRECTORY=str(folder), HOST="10.0.0.2", PORT="1")
        self.assertEqual(sources.read()["PORT"], "1")
        (folder / "alie.env").write_text("PORT=7\nHOST=10.0.0.7\n")
        found = sources.read()
        self.assertEqual((found["PORT"], found["HOST"]), ("7", "10.0.0.2"))
        (folder / "alie.env").unlink()
        (folder / "alie.env").mkdir()
        self.assertIn("alie.env cannot be read", str(self.assertRaises(SourceError, sources.read)))

    def test_the_environment_is_that_of_the_start(self) -> None:
        """What the daemon itself puts there later is no setting."""
        environment: dict[str, str] = {}
        sources = Sources(None, environment, {})
        environment["AWS_PROFILE"] = "clinic"
        self.assertEqual(sources.read(), {})

    def test_another_working_directory(self) -> None:
        """A daemon in the background finds its file again."""
        sources = Sources(os.path.relpath(self.file), {}, {})
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir("/")
        self.assertEqual(sources.read()["PORT"], "1")

    def test_an_unreadable_file(self) -> None:
        """It is named."""
        sources = self.sources()
        self.file.unlink()
        self.assertIn(str(self.file), str(self.assertRaises(SourceError, sources.read)))
