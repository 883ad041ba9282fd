"""A thread for what a request needs more than 10 ms for: the reactor has dictations to serve."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.python.threadpool import ThreadPool

from alie.engines.bridge import Bridge, BridgeReactor, Pool
from alie.engines.scheduling import Kind
from alie.errors import Capacity

T = TypeVar("T")

MAX_WAITING = 8
RETRY_AFTER_S = 2


class Workroom:
    """Does one piece of work at a time, first come first served, while a bounded number waits.

    All methods belong to the reactor thread.

    Args:
        reactor: its clock and its `callFromThread`.
        pool: for tests; by default a `ThreadPool` of its own.
    """

    def __init__(self, reactor: BridgeReactor, pool: Pool | None = None) -> None:
        self._reactor = reactor
        self._bridge = Bridge(reactor, 1, pool or ThreadPool(minthreads=0, maxthreads=1, name="alie-requests"))

    def start(self) -> None:
        """Lets work begin."""
        self._bridge.start()

    def stop(self) -> Deferred[None]:
        """Forgets what waits; fires when what is under way has ended. For once only."""
        return self._bridge.stop()

    def run(self, work: Callable[[], T]) -> Deferred[T]:
        """Queues `work`, to be called in the thread.

        Args:
            work: what to do; must not touch the reactor's side, and holds the interpreter's lock for moments only.

        Returns:
            A Deferred of its result or failure, on the reactor thread; silent after `stop`.

        Raises:
            Capacity: as much waits as may.
        """
        if self._bridge.queued_jobs >= MAX_WAITING:
            raise Capacity("Too many requests are being worked on; try again shortly", retry_after_s=RETRY_AFTER_S)
        return self._bridge.run(object(), Kind.FINAL, self._reactor.seconds(), work)
