"""Tests of alie.cli.doctor.machine: clock, entropy, disk."""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.config.reading import Given
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.machine import MEGABYTE, clock, disk, entropy, skew, space, synchronised
from alie.cli.doctor.place import Place
from alie.config import Config
from tests.cli.files import folder_for

HERE = Place(Given({}), Config())


class ClockTests(SynchronousTestCase):
    """The clock."""

    def test_synchronised(self) -> None:
        """What adjtimex(2) gives."""
        self.assertEqual([synchronised(state).state for state in (0, 1, 5, -1)], [OK, OK, NOTE, NOT_LOOKED_AT])

    def test_this_machine(self) -> None:
        """Is asked, and changed in nothing."""
        (found,) = clock(HERE)
        self.assertIn(found.state, (OK, NOTE, NOT_LOOKED_AT))

    def test_skew(self) -> None:
        """Tokens are taken within 30 s."""
        self.assertEqual([skew("X", s).state for s in (0.9, -4.0, 6.0, -29.0, 30.0)], [OK, OK, NOTE, NOTE, PROBLEM])
        self.assertIn("45 s behind X", skew("X", -45).detail)


class EntropyTests(SynchronousTestCase):
    """Random numbers."""

    def test_this_machine(self) -> None:
        """Has had them since it was started."""
        self.assertEqual([found.state for found in entropy(HERE)], [OK])


class DiskTests(SynchronousTestCase):
    """The state directory."""

    def look(self, path: str) -> list[Finding]:
        """What is found of it."""
        return list(disk(Place(Given({}), Config(state_dir=path))))

    def test_a_good_one(self) -> None:
        """Closed, and on a disk."""
        path = folder_for(self)
        path.chmod(0o700)
        found = self.look(str(path))
        self.assertEqual((found[0].state, len(found)), (OK, 2))
        self.assertIn("MB free", found[1].detail)

    def test_an_open_one(self) -> None:
        """Is a problem, as it is to the daemon."""
        path = folder_for(self)
        path.chmod(0o750)
        self.assertEqual(
            (self.look(str(path))[0].state, self.look(str(path))[0].advice), (PROBLEM, f"chmod 700 {path}")
        )

    def test_none(self) -> None:
        """Not made yet; no name; a file."""
        file = folder_for(self) / "file"
        file.write_text("")
        self.assertEqual(
            [self.look(path)[0].state for path in ("/nowhere/alie", "", str(file))], [NOTE, PROBLEM, PROBLEM]
        )

    def test_room(self) -> None:
        """Bytes, files, and whether anything may be written at all."""
        states = [
            space("/s", 2048 * MEGABYTE, None, 0),
            space("/s", 500 * MEGABYTE, 10_000, 0),
            space("/s", 99 * MEGABYTE, 10_000, 0),
            space("/s", 2048 * MEGABYTE, 10, 0),
            space("/s", 2048 * MEGABYTE, None, os.ST_RDONLY),
        ]
        self.assertEqual([found.state for found in states], [OK, NOTE, PROBLEM, PROBLEM, PROBLEM])
