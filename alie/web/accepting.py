"""Takes new connections a few at a time: the others wait in the kernel's backlog, where they cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.tcp import Port

AT_ONCE = 8
WINDOW_S = 0.002
"""In which no more than `AT_ONCE` are taken: up to 4,000 in a second, at a tenth of a millisecond each."""


class Accepting:
    """Paces listening ports, all together. Twisted's own takes up to a hundred at once, and then more each time.

    Args:
        clock: the reactor.
        in_turn: calls back after those who wait to be looked at now, at once if nobody does: whoever keeps asking on
            connections that are there must not keep others from coming.
    """

    def __init__(self, clock: IReactorTime, in_turn: Callable[[Callable[[], None]], None]) -> None:
        self._clock = clock
        self._in_turn = in_turn
        self._is_paused = False
        self._taken = 0
        self._window_ends_at = 0.0
        self._ports: list[Any] = []
        self._timer: IDelayedCall | None = None

    def pace(self, port: Any) -> None:
        """From now on, until `stop`; a port that is none of `twisted.internet.tcp` is let be."""
        if isinstance(port, Port):
            self._ports.append(port)
            port.numberAccepts = AT_ONCE

    def taken(self) -> None:
        """A connection was taken. Whoever comes one by one is not held up."""
        if not self._ports or self._is_paused:
            return
        now = self._clock.seconds()
        if now >= self._window_ends_at:
            self._window_ends_at, self._taken = now + WINDOW_S, 0
        self._taken += 1
        if self._taken >= AT_ONCE:
            self._is_paused = True
            for port in self._ports:
                port.stopReading()
            self._timer = self._clock.callLater(self._window_ends_at - now, self._rested)

    def stop(self) -> None:
        """The ports are about to close."""
        self._ports.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rested(self) -> None:
        self._timer = None
        self._in_turn(self._go_on)

    def _go_on(self) -> None:
        self._is_paused = False
        for port in self._ports:
            port.numberAccepts = AT_ONCE
            port.startReading()
