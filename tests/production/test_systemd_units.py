"""The units of etc/systemd as files: one is like the other, and they leave a daemon little."""

from __future__ import annotations

import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

UNITS = Path(__file__).parents[2] / "etc" / "systemd"
SERVICES = ("alie-backend.service", "alie-backend@.service")
#: systemd's own measure, times ten.
MOST_EXPOSED = 15


def settings(name: str) -> list[str]:
    """The lines of a unit that are none of comment."""
    return [line for line in (UNITS / name).read_text().splitlines() if line and not line.startswith("#")]


class FilesTests(SynchronousTestCase):
    """What they say."""

    def test_exposure(self) -> None:
        """No service is more exposed than 1.5 of 10; one without its system call filter would be."""
        for name in SERVICES:
            self.assertEqual(self.exposed((UNITS / name).read_text()), 0)
        self.assertNotEqual(self.exposed((UNITS / SERVICES[0]).read_text().replace("SystemCallFilter=", "#")), 0)

    def exposed(self, text: str) -> int:
        """Exit status of systemd's judgement."""
        folder = Path(self.mktemp())
        folder.mkdir()
        file = folder / "alie-backend.service"
        file.write_text(text)
        command = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", file]
        return subprocess.run(command, capture_output=True).returncode

    def test_instances(self) -> None:
        """An instance is as the one daemon is, but for what carries its name."""
        for kind in ("service", "socket"):
            one, several = (set(settings(f"alie-backend{mark}.{kind}")) for mark in ("", "@"))
            self.assertEqual([line for line in several - one if "%i" not in line], [])
            self.assertLessEqual(len(one - several), 5)

    def test_time_to_stop(self) -> None:
        """A stop may take as long as the daemon takes by default, and more."""
        (line,) = (line for line in settings(SERVICES[0]) if line.startswith("TimeoutStopSec="))
        self.assertGreater(int(line.partition("=")[2]), 20 + 15)
