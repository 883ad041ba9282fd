"""Tests of alie.logs.journal."""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from alie.logs.journal import is_journal, prefixed


class JournalTests(SynchronousTestCase):
    """Whether the journal is at the other end, and what it is sent."""

    def setUp(self) -> None:
        self.read, self.write = os.pipe()
        self.addCleanup(os.close, self.read)
        self.addCleanup(os.close, self.write)
        status = os.fstat(self.write)
        self.environment = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}

    def test_ours(self) -> None:
        """The variable names what we write to."""
        self.assertTrue(is_journal(self.write, self.environment))

    def test_others(self) -> None:
        """It is not set, names something else, or there is nothing to write to."""
        with open(os.devnull) as null:
            self.assertFalse(is_journal(null.fileno(), self.environment))
        self.assertFalse(is_journal(self.write, {}))
        self.assertFalse(is_journal(-1, self.environment))

    def test_priorities(self) -> None:
        """Of syslog(3), before each line."""
        lines = {level: prefixed("x\n", level) for level in ("debug", "info", "warn", "error", "critical", "odd")}
        self.assertEqual(
            lines,
            {
                "debug": "<7>x\n",
                "info": "<6>x\n",
                "warn": "<4>x\n",
                "error": "<3>x\n",
                "critical": "<2>x\n",
                "odd": "<6>x\n",
            },
        )
        self.assertEqual(prefixed("x\n\ty\n", "error"), "<3>x\n<3>\ty\n")
        self.assertEqual(prefixed("", "error"), "")
