"""How late a process runs its own timers: whoever measures others must know that it was not itself the cause."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

STEP_S = 0.05


class Lateness:
    """Looks every 50 ms, from now until `stop`.

    Args:
        clock: the reactor.

    Attributes:
        worst_s: the longest delay so far, in seconds.
        total_s: all of them together.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.worst_s = self.total_s = 0.0
        self._clock = clock
        self._last_s = clock.seconds()
        self._loop = LoopingCall(self._look)
        self._loop.clock = clock
        self._loop.start(STEP_S, now=False)

    def stop(self) -> None:
        """Ends it. May be called twice."""
        if self._loop.running:
            self._loop.stop()

    def _look(self) -> None:
        now = self._clock.seconds()
        late_s = max(0.0, now - self._last_s - STEP_S)
        self.worst_s = max(self.worst_s, late_s)
        self.total_s += late_s
        self._last_s = now
