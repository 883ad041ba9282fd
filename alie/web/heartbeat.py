"""Pings a client and gives it up when it does not answer.

Autobahn's own pings would also give up a client whose pong waits unread in a socket that we have paused ourselves.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


class Heartbeat:
    """One ping every `interval_s`; without a pong for as long again the client is given up.

    Args:
        clock: the reactor.
        interval_s: seconds from a ping to the next, and the longest wait for its pong.
        ping: sends a ping.
        give_up: drops the connection.
    """

    def __init__(
        self, clock: IReactorTime, interval_s: float, ping: Callable[[], None], give_up: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._interval_s = interval_s
        self._ping = ping
        self._give_up = give_up
        self._is_owed = False
        self._is_held = False
        self._timer: IDelayedCall | None = None

    def start(self) -> None:
        """Begins with a ping after one interval."""
        self._timer = self._clock.callLater(self._interval_s, self._beat)

    def stop(self) -> None:
        """No more pings, for good. May be called at any time, repeatedly."""
        self._ping = self._give_up = _nothing  # whoever they belong to is done with
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pong(self) -> None:
        """The client has answered."""
        self._is_owed = False

    def hold(self) -> None:
        """We have stopped reading: a pong cannot be seen, so none is owed until the beat after `release`."""
        self._is_held = True

    def release(self) -> None:
        """We read again."""
        self._is_held = self._is_owed = False

    def _beat(self) -> None:
        if self._is_owed and not self._is_held:
            self._timer = None
            self._give_up()
            return
        self._is_owed = True
        self.start()
        self._ping()


def _nothing() -> None:
    """Nobody is there any more."""
