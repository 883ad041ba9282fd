"""Keys: asked for in a thread, kept, refreshed, renewed; never logged."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.credentials import Credentials as StaticKeys  # type: ignore[import-untyped]
from botocore.credentials import RefreshableCredentials  # type: ignore[import-untyped]
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.python.threadpool import ThreadPool
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.engines.amazon.credentials import NOT_FOUND, Credentials
from alie.faults import Fault, StreamFailed
from tests.engines.fakes import QueueReactor, ThreadlessPool


class Chain:
    """Answers as the provider chain would; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer: Any = StaticKeys("AKIDONE", "secret-one", "token-one")

    def __call__(self) -> Any:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Case(SynchronousTestCase):
    """A provider without threads, and a record of the log."""

    def setUp(self) -> None:
        self.reactor, self.pool, self.chain = QueueReactor(), ThreadlessPool(), Chain()
        self.credentials = Credentials(self.reactor, self.chain, self.pool)
        self.said: list[Any] = []
        globalLogPublisher.addObserver(self.said.append)
        self.addCleanup(globalLogPublisher.removeObserver, self.said.append)

    def work(self) -> None:
        """Lets the thread do all it has to do."""
        while self.pool.waiting:
            self.pool.perform()
            self.reactor.settle()

    def fault(self, deferred: Deferred[Any]) -> StreamFailed:
        error = self.failureResultOf(deferred, StreamFailed).value
        self.assertIs(error.fault, Fault.CREDENTIALS)
        return error


class Static(Case):
    """Keys that do not end."""

    def test_they_are_asked_for_once_at_start(self) -> None:
        self.credentials.start()
        self.work()
        for _ in range(3):
            keys = self.successResultOf(self.credentials.get())
        self.assertEqual((keys.access_key, keys.secret_key, keys.token), ("AKIDONE", "secret-one", "token-one"))
        self.assertEqual(self.chain.asked, 1)
        self.assertEqual(self.pool.waiting.__len__(), 0)
        self.assertIsNone(self.credentials.problem)

    def test_all_who_wait_share_one_answer(self) -> None:
        self.credentials.start()
        waiting = [self.credentials.get() for _ in range(3)]
        for deferred in waiting:
            self.assertNoResult(deferred)
        self.work()
        self.assertEqual(len({id(self.successResultOf(deferred)) for deferred in waiting}), 1)
        self.assertEqual(self.chain.asked, 1)

    def test_who_does_not_wait_any_more_is_forgotten(self) -> None:
        self.credentials.start()
        gone, stays = self.credentials.get(), self.credentials.get()
        gone.cancel()
        self.failureResultOf(gone, CancelledError)
        self.work()
        self.successResultOf(stays)

    def test_refused_keys_are_asked_for_again_by_the_first_who_says_so(self) -> None:
        self.credentials.start()
        self.work()
        refused = self.successResultOf(self.credentials.get())
        self.chain.answer = StaticKeys("AKIDTWO", "secret-two")
        for _ in range(3):
            self.credentials.renew(refused)
        waiting = self.credentials.get()
        self.assertNoResult(waiting)
        self.work()
        self.assertEqual(self.successResultOf(waiting).access_key, "AKIDTWO")
        self.credentials.renew(refused)  # a late one
        self.assertEqual(self.successResultOf(self.credentials.get()).access_key, "AKIDTWO")
        self.assertEqual(self.chain.asked, 2)


class Missing(Case):
    """No keys."""

    def test_none_are_found(self) -> None:
        self.chain.answer = None
        self.credentials.start()
        waiting = self.credentials.get()
        self.work()
        self.fault(waiting)
        self.assertEqual(self.credentials.problem, NOT_FOUND)

    def test_they_may_be_there_later(self) -> None:
        self.chain.answer = None
        self.credentials.start()
        self.work()
        self.chain.answer = StaticKeys("AKIDTWO", "secret-two")
        waiting = self.credentials.get()
        self.work()
        self.assertEqual(self.successResultOf(waiting).access_key, "AKIDTWO")
        self.assertIsNone(self.credentials.problem)

    def test_a_chain_that_fails_is_told_by_its_kind_only(self) -> None:
        self.chain.answer = RuntimeError("secret-one")
        self.credentials.start()
        waiting = self.credentials.get()
        self.work()
        self.assertEqual(self.fault(waiting).detail, "RuntimeError")
        self.assertIn("RuntimeError", self.credentials.problem or "")
        self.assertNotIn("secret-one", repr(self.said) + (self.credentials.problem or ""))


class Temporary(Case):
    """Keys that end."""

    def setUp(self) -> None:
        super().setUp()
        self.clock = Clock()
        self.lent = 0
        self.chain.answer = RefreshableCredentials.create_from_metadata(
            self.lend(), self.lend, "test", advisory_timeout=900, mandatory_timeout=600
        )
        self.chain.answer._time_fetcher = self.now

    def now(self) -> Any:
        return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=self.clock.seconds())

    def lend(self) -> dict[str, str]:
        self.lent += 1
        until = (self.now() + timedelta(hours=1)).isoformat()
        return {"access_key": f"AKID{self.lent}", "secret_key": "s", "token": "t", "expiry_time": until}

    def key(self) -> str:
        return str(self.successResultOf(self.credentials.get()).access_key)

    def test_they_are_refreshed_in_the_background_before_they_end(self) -> None:
        self.credentials.start()
        self.work()
        self.clock.advance(3600 - 901)
        self.assertEqual(self.key(), "AKID1")
        self.assertEqual(len(self.pool.waiting), 0)
        self.clock.advance(2)
        self.assertEqual(self.key(), "AKID1")
        self.work()
        self.assertEqual(self.key(), "AKID2")

    def test_those_about_to_end_are_not_handed_out(self) -> None:
        self.credentials.start()
        self.work()
        self.clock.advance(3600 - 599)
        waiting = self.credentials.get()
        self.assertNoResult(waiting)
        self.work()
        self.assertEqual(self.successResultOf(waiting).access_key, "AKID2")
        self.assertEqual(self.chain.asked, 1)

    def test_an_answer_that_was_under_way_when_keys_were_refused_is_not_taken(self) -> None:
        self.credentials.start()
        self.work()
        refused = self.successResultOf(self.credentials.get())
        self.clock.advance(3600 - 800)
        self.credentials.get()  # begins to refresh
        self.chain.answer = StaticKeys("AKIDNEW", "s")
        self.credentials.renew(refused)
        waiting = self.credentials.get()
        self.work()
        self.assertEqual(self.successResultOf(waiting).access_key, "AKIDNEW")


class Stopping(Case):
    """The end."""

    def test_whoever_waits_is_told_and_the_thread_is_waited_for(self) -> None:
        self.credentials.start()
        waiting = self.credentials.get()
        stopped = self.credentials.stop()
        self.fault(waiting)
        self.assertNoResult(stopped)
        self.work()
        self.successResultOf(stopped)
        self.assertFalse(self.pool.is_running)
        self.fault(self.credentials.get())

    def test_it_need_not_have_been_started(self) -> None:
        self.fault(self.credentials.get())
        self.successResultOf(self.credentials.stop())


class Secrets(Case):
    """Keys are never logged."""

    def test_nothing_is_said_of_them(self) -> None:
        self.credentials.start()
        self.work()
        self.credentials.renew(self.successResultOf(self.credentials.get()))
        self.work()
        self.assertNotIn("one", repr(self.said))

    def test_botocores_debug_messages_of_signing_are_off(self) -> None:
        import alie.engines.amazon.signing  # noqa: F401

        self.assertFalse(logging.getLogger("botocore.auth").isEnabledFor(logging.DEBUG))


class InAThread(TestCase):
    """With a real thread and a real reactor."""

    def test_the_chain_is_asked_in_another_thread(self) -> None:
        from twisted.internet import reactor

        threads: list[str] = []

        def resolve() -> Any:
            threads.append(threading.current_thread().name)
            return StaticKeys("AKIDONE", "secret-one")

        pool = ThreadPool(0, 1, name="test-aws")
        credentials = Credentials(reactor, resolve, pool)  # type: ignore[arg-type]
        credentials.start()

        def check(keys: Any) -> Deferred[None]:
            self.assertEqual(keys.access_key, "AKIDONE")
            self.assertNotIn(threading.current_thread().name, threads)
            return credentials.stop()

        return credentials.get().addCallback(check)  # type: ignore[return-value]
