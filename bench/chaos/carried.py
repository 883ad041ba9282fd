"""One connection through a proxy, and what befalls it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from bench.chaos.blows import Blow, BlowKind
from bench.chaos.way import Way

# Less than 32000 bytes a second of speech; and no more than a few results.
SLOW_UP, SLOW_DOWN = 20_000.0, 2_000.0
Deal = Callable[[int], Sequence[Blow]]
"""Gives the blows of a connection, by its serial number."""


class Home(Protocol):
    """What a connection needs of its proxy.

    Attributes:
        reactor: the one it runs on.
        deal: gives the blows of a connection.
        by_port: connections by the port from which the server sees them come.
    """

    reactor: Any
    deal: Deal
    by_port: dict[int, Carried]

    def struck(self, kind: BlowKind, serial: int) -> None:
        """A blow came about."""

    def forget(self, carried: Carried) -> None:
        """Both ends are gone."""


class Carried:
    """One connection through the proxy: `near` is who connected, `far` the server.

    Attributes:
        serial: its number among those of the proxy, from 0.
        far_port: by which the server knows the connection; 0 until there is one.
    """

    def __init__(self, proxy: Home, near: Any, serial: int) -> None:
        self.serial = serial
        self._proxy = proxy
        self._near, self._far = near, None
        self._up: Way | None = None
        self._down: Way | None = None
        self._early: list[bytes] = []
        self._aimed: list[tuple[int, Blow]] = []
        self._is_near_gone = self._is_far_gone = False
        self.far_port = 0

    def aim(self, blow: Blow) -> None:
        """It is to strike when enough has gone up from now on."""
        self._aimed.append(((self._up.byte_count if self._up else 0) + blow.after_bytes, blow))
        self._look()

    # -- from the two ends ---------------------------------------------------------------------------------------

    def connected(self, far: Any) -> None:
        """The server is there."""
        self._far = far
        self.far_port = far.transport.getHost().port
        self._up = Way(self._proxy.reactor, self._near.transport, far.transport)
        self._down = Way(self._proxy.reactor, far.transport, self._near.transport)
        self._proxy.by_port[self.far_port] = self
        for blow in self._proxy.deal(self.serial):
            if blow.kind is not BlowKind.REFUSED:
                self.aim(blow)
        for data in self._early:
            self._up.take(data)
        self._early.clear()
        self._look()
        if self._is_near_gone:
            self._up.end(far.transport.loseConnection)

    def from_near(self, data: bytes) -> None:
        """Bytes on their way up."""
        if self._up is None:
            self._early.append(data)
            return
        self._up.take(data)
        self._look()

    def from_far(self, data: bytes) -> None:
        """Bytes on their way down."""
        assert self._down is not None
        self._down.take(data)

    def near_gone(self, is_clean: bool) -> None:
        """Who connected has gone."""
        self._is_near_gone = True
        if self._down is not None:
            self._down.stop()
        if self._up is not None and self._far is not None:
            self._up.end(_ending(self._far.transport, is_clean))
        self._forget()

    def far_gone(self, is_clean: bool) -> None:
        """The server has gone."""
        self._is_far_gone = True
        if self._up is not None:
            self._up.stop()
        if self._down is not None:
            self._down.end(_ending(self._near.transport, is_clean))
        else:
            self._near.transport.abortConnection()
        self._forget()

    def abort(self) -> None:
        """Resets both ends."""
        self._near.transport.abortConnection()
        if self._far is not None:
            self._far.transport.abortConnection()

    def _forget(self) -> None:
        if self._is_near_gone and (self._is_far_gone or self._far is None):
            self._proxy.forget(self)

    # -- blows ---------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self._up is None:
            return
        for due in [one for one in self._aimed if one[0] <= self._up.byte_count]:
            self._aimed.remove(due)
            self._strike(due[1])

    def _strike(self, blow: Blow) -> None:
        up, down, far = self._up, self._down, self._far
        if up is None or down is None or far is None or self._is_near_gone or self._is_far_gone:
            return
        self._proxy.struck(blow.kind, self.serial)
        match blow.kind:
            case BlowKind.RESET:
                self.abort()
            case BlowKind.FIN:
                self._near.transport.loseConnection()
                far.transport.loseConnection()
            case BlowKind.STALL | BlowKind.SLOW_ACCEPT:
                up.hold(blow.for_s)
                down.hold(blow.for_s)
            case BlowKind.DELAY:
                up.delay(blow.for_s)
                down.delay(blow.for_s)
            case BlowKind.THROTTLE:
                up.throttle(SLOW_UP, blow.for_s)
                down.throttle(SLOW_DOWN, blow.for_s)
            case BlowKind.OVERTAKEN:
                up.delay(blow.for_s)
                self._proxy.reactor.callLater(blow.for_s / 4, self._overtake, blow.for_s)
            case BlowKind.DEAF_UP:
                up.swallow()
            case BlowKind.DEAF_DOWN:
                down.swallow()
            case BlowKind.BLACK_HOLE:
                up.swallow()
                down.swallow()

    def _overtake(self, for_s: float) -> None:
        """The near end is reset; the far one hears nothing of it for now."""
        if self._up is not None and not self._is_near_gone:
            self._up.delay(2 * for_s)
            self._near.transport.abortConnection()


def _ending(transport: Any, is_clean: bool) -> Callable[[], None]:
    return transport.loseConnection if is_clean else transport.abortConnection  # type: ignore[no-any-return]
