"""The one crossing between the reactor thread and worker threads.

Jobs go over with a kind and a due time, results come back by `reactor.callFromThread`; `scheduling.choose` decides
who goes first. The pool is Alie's own: Twisted's resolves host names too, and must not wait behind speech. What
waits is bounded, since an owner may have one job of each kind at a time.

All methods belong to the reactor thread; only the work itself runs in a worker.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from alie.engines.scheduling import Kind, Ticket, choose

T = TypeVar("T")

LOWER_BY = 5
"""Added to the daemon's own niceness for threads that only compute."""

_SWITCH_INTERVAL_S = 0.001
"""After so long a worker gives up the interpreter's lock to the reactor; Python's own 5 ms would be felt."""


class BridgeReactor(Protocol):
    """What the bridge needs of a reactor."""

    def seconds(self) -> float:
        """The reactor's clock."""

    def callFromThread(self, callable: Callable[..., Any], *args: Any, **kw: Any) -> None:
        """Has the reactor thread call it."""


class Pool(Protocol):
    """What the bridge needs of `twisted.python.threadpool.ThreadPool`."""

    def start(self) -> None:
        """Lets threads run."""

    def stop(self) -> None:
        """Waits for all work to end."""

    def callInThreadWithCallback(self, onResult: Any, func: Any, *args: Any, **kw: Any) -> None:
        """Runs `func` in a thread, then `onResult(success, result)` in the same."""


@dataclass(slots=True)
class _Job:
    owner: object
    ticket: Ticket
    work: Callable[[], Any]
    done: Deferred[Any] = field(default_factory=Deferred)
    is_forgotten: bool = False


class Bridge:
    """Runs jobs in threads of its own, the most urgent first.

    Args:
        reactor: its clock and its `callFromThread`.
        workers: long jobs that may run at once, at least 1; one thread more is kept for short ones.
        pool: for tests; by default a `ThreadPool` of the right size.
    """

    def __init__(self, reactor: BridgeReactor, workers: int, pool: Pool | None = None) -> None:
        self._reactor = reactor
        self._workers = workers
        threads = workers + 1
        self._pool: Pool = pool or ThreadPool(minthreads=0, maxthreads=threads, name="alie-speech")
        self._queued: dict[tuple[object, Kind], _Job] = {}
        self._running: dict[int, _Job] = {}
        self._submitted = 0
        self._stopping: Deferred[None] | None = None
        self.busy_s = 0.0
        """Seconds that long jobs have run, all workers together."""

    @property
    def busy_workers(self) -> int:
        """Long jobs that run now."""
        return sum(job.ticket.kind is not Kind.LISTEN for job in self._running.values())

    @property
    def queued_jobs(self) -> int:
        """Jobs that wait for a worker."""
        return len(self._queued)

    def start(self) -> None:
        """Lets jobs run."""
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        self._pool.start()

    def run(self, owner: object, kind: Kind, due_s: float, work: Callable[[], T]) -> Deferred[T]:
        """Queues `work`, to be called in a worker thread.

        Args:
            owner: who may `abort` it; has at most one job of a kind.
            kind: how urgent.
            due_s: reactor time at which the result is wanted; earlier goes first.
            work: what to do; must not touch the reactor's side.

        Returns:
            A Deferred of its result or failure, on the reactor thread; silent after `abort` and `stop`.

        Raises:
            ValueError: the owner has a job of this kind already.
        """
        if self.is_under_way(owner, kind):
            raise ValueError(f"There is a {kind.name} job of this owner under way")
        self._submitted += 1
        job = _Job(owner, Ticket(kind, due_s, self._submitted), work)
        self._queued[owner, kind] = job
        self._dispatch()
        return job.done

    def is_under_way(self, owner: object, *kinds: Kind) -> bool:
        """Whether the owner has a job of one of these kinds that waits or runs."""
        if any((owner, kind) in self._queued for kind in kinds):
            return True
        return any(job.owner is owner and job.ticket.kind in kinds for job in self._running.values())

    def withdraw(self, owner: object, *kinds: Kind) -> None:
        """Forgets the owner's jobs of these kinds that wait; those that run go on."""
        for kind in kinds:
            self._queued.pop((owner, kind), None)

    def abort(self, owner: object) -> None:
        """Forgets the owner's jobs: those that wait never run, the result of those that run is dropped."""
        for key in [key for key in self._queued if key[0] is owner]:
            del self._queued[key]
        for job in self._running.values():
            job.is_forgotten = job.is_forgotten or job.owner is owner

    def stop(self) -> Deferred[None]:
        """Forgets all jobs and ends the threads; fires when the last one has ended. For once only."""
        self._queued.clear()
        for job in self._running.values():
            job.is_forgotten = True
        self._stopping = Deferred()
        stopping = self._stopping
        self._stop_when_idle()
        return stopping

    def _stop_when_idle(self) -> None:
        # `ThreadPool.stop` joins its threads: with a job under way it would hold up the reactor until the job ends.
        if self._stopping is not None and not self._stopping.called and not self._running:
            self._pool.stop()
            self._stopping.callback(None)

    def _dispatch(self) -> None:
        while self._stopping is None:
            now_s = self._reactor.seconds()
            tickets = {job.ticket: job for job in self._queued.values()}
            running = [job.ticket for job in self._running.values()]
            ticket = choose(tickets, running, now_s, self._workers)
            if ticket is None:
                return
            job = tickets[ticket]
            del self._queued[job.owner, ticket.kind]
            self._begin(job, now_s)

    def _begin(self, job: _Job, now_s: float) -> None:
        self._running[job.ticket.number] = job

        def on_result(is_success: bool, result: Any) -> None:
            self._reactor.callFromThread(self._end, job, now_s, is_success, result)

        self._pool.callInThreadWithCallback(on_result, job.work)

    def _end(self, job: _Job, began_s: float, is_success: bool, result: Any) -> None:
        del self._running[job.ticket.number]
        if job.ticket.kind is not Kind.LISTEN:
            self.busy_s += self._reactor.seconds() - began_s
        if not job.is_forgotten:
            job.done.callback(result) if is_success else job.done.errback(result)
        self._dispatch()
        self._stop_when_idle()


def with_low_priority(work: Callable[[], T]) -> T:
    """Calls `work` in a thread of lower priority, and waits for it. Called in a worker thread.

    Threads that `work` starts, such as a recogniser's, keep that priority, so that they never take the reactor's
    turn. The workers themselves keep theirs: they hold the interpreter's lock now and then, and a lock held by
    a thread that is not let run would hold up the reactor for longer than its turn would have taken.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def call() -> None:
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + LOWER_BY)
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=call, name="alie-speech-load")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def failure_name(failure: Failure) -> str:
    """The failure's type, for logs: its text may hold what was said."""
    return failure.type.__name__ if failure.type is not None else "unknown"
