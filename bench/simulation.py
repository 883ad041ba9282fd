"""A world in which time passes only by events, and work takes the CPU time that it really took.

So a busy machine changes little in what is measured, and an idle one is done sooner than in real time. Left out are
the costs of crossing between threads and of sharing caches: what counts is measured in real time in the end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.task import Clock
from twisted.python.failure import Failure


class SimulatedReactor(Clock):
    """A clock that can be run until nothing is left to happen."""

    def callFromThread(self, callable: Callable[..., Any], *args: Any, **kw: Any) -> None:
        """Calls at once: everything is one thread here."""
        callable(*args, **kw)

    def run_until(self, is_over: Callable[[], bool]) -> None:
        """Lets events happen, each at its time, until `is_over()` says so or there are no more."""
        while self.calls and not is_over():
            self.advance(max(0.0, min(call.getTime() for call in self.calls) - self.seconds()))


class SimulatedPool:
    """Runs each job at once, and lets its result come when its CPU time has passed.

    The bridge sees to it that no more jobs are under way than there are workers.

    Args:
        clock: the world's.
    """

    def __init__(self, clock: SimulatedReactor) -> None:
        self._clock = clock

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def callInThreadWithCallback(self, onResult: Any, func: Any, *args: Any, **kw: Any) -> None:
        """See `twisted.python.threadpool.ThreadPool`."""
        before_s = time.process_time()
        try:
            outcome = (True, func(*args, **kw))
        except Exception:
            outcome = (False, Failure())
        self._clock.callLater(time.process_time() - before_s, onResult, *outcome)
