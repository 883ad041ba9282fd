"""A way to a server on loopback on which connections fail as they were told to."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import ClientFactory, Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from bench.chaos.blows import BlowKind, Strike
from bench.chaos.carried import Carried, Deal

HOST = "127.0.0.1"


class Proxy:
    """Listens on a port of its own and carries what connects to a port of this machine.

    Args:
        reactor: the one it runs on.
        port: of the server; it may be down for a while.
        deal: gives a connection's blows when it is accepted; more may be aimed later.

    Attributes:
        port: where it listens, after `start`.
        strikes: every blow that came about, in order.
        by_port: connections by the port from which the server sees them come.
        accepted_s: when each connection was accepted.
    """

    def __init__(self, reactor: Any, port: int, deal: Deal) -> None:
        self.reactor = reactor
        self.deal = deal
        self.port = 0
        self.strikes: list[Strike] = []
        self.by_port: dict[int, Carried] = {}
        self.accepted_s: list[float] = []
        self._target = port
        self._listening: Any = None
        self._carried: set[Carried] = set()
        self._gone: Deferred[None] | None = None

    def start(self) -> None:
        """Listens."""
        factory = Factory.forProtocol(_Near)
        factory.noisy = False  # type: ignore[attr-defined]
        factory.proxy = self  # type: ignore[attr-defined]
        self._listening = self.reactor.listenTCP(0, factory, interface=HOST)
        self.port = self._listening.getHost().port

    async def stop(self) -> None:
        """Resets what is left, and fires when all is gone."""
        if self._listening is not None:
            await maybeDeferred(self._listening.stopListening)
            self._listening = None
        if self._carried:
            self._gone = Deferred()
            for carried in list(self._carried):
                carried.abort()
            await self._gone

    def accept(self, near: Any) -> Carried | None:
        """Somebody has connected; None: it was refused."""
        serial = len(self.accepted_s)
        self.accepted_s.append(self.reactor.seconds())
        if any(blow.kind is BlowKind.REFUSED for blow in self.deal(serial)):
            self.struck(BlowKind.REFUSED, serial)
            near.transport.abortConnection()
            return None
        carried = Carried(self, near, serial)
        self._carried.add(carried)
        self.reactor.connectTCP(HOST, self._target, _FarFactory(carried), timeout=5)
        return carried

    def struck(self, kind: BlowKind, serial: int) -> None:
        """A blow came about."""
        self.strikes.append(Strike(kind, serial, self.reactor.seconds()))

    def forget(self, carried: Carried) -> None:
        """Both ends are gone."""
        self._carried.discard(carried)
        self.by_port.pop(carried.far_port, None)
        if not self._carried and self._gone is not None:
            gone, self._gone = self._gone, None
            gone.callback(None)


class _Near(Protocol):
    factory: Any
    transport: Any
    _carried: Carried | None = None

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self._carried = self.factory.proxy.accept(self)

    def dataReceived(self, data: bytes) -> None:
        if self._carried is not None:
            self._carried.from_near(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._carried is not None:
            self._carried.near_gone(bool(reason.check(ConnectionDone)))


class _Far(Protocol):
    transport: Any

    def __init__(self, carried: Carried) -> None:
        self._carried = carried

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self._carried.connected(self)

    def dataReceived(self, data: bytes) -> None:
        self._carried.from_far(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._carried.far_gone(bool(reason.check(ConnectionDone)))


class _FarFactory(ClientFactory):
    noisy = False

    def __init__(self, carried: Carried) -> None:
        self._made = carried

    def buildProtocol(self, addr: Any) -> _Far:
        return _Far(self._made)

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        self._made.far_gone(is_clean=False)
