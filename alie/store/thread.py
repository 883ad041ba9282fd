"""The one thread in which the embedded database is used: the reactor never waits for a disk.

All methods belong to the reactor thread; only the work itself runs in the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.python.threadpool import ThreadPool

from alie.engines.bridge import Pool
from alie.errors import DatabaseUnavailable

T = TypeVar("T")

MAX_WAITING = 64
"""Pieces of work under way and waiting, together. One takes a few milliseconds, so this is under a second's."""


class ThreadReactor(Protocol):
    """What the thread needs of a reactor."""

    def callFromThread(self, callable: Callable[..., Any], *args: Any, **kw: Any) -> None:
        """Has the reactor thread call it."""


class StoreThread:
    """Does one piece of work at a time, first come first served. Unlike the bridge it forgets nothing when it stops:
    what was taken is written.

    Args:
        reactor: its `callFromThread`.
        pool: for tests; by default a `ThreadPool` of its own, with one thread.
    """

    def __init__(self, reactor: ThreadReactor, pool: Pool | None = None) -> None:
        self._reactor = reactor
        self._pool: Pool = pool or ThreadPool(minthreads=0, maxthreads=1, name="alie-store")
        self._under_way = 0
        self._is_open = False
        self._is_started = False

    def start(self) -> None:
        """Lets work begin."""
        self._is_open = self._is_started = True
        self._pool.start()

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        """Queues `work`, to be called in the thread.

        Returns:
            A Deferred of its result or failure, on the reactor thread.

        Raises:
            DatabaseUnavailable: as much waits as may, or the thread is not running.
        """
        if not self._is_open or self._under_way >= MAX_WAITING:
            raise DatabaseUnavailable
        return self._queue(work)

    def stop(self, last: Callable[[], None]) -> Deferred[None]:
        """Takes no more work; does what waits, then `last`. Fires when the thread has ended. At once, if it was never
        started. For once only."""
        if not self._is_started:
            return succeed(None)
        self._is_open = False
        return self._queue(last).addBoth(self._end)

    def _queue(self, work: Callable[[], T]) -> Deferred[T]:
        self._under_way += 1
        done: Deferred[T] = Deferred()

        def on_result(is_success: bool, result: Any) -> None:
            self._reactor.callFromThread(self._tell, done, is_success, result)

        self._pool.callInThreadWithCallback(on_result, work)
        return done

    def _tell(self, done: Deferred[T], is_success: bool, result: Any) -> None:
        self._under_way -= 1
        done.callback(result) if is_success else done.errback(result)

    def _end(self, result: Any) -> Any:
        # The last work has ended, so this joins an idle thread.
        self._pool.stop()
        return result
