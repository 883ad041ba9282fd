"""Requests one after the other, in their share of the reactor's time: a rush of them must not hold up dictations.

Two thousand upgrades at once are a second of work. Done as they come, they are one turn of the reactor in which no
dictation is served; done here, a dictation waits for a few of them at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from alie.fair_share import FairShare

SHARE = 0.75
BURST_S = 0.005


class Turnstile:
    """Does what there is to do at once while that is little, and else in its order, bit by bit.

    All methods belong to the reactor thread. What waits is bounded by whoever comes: a connection waits once.

    Args:
        clock: the reactor.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._share = FairShare(SHARE, BURST_S)
        self._waiting: deque[Callable[[], None]] = deque()
        self._timer: IDelayedCall | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def is_free(self) -> bool:
        """Whether work that comes now may be done at once, with `run`; else it must `wait`."""
        return not self._waiting and not self._share.wait_s(self._clock.seconds())

    def run(self, work: Callable[[], None]) -> None:
        """Does it now, and takes down how long that took."""
        began_s = self._clock.seconds()
        try:
            work()
        finally:
            now = self._clock.seconds()
            self._share.spend(now - began_s, now)

    def wait(self, work: Callable[[], None]) -> None:
        """Has it done when its turn comes."""
        self._waiting.append(work)
        self._arm()

    def enter(self, work: Callable[[], None]) -> None:
        """Has it done now, or when its turn comes."""
        if self.is_free():
            self.run(work)
        else:
            self.wait(work)

    def stop(self) -> None:
        """Forgets what waits."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is None and self._waiting:
            self._timer = self._clock.callLater(self._share.wait_s(self._clock.seconds()), self._turn)

    def _turn(self) -> None:
        self._timer = None
        # What the time since the last turn has earned, and once more: it is the turn's length that a dictation feels.
        try:
            # What is done may itself have waited, for which there was another timer.
            if self._waiting:
                self.run(self._waiting.popleft())
            while self._is_due():
                self.run(self._waiting.popleft())
        finally:
            self._arm()

    def _is_due(self) -> bool:
        """Whether something waits whose turn has come."""
        return bool(self._waiting) and not self._share.wait_s(self._clock.seconds())
