"""The thread in which the SDK's asyncio loop runs, and the two crossings between it and the reactor's.

To the loop goes `AsyncioThread.call`, to the reactor `Inbox.put`; there is no other way over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from alie.engines.bridge import BridgeReactor, Pool, failure_name

CALLS_AT_ONCE = 16
"""Results that one turn of the reactor takes, at most: a turn should not last."""


class Inbox:
    """Calls on their way to the reactor's thread, in order, those that are ready together in one go."""

    def __init__(self, reactor: BridgeReactor) -> None:
        self._reactor = reactor
        self._calls: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._is_coming = False

    def put(self, function: Callable[..., object], *arguments: object) -> None:
        """Has the reactor's thread call it. Called in any thread."""
        self._calls.append((function, arguments))
        if not self._is_coming:
            self._come()

    def _come(self) -> None:
        self._is_coming = True
        self._reactor.callFromThread(self._make_calls)

    def _make_calls(self) -> None:
        # Before the deque is read: what is put from now on comes by itself, at worst to an empty one.
        self._is_coming = False
        try:
            for _ in range(min(CALLS_AT_ONCE, len(self._calls))):
                function, arguments = self._calls.popleft()
                function(*arguments)
        finally:
            if self._calls and not self._is_coming:
                self._come()


class AsyncioThread:
    """An asyncio loop in a thread of a pool of Alie's own. All methods belong to the reactor's thread.

    Args:
        reactor: its `callFromThread`.
        last: called in the thread when the loop has ended, to give back what was used there.
        pool: for tests; by default a `ThreadPool` of one.
    """

    _log = Logger()

    def __init__(self, reactor: BridgeReactor, last: Callable[[], None], pool: Pool | None = None) -> None:
        self._reactor = reactor
        self._last = last
        self._pool: Pool = pool or ThreadPool(minthreads=0, maxthreads=1, name="alie-sdk")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_asked = asyncio.Event()
        self._stopped: Deferred[None] = Deferred()

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Has the loop's thread call it, soon and in order; starts the thread at the first call.
        Does nothing after `stop`."""
        if self._stop_asked.is_set():
            return
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._pool.start()
            self._pool.callInThreadWithCallback(self._on_ended, self._run, self._loop)
        self._loop.call_soon_threadsafe(function, *arguments)

    def stop(self) -> Deferred[None]:
        """Cancels every task, ends loop and thread; fires when they have ended. For once only."""
        if self._loop is None:
            self._stop_asked.set()
            self._stopped.callback(None)
        else:
            self._loop.call_soon_threadsafe(self._stop_asked.set)
        return self._stopped

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self._serve())
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()
            self._last()

    async def _serve(self) -> None:
        await self._stop_asked.wait()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _on_ended(self, is_success: bool, result: object) -> None:
        self._reactor.callFromThread(self._tell_ended, is_success, result)

    def _tell_ended(self, is_success: bool, result: object) -> None:
        if not is_success and isinstance(result, Failure):
            self._log.error(
                "The thread of the SDK ended badly: {error}", event="engine.thread_failed", error=failure_name(result)
            )
        # Joins a thread that has nothing left to do.
        self._pool.stop()
        self._stopped.callback(None)
