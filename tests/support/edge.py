"""A proxy that treats connections as Cloudflare's edge does: it cuts those that are idle for 100 s, by a clock that the
test moves, and all of them when its own software is released."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.protocols.portforward import ProxyClient, ProxyClientFactory, ProxyFactory, ProxyServer
from twisted.trial.unittest import TestCase

IDLE_S = 100
"""Without a byte in either direction."""


class _ToOrigin(ProxyClient):
    def dataReceived(self, data: bytes) -> None:
        self.peer.moved()
        self.peer.factory.edge.heard()
        super().dataReceived(data)


class _ToOriginFactory(ProxyClientFactory):
    protocol = _ToOrigin
    noisy = False


class _FromClient(ProxyServer):
    clientProtocolFactory = _ToOriginFactory
    _deadline: IDelayedCall | None = None

    def connectionMade(self) -> None:
        super().connectionMade()
        self.factory.edge.carried.add(self)
        self._deadline = self.factory.edge.clock.callLater(IDLE_S, self._cut)

    def dataReceived(self, data: bytes) -> None:
        self.moved()
        super().dataReceived(data)

    def moved(self) -> None:
        """A byte passed."""
        if self._deadline is not None and self._deadline.active():
            self._deadline.reset(IDLE_S)

    def _cut(self) -> None:
        self.factory.edge.cuts += 1
        self.transport.abortConnection()

    def connectionLost(self, reason: Any) -> None:
        self.factory.edge.carried.discard(self)
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        super().connectionLost(reason)


class Edge:
    """Carries connections from a port of its own to the origin, until the test ends.

    Args:
        case: the test.
        origin_port: of the origin, on this machine.

    Attributes:
        clock: by which connections are idle.
        port: to be used instead.
        carried: connections that are open.
        cuts: how many were idle for too long.
    """

    def __init__(self, case: TestCase, origin_port: int) -> None:
        self.clock = Clock()
        self.carried: set[Any] = set()
        self.cuts = 0
        self._waiting: list[Deferred[None]] = []
        factory: Any = ProxyFactory("127.0.0.1", origin_port)
        factory.protocol, factory.edge, factory.noisy = _FromClient, self, False
        port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.port = port.getHost().port
        case.addCleanup(self.release)
        case.addCleanup(port.stopListening)

    def release(self) -> None:
        """New software: every connection is cut at once; whoever connects again is served."""
        for each in list(self.carried):
            each.transport.abortConnection()

    def heard(self) -> None:
        """The origin has said something."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(None)

    def next_from_origin(self) -> Deferred[None]:
        """Fires when the origin says something."""
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        return waiting
