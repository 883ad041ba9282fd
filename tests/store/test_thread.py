"""Tests of alie.store.thread: one after another, a bounded number, and nothing that was taken is forgotten."""

from __future__ import annotations

from threading import get_ident

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.errors import DatabaseUnavailable
from alie.store.thread import MAX_WAITING, StoreThread
from tests.engines.fakes import QueueReactor, ThreadlessPool


class StoreThreadTests(SynchronousTestCase):
    """Without threads: the pool works when it is told to."""

    def setUp(self) -> None:
        self.reactor = QueueReactor()
        self.pool = ThreadlessPool()
        self.thread = StoreThread(self.reactor, self.pool)
        self.thread.start()

    def perform(self) -> None:
        """One piece of work is done, and told."""
        self.pool.perform()
        self.reactor.settle()

    def test_results_and_failures_come_back(self) -> None:
        nothing: list[int] = []
        failing, next_one = self.thread.run(nothing.pop), self.thread.run(lambda: 1)
        self.perform()
        self.failureResultOf(failing, IndexError)
        self.perform()
        self.assertEqual(self.successResultOf(next_one), 1)

    def test_as_much_waits_as_may(self) -> None:
        """One more is refused, until there is room again."""
        first, *_ = [self.thread.run(lambda: 0) for _ in range(MAX_WAITING)]
        self.assertRaises(DatabaseUnavailable, self.thread.run, lambda: 0)
        self.perform()
        self.successResultOf(first)
        self.assertNoResult(self.thread.run(lambda: 0))

    def test_stop_does_what_was_taken(self) -> None:
        """In order, and its own work last; nothing new is taken."""
        done: list[str] = []
        answers = [self.thread.run(lambda word=word: done.append(word)) for word in "ab"]
        stopped = self.thread.stop(lambda: done.append("last"))
        self.assertRaises(DatabaseUnavailable, self.thread.run, lambda: 0)
        for _ in "abc":
            self.assertNoResult(stopped)
            self.perform()
        self.successResultOf(stopped)
        for answer in answers:
            self.successResultOf(answer)
        self.assertEqual(done, ["a", "b", "last"])
        self.assertFalse(self.pool.is_running)

    def test_without_a_start(self) -> None:
        """Nothing is taken, and the end needs no waiting."""
        thread = StoreThread(self.reactor, ThreadlessPool())
        self.assertRaises(DatabaseUnavailable, thread.run, lambda: 0)
        self.assertIsNone(self.successResultOf(thread.stop(lambda: None)))


class RealThreadTests(TestCase):
    """With a thread."""

    async def test_work_is_off_the_reactor(self) -> None:
        """Always in the same thread."""
        thread = StoreThread(reactor)
        thread.start()
        threads = {await thread.run(get_ident) for _ in range(5)}
        await thread.stop(lambda: None)
        self.assertEqual(len(threads), 1)
        self.assertNotIn(get_ident(), threads)
