"""Tests of alie.connections: how many there may be, by address and all together."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.connections import Connections
from alie.errors import Capacity, RateLimited


class ConnectionsTests(SynchronousTestCase):
    """Those that are no WebSocket yet are counted by address; all of them all together."""

    def test_by_address(self) -> None:
        """One too many is refused; others are not. Whoever is a WebSocket, or has left, makes room."""
        counted = Connections(per_address=2)
        self.assertEqual([counted.enter("192.0.2.1") for _ in range(2)], [None, None])
        self.assertIsInstance(counted.enter("192.0.2.1"), RateLimited)
        self.assertIsNone(counted.enter("192.0.2.2"))
        self.assertIsNone(counted.enter(None))
        counted.upgrade("192.0.2.1")
        self.assertIsNone(counted.enter("192.0.2.1"))
        self.assertEqual((counted.open, counted.refused), (5, 1))

    def test_all_together(self) -> None:
        """The last tenth is for requests only; beyond it there is nothing, until somebody leaves."""
        counted = Connections(most=10)
        for _ in range(9):
            self.assertIsNone(counted.enter(None))
        self.assertFalse(counted.is_crowded)
        self.assertIsNone(counted.enter(None))
        self.assertTrue(counted.is_crowded)
        refusal = counted.enter(None)
        self.assertIsInstance(refusal, Capacity)
        assert refusal is not None
        self.assertEqual((refusal.retry_after_s, counted.open), (5, 10))
        counted.upgrade(None)
        counted.leave()
        self.assertEqual((counted.is_crowded, counted.enter(None)), (False, None))

    def test_no_bounds(self) -> None:
        """Zero is any number."""
        counted = Connections()
        self.assertEqual({counted.enter("192.0.2.1") for _ in range(1000)}, {None})
        self.assertFalse(counted.is_crowded)

    def test_nothing_is_left_of_those_who_left(self) -> None:
        """Addresses of strangers are not collected."""
        counted = Connections(per_address=2)
        for number in range(100):
            counted.enter(f"192.0.2.{number}")
            counted.upgrade(f"192.0.2.{number}")
            counted.leave()
        self.assertEqual((counted.open, len(counted._of)), (0, 0))
