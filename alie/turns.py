"""How often the reactor looks at its sockets where there are many.

With hundreds of sessions a frame or a result comes every 300 us, and to wake up for each costs more than what is then
done: a process that has slept finds its caches cold and the kernel in its way. So where there are many sockets, looks
are at least a millisecond apart, and each finds what has come meanwhile. Words that are heard after a third of a second
are told up to a millisecond later on each of their two ways; `bench/README.md` has what that is worth. It is no poll: a
reactor that has nothing to do sleeps as ever, and one that cannot keep up does not pause.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PAUSE_S = 0.001
MANY_SOCKETS = 64
"""Fewer are served at once: below this something comes every 2 ms at most."""


class Turns:
    """To be put in the place of a reactor's `doIteration`, whose turns it makes rarer.

    Args:
        turn: waits so many seconds at most (None: for ever) for something to happen, and deals with all that has.
        sockets: how many clients there are.
        seconds: a steady clock.
        sleep: waits.
    """

    def __init__(
        self,
        turn: Callable[[float | None], Any],
        sockets: Callable[[], int],
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._turn = turn
        self._sockets = sockets
        self._seconds = seconds
        self._sleep = sleep
        self._looked_at = 0.0

    def __call__(self, delay_s: float | None) -> None:
        """One turn. `delay_s`: until the next timer; 0 where something is to be done at once."""
        if self._sockets() >= MANY_SOCKETS and (delay_s is None or delay_s > 0):
            now = self._seconds()
            rest_s = self._looked_at + PAUSE_S - now
            if delay_s is not None:
                rest_s = min(rest_s, delay_s)
            if rest_s > 0:
                self._sleep(rest_s)
                delay_s = None if delay_s is None else delay_s - rest_s
                now += rest_s
            self._looked_at = now
        self._turn(delay_s)
