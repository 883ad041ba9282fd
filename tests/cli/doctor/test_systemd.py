"""Tests of alie.cli.doctor.systemd: a unit's state and sandbox, from what systemd says."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.config.reading import Given
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM
from alie.cli.doctor.place import Place
from alie.cli.doctor.systemd import look, running, sandbox
from alie.cli.unit import Unit
from alie.config import Config

UNIT = Unit("a.service", Path("/etc/systemd/system/a.service"))


class RunningTests(SynchronousTestCase):
    """What `systemctl show` says."""

    def states(self, **properties: str) -> list[str]:
        """What is found."""
        return [found.state for found in running("a.service", properties)]

    def test_each(self) -> None:
        """Active; not; not with the machine; ended by itself; systemctl says nothing."""
        self.assertEqual(self.states(ActiveState="active", UnitFileState="enabled", NRestarts="0"), [OK])
        self.assertEqual(self.states(ActiveState="failed", UnitFileState="enabled"), [PROBLEM])
        self.assertEqual(self.states(ActiveState="active", UnitFileState="disabled"), [OK, NOTE])
        self.assertEqual(self.states(ActiveState="active", NRestarts="3"), [OK, NOTE])
        self.assertEqual(self.states(), [PROBLEM])


class SandboxTests(SynchronousTestCase):
    """What systemd-analyze says."""

    def test_each(self) -> None:
        """As ours, less good, and as if there were none."""
        told = "→ Overall exposure level for a.service: {} {} 🙂\n"
        levels = (("1.5", "OK"), ("4.4", "OK"), ("9.6", "UNSAFE"))
        found = [sandbox(UNIT, told.format(*level)).state for level in levels]
        self.assertEqual(found, [OK, NOTE, PROBLEM])
        self.assertEqual([sandbox(UNIT, text).state for text in (None, "", "Unit not found")], 3 * [NOT_LOOKED_AT])

    def test_no_unit(self) -> None:
        """There is nothing to look at."""
        self.assertEqual([found.state for found in look(Place(Given({}), Config()))], [NOT_LOOKED_AT])
