"""Tests of alie.audit.log: events are taken down on the reactor and written in a thread; none is dropped unseen."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.audit.chain import Head, read_line
from alie.audit.errors import AuditError
from alie.audit.files import FOLDER, all_lines
from alie.audit.interface import Audit, AuditEvent
from alie.audit.log import BATCH, MAX_WAITING, AuditLog
from alie.principal import Caller
from tests.audit.logs import CALLER, NOW_S, OWN_KEY, event, judged_folder, kinds
from tests.audit.test_writer import FailingDisk
from tests.cli.files import folder_for
from tests.engines.fakes import QueueReactor, ThreadlessPool


def logged(test: SynchronousTestCase) -> list[LogEvent]:
    """What is logged from now on."""
    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)
    test.addCleanup(globalLogPublisher.removeObserver, events.append)
    return events


class LogTestCase(SynchronousTestCase):
    """A log without threads: the pool works when it is told to."""

    def setUp(self) -> None:
        self.reactor = QueueReactor()
        self.reactor.advance(1000.0)
        self.pool = ThreadlessPool()
        self.state = folder_for(self)
        self.disk = FailingDisk()
        self.sent: list[tuple[AuditEvent, Caller]] = []
        self.events = logged(self)

    def log(self, mirror: Callable[..., Any] | None = None) -> AuditLog:
        return AuditLog(
            self.reactor, self.state / FOLDER, OWN_KEY, lambda: NOW_S, mirror, pool=self.pool, write=self.disk
        )

    def started(self, mirror: Callable[..., Any] | None = None) -> AuditLog:
        log = self.log(mirror)
        started = log.start()
        self.perform()
        self.successResultOf(started)
        return log

    def stop(self, log: AuditLog) -> None:
        stopped = log.stop()
        self.perform()
        self.successResultOf(stopped)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertFalse(self.pool.is_running)

    def perform(self) -> None:
        """All that the thread has to do."""
        while self.pool.waiting:
            self.pool.perform()
            self.reactor.settle()

    def records(self) -> list[dict[str, Any]]:
        return [read_line(line.content) for line in all_lines(self.state / FOLDER)]

    def actions(self) -> list[str]:
        return [record.get("action", "head") for record in self.records()]

    def told(self) -> list[str]:
        return [formatEvent(event) for event in self.events]

    def assertGood(self) -> None:
        self.assertEqual(kinds(judged_folder(self.state)), [])


class LogTests(LogTestCase):
    """From the event to the file."""

    def test_a_life(self) -> None:
        log: Audit = (audit_log := self.started())
        log.record(event(), CALLER)
        log.record(AuditEvent("auth.refuse", "AUTH_INVALID"))
        self.perform()
        self.stop(audit_log)
        self.assertEqual(log.problems(), [])
        records = self.records()
        self.assertEqual(self.actions(), ["audit.start", "head", "dictation.end", "auth.refuse", "audit.stop", "head"])
        self.assertEqual((records[2]["userId"], records[3]["userId"]), (CALLER.principal.user_id, None))
        self.assertNotIn(CALLER.token, str(records))
        self.assertGood()

    def test_nothing_is_written_on_the_reactor(self) -> None:
        """`record` leaves everything to the thread, also the first time."""
        log = self.started()
        size = (self.state / FOLDER / "audit.jsonl").stat().st_size
        log.record(event())
        self.assertEqual((self.state / FOLDER / "audit.jsonl").stat().st_size, size)
        self.assertEqual(len(self.pool.waiting), 1)
        self.perform()
        self.stop(log)

    def test_what_comes_during_a_write_goes_together(self) -> None:
        log = self.started()
        for _ in range(BATCH + 1):
            log.record(event())
        works = 0
        while self.pool.waiting:
            works += 1
            self.pool.perform()
            self.reactor.settle()
        self.assertEqual(works, 2)
        self.stop(log)
        self.assertGood()

    def test_before_the_start(self) -> None:
        log = self.log()
        log.record(event())
        self.assertEqual(len(self.pool.waiting), 0)
        log.start()
        self.perform()
        self.stop(log)
        self.assertIn("dictation.end", self.actions())

    def test_heads_go_to_the_journal(self) -> None:
        log = self.started()
        for _ in range(100):
            log.record(event())
        self.perform()
        self.stop(log)
        found = [re.fullmatch(r"audit head (\d+) ([0-9a-f]{64}) ([0-9a-f]{128})", line) for line in self.told()]
        heads = [Head(int(match[1]), match[2], match[3]) for match in found if match]
        self.assertEqual([head.seq for head in heads], [2, 103, 105])
        self.assertEqual(kinds(judged_folder(self.state, journal=heads)), [])

    def test_on_disk_within_a_second(self) -> None:
        """The first one at once, those after it together."""
        log = self.started()
        self.reactor.advance(5.0)
        log.record(event())
        self.perform()
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        log.record(event())
        self.perform()
        self.assertEqual(len(self.reactor.getDelayedCalls()), 1)
        self.reactor.advance(1.0)
        self.assertEqual(len(self.pool.waiting), 1)
        self.perform()
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.stop(log)

    def test_another_daemon(self) -> None:
        log = self.started()
        self.pool, first = ThreadlessPool(), self.pool
        second = self.log()
        started = second.start()
        self.perform()
        self.assertIn("Another daemon", str(self.failureResultOf(started, AuditError).value))
        self.successResultOf(second.stop())
        self.assertFalse(self.pool.is_running)
        self.pool = first
        self.stop(log)

    def test_what_may_not_be_written_is_told_without_it(self) -> None:
        log = self.started()
        log.record(AuditEvent("case.read", resource_id="Jean Tremblay", details={"note": "a b"}))
        self.perform()
        self.stop(log)
        told = " ".join(self.told())
        self.assertIn("resourceId, details.note", told)
        self.assertNotIn("Tremblay", told + str(self.records()) + str(self.events))

    def test_after_the_stop(self) -> None:
        log = self.started()
        self.stop(log)
        log.record(event())
        self.assertIn("An event came after the audit log was closed: dictation.end", self.told())


class TroubleTests(LogTestCase):
    """The disk is full."""

    def test_events_wait_and_nothing_is_lost(self) -> None:
        log = self.started()
        self.disk.room = 100
        for _ in range(3):
            log.record(event())
        self.perform()
        self.assertIn("ENOSPC", log.problems()[0])
        self.assertEqual(sum("ENOSPC" in line for line in self.told()), 1)
        for _ in range(5):
            self.reactor.advance(1.0)
            self.perform()
        self.disk.room = 1 << 40
        log.record(event())
        self.assertEqual(len(self.pool.waiting), 0)
        self.reactor.advance(1.0)
        self.perform()
        self.assertEqual(log.problems(), [])
        self.stop(log)
        self.assertEqual(self.actions().count("dictation.end"), 4)
        self.assertGood()

    def test_more_than_may_wait_are_counted(self) -> None:
        log = self.started()
        self.disk.room = 0
        log.record(event())
        self.perform()
        for _ in range(MAX_WAITING + 7):
            log.record(AuditEvent("case.read"))
        self.assertIn("lost 7 events", log.problems()[1])
        self.assertEqual(sum("Too many events" in line for line in self.told()), 1)
        self.disk.room = 1 << 40
        self.reactor.advance(1.0)
        self.perform()
        self.assertEqual(log.problems(), [])
        self.stop(log)
        lost = [record["details"]["count"] for record in self.records() if record.get("action") == "audit.lost"]
        self.assertEqual((lost, self.actions().count("case.read")), ([7], MAX_WAITING))
        self.assertGood()

    def test_full_at_the_start(self) -> None:
        self.disk.room = 10
        log = self.started()
        self.assertEqual(len(log.problems()), 1)
        self.disk.room = 1 << 40
        self.reactor.advance(1.0)
        self.perform()
        self.assertEqual(log.problems(), [])
        self.stop(log)
        self.assertGood()

    def test_full_at_the_stop(self) -> None:
        log = self.started()
        self.disk.room = 0
        for _ in range(BATCH + 2):
            log.record(event())
        self.perform()
        self.stop(log)
        self.assertTrue(any("1 events could not be written" in line for line in self.told()), self.told())

    def test_a_fault_of_ours(self) -> None:
        """Its text may hold a record: it is not told."""

        def write(file: int, content: bytes) -> int:
            raise LookupError("dictation.end")

        log = self.started()
        self.disk.room = 1 << 40
        self.patch(log._writer._file, "_write", write)
        log.record(event())
        self.perform()
        self.assertIn("LookupError", log.problems()[0])
        self.assertNotIn("dictation.end", log.problems()[0])
        self.patch(log._writer._file, "_write", self.disk)
        self.reactor.advance(1.0)
        self.perform()
        self.stop(log)
        self.assertGood()


class MirrorTests(LogTestCase):
    """Each event that has a caller goes to the store as well."""

    async def send(self, event: AuditEvent, caller: Caller) -> None:
        self.sent.append((event, caller))

    def test_with_a_caller_only(self) -> None:
        log = self.started(self.send)
        log.record(event(), CALLER)
        log.record(AuditEvent("auth.refuse", "AUTH_INVALID"))
        self.perform()
        self.stop(log)
        self.assertEqual(self.sent, [(event(), CALLER)])


class ThreadTests(TestCase):
    """With a real reactor, a real thread and a real disk."""

    async def test_the_reactor_is_not_held_up(self) -> None:
        state = folder_for(self)
        writers: set[int] = set()

        def write(file: int, content: bytes) -> int:
            import os

            writers.add(threading.get_ident())
            return os.write(file, content)

        log = AuditLog(reactor, state / FOLDER, OWN_KEY, time.time, write=write)
        await log.start()
        began = time.perf_counter()
        for _ in range(1000):
            log.record(event(), CALLER)
        each_s = (time.perf_counter() - began) / 1000
        await log.stop()
        self.assertLess(each_s, 0.001)
        self.assertNotIn(threading.get_ident(), writers)
        verdict = judged_folder(state)
        self.assertEqual((kinds(verdict), verdict.entries), ([], 1002))
