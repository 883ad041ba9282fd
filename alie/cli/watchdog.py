"""Notices a connection whose other end is gone without a word: no text and no ping for too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# The server pings every 20 s: who is not heard in twice that time is gone.
DEAD_S = 45.0
# Between looks at a server that owes something. Where nothing was heard it is asked, and at the next look given up: at
# most 4.8 s after its last word.
LOOK_S = 1.6


class Watchdog:
    """Looks at regular times whether anything was heard since the last one; no timer is moved in between.

    Args:
        reactor: its clock.
        is_owed: whether the other end should say something within a second or two, or answer when it is asked.
        ask: asks it.
        expired: called once nothing was heard for too long.
    """

    def __init__(
        self, reactor: Any, is_owed: Callable[[], bool], ask: Callable[[], None], expired: Callable[[], None]
    ) -> None:
        self._reactor = reactor
        self._is_owed = is_owed
        self._ask = ask
        self._expired = expired
        self._timer: Any = None
        self._heard_at = 0.0
        self._has_asked = False

    def start(self) -> None:
        """From now on something must be heard."""
        self.stop()
        self.hear()
        self._wait()

    def hear(self) -> None:
        """Something was."""
        self._heard_at = self._reactor.seconds()
        self._has_asked = False

    def stop(self) -> None:
        """Nothing is waited for."""
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _wait(self) -> None:
        self._timer = self._reactor.callLater(LOOK_S, self._look)

    def _look(self) -> None:
        self._timer = None
        silent_s = self._reactor.seconds() - self._heard_at
        is_owed = self._is_owed()
        if silent_s >= DEAD_S or (is_owed and self._has_asked):
            self._expired()
            return
        self._has_asked = is_owed and silent_s >= LOOK_S
        self._wait()
        if self._has_asked:
            self._ask()
