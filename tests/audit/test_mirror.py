"""Tests of alie.audit.mirror: a few at once, a bounded number waits, failures are counted and told without content."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.logger import formatEvent
from twisted.trial.unittest import SynchronousTestCase

from alie.audit.interface import AuditEvent
from alie.audit.mirror import AT_ONCE, MAX_WAITING, STOP_S, Mirror, row, to_store
from alie.principal import LOCAL_CALLER, Caller
from tests.audit.logs import CALLER, SESSION_ID, event
from tests.audit.test_log import logged


class Store:
    """Takes a row when it is told to."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.waiting: list[Deferred[None]] = []

    async def add_audit(self, caller: Caller, row: dict[str, Any]) -> None:
        self.rows.append(row)
        self.waiting.append(Deferred())
        await self.waiting[-1]


class MirrorTests(SynchronousTestCase):
    """Between the log and the store."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.store = Store()
        self.mirror = Mirror(self.clock, to_store(self.store, is_own=False))
        self.events = logged(self)

    def test_a_few_at_once(self) -> None:
        for number in range(AT_ONCE + 3):
            self.mirror.send(event(number), CALLER)
        self.assertEqual(len(self.store.rows), AT_ONCE)
        for waiting in self.store.waiting:
            waiting.callback(None)
        self.assertEqual([row["metadata"]["finals"] for row in self.store.rows], list(range(AT_ONCE + 3)))
        self.successResultOf(self.mirror.stop())

    def test_failures_are_counted_and_told_once(self) -> None:
        for _ in range(3):
            self.mirror.send(event(), CALLER)
            self.store.waiting[-1].errback(ValueError("a secret"))
        self.mirror.send(event(), CALLER)
        self.store.waiting[-1].callback(None)
        self.assertEqual(self.mirror.failed, 3)
        told = [formatEvent(one) for one in self.events]
        self.assertEqual(len(told), 2)
        self.assertIn("ValueError", told[0])
        self.assertIn("3 did not get there", told[1])
        self.assertNotIn("secret", str(self.events))

    def test_a_bounded_number_waits(self) -> None:
        for _ in range(AT_ONCE + MAX_WAITING + 5):
            self.mirror.send(event(), CALLER)
        self.assertEqual(self.mirror.failed, 5)

    def test_a_stop_waits_a_while(self) -> None:
        self.mirror.send(event(), CALLER)
        stopped = self.mirror.stop()
        self.assertNoResult(stopped)
        self.store.waiting[0].callback(None)
        self.successResultOf(stopped)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_and_not_for_ever(self) -> None:
        for _ in range(AT_ONCE + 1):
            self.mirror.send(event(), CALLER)
        stopped = self.mirror.stop()
        self.clock.advance(STOP_S)
        self.successResultOf(stopped)
        self.assertEqual(self.mirror.failed, AT_ONCE + 1)
        self.store.waiting[0].callback(None)

    def test_without_a_token_only_into_our_own_store(self) -> None:
        self.mirror.send(event(), LOCAL_CALLER)
        self.assertEqual(self.store.rows, [])
        Mirror(self.clock, to_store(self.store, is_own=True)).send(event(), LOCAL_CALLER)
        self.assertEqual(len(self.store.rows), 1)


class RowTests(SynchronousTestCase):
    """What the store gets."""

    def test_a_dictation(self) -> None:
        """Its id is none of a saved session."""
        found = row(event(), CALLER)
        self.assertEqual((found["session_id"], found["metadata"]["sessionId"]), (None, SESSION_ID))
        self.assertEqual((found["action"], found["ip_address"]), ("dictation.end", "192.0.2.7"))
        self.assertEqual(found["metadata"]["outcome"], "ok")

    def test_a_saved_session(self) -> None:
        found = row(AuditEvent("session.read", session_id=SESSION_ID, resource="session"), CALLER)
        self.assertEqual((found["session_id"], "sessionId" in found["metadata"]), (SESSION_ID, False))

    def test_nothing_else_gets_in(self) -> None:
        found = row(AuditEvent("case.read", resource_id="Jean Tremblay", details={"note": "a b"}), CALLER)
        self.assertIsNone(found["resource_id"])
        self.assertNotIn("Tremblay", str(found))
        self.assertNotIn("a b", str(found))
        self.assertNotIn(CALLER.token, str(found))
