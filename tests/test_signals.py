"""Tests of alie.signals: what SIGHUP will do, by where a daemon was started. Real signals: tests/integration."""

from __future__ import annotations

import os
import subprocess
import sys

from twisted.trial.unittest import SynchronousTestCase

CHILD = """
import os, signal
from alie import signals
class Reactor:
    def callFromThread(self, call):
        call()
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs tests may have it ignored, as nohup does
signals.reload_on_hangup(Reactor(), lambda: print("reloaded"))
if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
    print("left alone")
else:
    os.kill(os.getpid(), signal.SIGHUP)
"""


class HangupTests(SynchronousTestCase):
    """SIGHUP."""

    def told(self, stdin: int) -> str:
        """What a process says whose standard input is that."""
        done = subprocess.run([sys.executable, "-c", CHILD], stdin=stdin, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def test_a_service(self) -> None:
        """It reloads."""
        self.assertEqual(self.told(subprocess.DEVNULL), "reloaded")

    def test_a_terminal(self) -> None:
        """It ends the daemon, as it ends other programs whose terminal is closed."""
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        self.addCleanup(os.close, theirs)
        self.assertEqual(self.told(theirs), "left alone")
