"""Tests of alie.auth.supabase_recent: what is remembered ends in time, and is never too much."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.auth.supabase_recent import Recent


class RecentTests(SynchronousTestCase):
    """Three values at most."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.recent: Recent[str] = Recent(self.clock.seconds, 3)

    def known(self, *names: str) -> str:
        """The names among them that are remembered."""
        return "".join(name for name in names if self.recent.get(name) is not None)

    def test_until(self) -> None:
        """Its time, and not longer."""
        self.recent.put("a", "value", 10)
        self.clock.advance(9)
        self.assertEqual(self.recent.get("a"), "value")
        self.clock.advance(1)
        self.assertIsNone(self.recent.get("a"))

    def test_again(self) -> None:
        """The newest value, and the newest time."""
        self.recent.put("a", "old", 10)
        self.recent.put("a", "new", 5)
        self.assertEqual(self.recent.get("a"), "new")
        self.clock.advance(5)
        self.assertIsNone(self.recent.get("a"))

    def test_too_many(self) -> None:
        """The one written longest ago gives way."""
        for name in "abc":
            self.recent.put(name, name, 10)
        self.recent.put("a", "again", 10)
        self.recent.put("d", "d", 10)
        self.assertEqual(self.known(*"abcd"), "acd")

    def test_forgotten(self) -> None:
        """What is over is not kept in memory: it makes room before anything that is not."""
        self.recent.put("a", "a", 1000)
        self.recent.put("b", "b", 5)
        self.recent.put("c", "c", 5)
        self.clock.advance(60)
        self.recent.put("d", "d", 1000)
        self.recent.put("e", "e", 1000)
        self.assertEqual(self.known(*"abcde"), "ade")
