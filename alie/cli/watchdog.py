"""Notices a connection whose other end is gone without a word: no text and no ping for too long."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Watchdog:
    """One timer, which is not moved when something is heard but finds that out when it fires.

    Args:
        reactor: its clock.
        patience_s: how long nothing may be heard, in seconds.
        expired: called once that is over.
    """

    def __init__(self, reactor: Any, patience_s: float, expired: Callable[[], None]) -> None:
        self._reactor = reactor
        self._patience_s = patience_s
        self._expired = expired
        self._timer: Any = None
        self._heard_at = 0.0

    def start(self) -> None:
        """From now on something must be heard."""
        self.stop()
        self.hear()
        self._timer = self._reactor.callLater(self._patience_s, self._look)

    def hear(self) -> None:
        """Something was."""
        self._heard_at = self._reactor.seconds()

    def stop(self) -> None:
        """Nothing is waited for."""
        timer, self._timer = self._timer, None
        if timer is not None and timer.active():
            timer.cancel()

    def _look(self) -> None:
        left_s = self._heard_at + self._patience_s - self._reactor.seconds()
        if left_s > 0:
            self._timer = self._reactor.callLater(left_s, self._look)
        else:
            self._timer = None
            self._expired()
