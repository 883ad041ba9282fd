"""Tests of alie.cli.daemon: a daemon that does not start says why."""

from __future__ import annotations

import os

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from alie.cli.daemon import Daemon, DaemonFailed
from tests.support.daemon import ROOT


class DaemonTests(TestCase):
    """One that starts is exercised in test_drill."""

    timeout = 60

    async def test_settings_that_make_no_sense(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "ALIE_NONSENSE": "1"}
        with self.assertRaises(DaemonFailed) as caught:
            await Daemon.start(reactor, environment)
        self.assertIn("it ended at once\n", str(caught.exception))
        self.assertIn("ALIE_NONSENSE is not known", str(caught.exception))
