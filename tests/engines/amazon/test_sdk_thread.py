"""The crossings between the reactor's thread and the loop's."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.engines.amazon.sdk_thread import CALLS_AT_ONCE, AsyncioThread, Inbox
from tests.engines.fakes import QueueReactor


class CountingReactor(QueueReactor):
    """Counts how often a thread has woken it."""

    def __init__(self) -> None:
        super().__init__()
        self.wakes = 0

    def callFromThread(self, callable: object, *args: object, **kw: object) -> None:
        self.wakes += 1
        super().callFromThread(callable, *args, **kw)  # type: ignore[arg-type]


class InboxTests(SynchronousTestCase):
    """In order, together, and never too many in one turn."""

    def setUp(self) -> None:
        self.clock = CountingReactor()
        self.inbox = Inbox(self.clock)
        self.came: list[int] = []

    def test_together(self) -> None:
        """What is ready together wakes the reactor once."""
        for number in range(3):
            self.inbox.put(self.came.append, number)
        self.assertEqual(self.came, [])
        self.clock.settle()
        self.assertEqual((self.came, self.clock.wakes), ([0, 1, 2], 1))

    def test_again(self) -> None:
        """What comes later wakes it again."""
        for number in range(2):
            self.inbox.put(self.came.append, number)
            self.clock.settle()
        self.assertEqual((self.came, self.clock.wakes), ([0, 1], 2))

    def test_many(self) -> None:
        """A turn takes some; the others have turns of their own."""
        many = range(2 * CALLS_AT_ONCE + 1)
        for number in many:
            self.inbox.put(self.came.append, number)
        self.clock.settle()
        self.assertEqual((self.came, self.clock.wakes), (list(many), 3))

    def test_one_fails(self) -> None:
        """A listener that fails does not hold up the others."""
        self.inbox.put(lambda: 1 // 0)
        self.inbox.put(self.came.append, 1)
        self.assertRaises(ZeroDivisionError, self.clock.settle)
        self.clock.settle()
        self.assertEqual(self.came, [1])


class ThreadTests(TestCase):
    """A real thread, that ends."""

    timeout = 10

    def setUp(self) -> None:
        self.last: list[str] = []
        clock: Any = reactor
        self.thread = AsyncioThread(clock, lambda: self.last.append(threading.current_thread().name))

    async def test_never_used(self) -> None:
        """No thread is started for nothing."""
        await self.thread.stop()
        self.thread.call(self.last.append, "after")
        self.assertEqual(self.last, [])

    async def test_stop_with_tasks(self) -> None:
        """Calls are made in order in one thread; tasks that would wait for ever are cancelled at the end."""
        names: list[str] = []
        begun: Deferred[None] = Deferred()

        async def wait() -> None:
            reactor.callFromThread(begun.callback, None)  # type: ignore[attr-defined]
            try:
                await asyncio.Event().wait()
            finally:
                names.append("cancelled")

        tasks: list[asyncio.Task[None]] = []
        self.thread.call(lambda: names.append(threading.current_thread().name))
        self.thread.call(lambda: tasks.append(asyncio.get_running_loop().create_task(wait())))
        await begun
        await self.thread.stop()
        worker = names[0]
        self.assertNotEqual(worker, threading.current_thread().name)
        self.assertEqual((names[1:], self.last), (["cancelled"], [worker]))
        self.assertNotIn(worker, [thread.name for thread in threading.enumerate()])
