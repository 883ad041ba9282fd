"""The crossing between the reactor and its workers."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.engines.bridge import LOWER_BY, Bridge, failure_name, with_low_priority
from alie.engines.scheduling import Kind
from tests.engines.fakes import QueueReactor, ThreadlessPool


class BridgeTests(SynchronousTestCase):
    """Jobs run by urgency, one of a kind for each owner, and their results come back on the reactor."""

    def setUp(self) -> None:
        self.clock = QueueReactor()
        self.pool = ThreadlessPool()
        self.bridge = Bridge(self.clock, workers=1, pool=self.pool)
        self.bridge.start()
        self.ran: list[str] = []

    def job(self, name: str) -> Callable[[], str]:
        def work() -> str:
            self.ran.append(name)
            return name

        return work

    def perform(self) -> None:
        self.pool.perform()
        self.clock.settle()

    def test_result(self) -> None:
        """A result comes back by the reactor, not in the worker."""
        done = self.bridge.run(self, Kind.FINAL, 0.0, self.job("a"))
        self.pool.perform()
        self.assertNoResult(done)
        self.clock.settle()
        self.assertEqual(self.successResultOf(done), "a")

    def test_failure(self) -> None:
        """What the work raises comes back as a failure, and the next job runs."""
        broken = self.bridge.run(self, Kind.FINAL, 0.0, lambda: 1 // 0)
        after = self.bridge.run(self, Kind.PARTIAL, 0.0, self.job("after"))
        self.perform()
        self.perform()
        failure = self.failureResultOf(broken, ZeroDivisionError)
        self.assertEqual(failure_name(failure), "ZeroDivisionError")
        self.assertEqual(self.successResultOf(after), "after")

    def test_most_urgent_first(self) -> None:
        """With the worker busy, jobs wait and the most urgent is next."""
        jobs = [
            self.bridge.run(object(), Kind.PARTIAL, 0.0, self.job("running")),
            self.bridge.run(object(), Kind.PARTIAL, 0.0, self.job("partial")),
            self.bridge.run(object(), Kind.FINAL, 0.0, self.job("young final")),
            self.bridge.run(object(), Kind.FINAL, -1.0, self.job("old final")),
        ]
        self.assertEqual((self.bridge.busy_workers, self.bridge.queued_jobs), (1, 3))
        for _ in jobs:
            self.perform()
        self.assertEqual(self.ran, ["running", "old final", "young final", "partial"])
        self.assertEqual((self.bridge.busy_workers, self.bridge.queued_jobs), (0, 0))

    def test_listening_does_not_wait(self) -> None:
        """Short jobs go to the pool while the worker is busy."""
        self.bridge.run(self, Kind.FINAL, 0.0, self.job("final"))
        self.bridge.run(self, Kind.LISTEN, 0.0, self.job("listen"))
        self.assertEqual(len(self.pool.waiting), 2)
        self.assertEqual(self.bridge.busy_workers, 1)

    def test_one_of_a_kind(self) -> None:
        """A second job of a kind is refused while the first waits or runs."""
        owner = object()
        for state in ("runs", "waits"):
            if state == "waits":
                self.bridge.run(object(), Kind.PARTIAL, 0.0, self.job("other"))
            self.bridge.run(owner, Kind.FINAL, 0.0, self.job("first"))
            self.assertTrue(self.bridge.is_under_way(owner, Kind.FINAL))
            self.assertFalse(self.bridge.is_under_way(owner, Kind.PARTIAL))
            with self.assertRaises(ValueError):
                self.bridge.run(owner, Kind.FINAL, 0.0, self.job("second"))
            while self.pool.waiting:
                self.perform()

    def test_abort_of_a_running_job(self) -> None:
        """Its result is dropped, and the worker is free again afterwards."""
        done = self.bridge.run(self, Kind.FINAL, 0.0, self.job("a"))
        self.bridge.abort(self)
        self.perform()
        self.assertNoResult(done)
        self.assertEqual(self.bridge.busy_workers, 0)

    def test_abort_of_a_waiting_job(self) -> None:
        """It never runs; those of others do."""
        self.bridge.run(object(), Kind.FINAL, 0.0, self.job("other"))
        self.bridge.run(self, Kind.FINAL, 0.0, self.job("mine"))
        self.bridge.abort(self)
        self.perform()
        self.assertEqual((self.ran, len(self.pool.waiting)), (["other"], 0))

    def test_withdrawn(self) -> None:
        """What waits never runs, and makes room for a newer one of its kind; what runs goes on."""
        owner = object()
        running = self.bridge.run(owner, Kind.PARTIAL, 0.0, self.job("running"))
        waiting = self.bridge.run(owner, Kind.FIRST, 0.0, self.job("waiting"))
        self.bridge.withdraw(owner, Kind.FIRST, Kind.PARTIAL, Kind.FINAL)
        self.assertTrue(self.bridge.is_under_way(owner, Kind.FIRST, Kind.PARTIAL))
        self.assertFalse(self.bridge.is_under_way(owner, Kind.FIRST))
        newer = self.bridge.run(owner, Kind.FIRST, 0.0, self.job("newer"))
        self.perform()
        self.perform()
        self.assertEqual(self.ran, ["running", "newer"])
        self.assertNoResult(waiting)
        self.assertEqual([self.successResultOf(done) for done in (running, newer)], ["running", "newer"])

    def test_busy_seconds(self) -> None:
        """The time of long jobs is added up, that of short ones is not."""
        for kind in (Kind.FINAL, Kind.LISTEN):
            self.bridge.run(self, kind, 0.0, self.job("a"))
            self.clock.advance(2.0)
            self.perform()
        self.assertEqual(self.bridge.busy_s, 2.0)

    def test_stop(self) -> None:
        """Stopping waits for what runs, drops what waits, and runs nothing more."""
        running = self.bridge.run(self, Kind.FINAL, 0.0, self.job("running"))
        waiting = self.bridge.run(self, Kind.PARTIAL, 0.0, self.job("waiting"))
        stopped = self.bridge.stop()
        self.assertNoResult(stopped)
        self.perform()
        self.successResultOf(stopped)
        self.assertFalse(self.pool.is_running)
        self.assertNoResult(running)
        self.assertNoResult(waiting)
        self.assertEqual(self.ran, ["running"])

    def test_stop_when_idle(self) -> None:
        """An idle bridge stops at once."""
        self.successResultOf(self.bridge.stop())
        self.assertFalse(self.pool.is_running)


class RealPoolTests(TestCase):
    """The same with threads."""

    def test_threads(self) -> None:
        """Work runs in other threads, two at once; results come back on the reactor's."""
        bridge = Bridge(reactor, workers=2)  # type: ignore[arg-type]
        bridge.start()
        self.addCleanup(bridge.stop)
        meeting = threading.Barrier(2, timeout=10)
        mine = threading.get_ident()

        def work() -> int:
            meeting.wait()
            return threading.get_ident()

        def check(threads: list[int]) -> None:
            self.assertEqual(threading.get_ident(), mine)
            self.assertEqual(len({mine, *threads}), 3)

        jobs: list[Deferred[int]] = [bridge.run(object(), Kind.FINAL, 0.0, work) for _ in range(2)]
        done: Deferred[None] = gatherResults(jobs).addCallback(check)
        return done  # type: ignore[return-value]


class PriorityTests(SynchronousTestCase):
    """Threads that only compute give way."""

    def test_lower(self) -> None:
        """Work, and what it starts, runs at lower priority; the caller keeps its own."""
        niceness = os.getpriority(os.PRIO_PROCESS, 0)

        def of_a_new_thread() -> int:
            found: list[int] = []
            thread = threading.Thread(
                target=lambda: found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            )
            thread.start()
            thread.join()
            return found[0]

        self.assertEqual(with_low_priority(of_a_new_thread), min(19, niceness + LOWER_BY))
        self.assertEqual(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()), niceness)

    def test_failure(self) -> None:
        self.assertRaises(ZeroDivisionError, with_low_priority, lambda: 1 // 0)
