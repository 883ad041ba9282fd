"""Wakes who waits for something to happen, whatever it is."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred


class Bell:
    """Any number of coroutines may wait for one thing to happen.

    Args:
        reactor: what times them out.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self._waiting: list[Deferred[bool]] = []

    async def wait(self, timeout_s: float) -> bool:
        """Whether anything has happened within `timeout_s` seconds."""
        waiting: Deferred[bool] = Deferred()
        self._waiting.append(waiting)
        timer = self._reactor.callLater(timeout_s, waiting.callback, False)
        try:
            return await waiting
        finally:
            if timer.active():
                timer.cancel()
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    def ring(self) -> None:
        """Something has happened."""
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(True)
