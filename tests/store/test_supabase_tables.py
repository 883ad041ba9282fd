"""How much is asked of Supabase at once."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.iweb import IAgent
from zope.interface import implementer

from alie.errors import DatabaseUnavailable
from alie.principal import SUPABASE, Caller, Principal
from alie.store.supabase_tables import MAX_AT_ONCE, MAX_WAITING, SupabaseTables
from alie.supabase import TIMEOUT_S, SupabaseHttp

ANNA = Caller(Principal("0a000000-0000-4000-8000-000000000001", SUPABASE), "token")


@implementer(IAgent)
class Silence:
    """An agent that is never answered."""

    def __init__(self) -> None:
        self.asked = 0

    def request(self, method: bytes, uri: bytes, headers: Any = None, bodyProducer: Any = None) -> Deferred[Any]:
        """Counts it."""
        self.asked += 1
        return Deferred()


class Bounds(SynchronousTestCase):
    """A project that does not answer is asked a bounded number of times, and holds up a bounded number of callers."""

    def setUp(self) -> None:
        """A project that says nothing."""
        self.clock, self.agent = Clock(), Silence()
        self.tables = SupabaseTables(SupabaseHttp(self.clock, "https://x.example", "key", agent=self.agent))

    def ask(self) -> Deferred[Any]:
        """Asks for some rows."""
        return Deferred.fromCoroutine(self.tables.rows(ANNA, "clinics"))

    def test_bounds(self) -> None:
        waiting = [self.ask() for _ in range(MAX_AT_ONCE + MAX_WAITING)]
        self.assertEqual(self.agent.asked, MAX_AT_ONCE)
        self.failureResultOf(self.ask(), DatabaseUnavailable)
        self.clock.advance(TIMEOUT_S)
        for each in waiting[:MAX_AT_ONCE]:
            self.failureResultOf(each, DatabaseUnavailable)
        self.assertEqual(self.agent.asked, 2 * MAX_AT_ONCE)
        self.clock.pump([TIMEOUT_S] * (MAX_WAITING // MAX_AT_ONCE))
        for each in waiting[MAX_AT_ONCE:]:
            self.failureResultOf(each, DatabaseUnavailable)
        self.assertEqual(self.agent.asked, len(waiting))

    def test_stop(self) -> None:
        """It takes no longer than one answer may: what still waits for its turn is refused."""
        waiting = [self.ask() for _ in range(3 * MAX_AT_ONCE)]
        stopping = self.tables.stop()
        self.assertNoResult(stopping)
        self.clock.advance(TIMEOUT_S)
        self.successResultOf(stopping)
        for each in (*waiting, self.ask()):
            self.failureResultOf(each, DatabaseUnavailable)
        self.assertEqual(self.agent.asked, MAX_AT_ONCE)
