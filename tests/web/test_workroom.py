"""Tests of alie.web.workroom: one piece of work at a time, a bounded number that waits, an end without waiting."""

from __future__ import annotations

from threading import get_ident

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.errors import Capacity
from alie.web.workroom import MAX_WAITING, Workroom
from tests.engines.fakes import QueueReactor, ThreadlessPool


class WorkroomTests(SynchronousTestCase):
    """Without threads: the pool works when it is told to."""

    def setUp(self) -> None:
        self.reactor = QueueReactor()
        self.pool = ThreadlessPool()
        self.room = Workroom(self.reactor, self.pool)
        self.room.start()

    def perform(self) -> None:
        """One piece of work is done, and told."""
        self.pool.perform()
        self.reactor.settle()

    def test_first_come_first_served(self) -> None:
        """One at a time, also when the clock stands still."""
        done = [self.room.run(name.upper) for name in "abc"]
        self.assertEqual(len(self.pool.waiting), 1)
        for name, one in zip("abc", done, strict=True):
            self.assertNoResult(one)
            self.perform()
            self.assertEqual(self.successResultOf(one), name.upper())

    def test_work_that_fails(self) -> None:
        """Its failure comes back; the next one is not harmed."""
        nothing: list[int] = []
        failing, next_one = self.room.run(nothing.pop), self.room.run(lambda: 1)
        self.perform()
        self.failureResultOf(failing, IndexError)
        self.perform()
        self.assertEqual(self.successResultOf(next_one), 1)

    def test_as_much_waits_as_may(self) -> None:
        """One more is refused, until there is room again."""
        first, *_ = [self.room.run(lambda: 0) for _ in range(1 + MAX_WAITING)]
        self.assertRaises(Capacity, self.room.run, lambda: 0)
        self.perform()
        self.successResultOf(first)
        self.assertIsInstance(self.room.run(lambda: 0), Deferred)

    def test_stop(self) -> None:
        """What is under way ends first, what waits never begins."""
        done = [self.room.run(lambda: 0) for _ in range(2)]
        stopped = self.room.stop()
        self.assertNoResult(stopped)
        self.perform()
        self.successResultOf(stopped)
        for one in done:
            self.assertNoResult(one)
        self.assertEqual((len(self.pool.waiting), self.pool.is_running), (0, False))


class ThreadTests(TestCase):
    """With its own thread."""

    async def test_elsewhere(self) -> None:
        """Not on the reactor's."""
        room = Workroom(reactor)  # type: ignore[arg-type]  # declared as a module
        room.start()
        self.addCleanup(room.stop)
        self.assertNotEqual(await room.run(get_ident), get_ident())
