"""Which protocol a connection speaks: chosen when TLS has negotiated it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IHandshakeListener, IProtocol
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer


@implementer(IHandshakeListener)
class Chooser(Protocol):
    """Hands a connection over to the protocol that ALPN chose."""

    factory: ChooserFactory
    transport: Any

    def __init__(self) -> None:
        self._chosen: Any = None

    def connectionMade(self) -> None:
        """TCP is there, TLS is not."""
        self.factory.connections.add(self)
        if self.factory.is_out():
            self.reset()

    def handshakeCompleted(self) -> None:
        """Now the protocol is known."""
        self._chosen = self.factory.build(self.transport.negotiatedProtocol, self.transport.getPeer())
        self._chosen.makeConnection(self.transport)

    def dataReceived(self, data: bytes) -> None:
        """Only comes after the handshake."""
        self._chosen.dataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It may never have got as far as that."""
        if self._chosen is not None:
            self._chosen.connectionLost(reason)
        self.factory.forget(self)

    def reset(self) -> None:
        """Below TLS, which would say good-bye."""
        self.transport.transport.abortConnection()


class ChooserFactory(Factory):
    """Makes a `Chooser` of every connection.

    Args:
        build: makes the protocol for what ALPN chose (None: nothing) and the peer's address.
        is_out: whether connections are to be reset.
    """

    noisy = False

    def __init__(self, build: Callable[[bytes | None, IAddress], IProtocol], is_out: Callable[[], bool]) -> None:
        self.build = build
        self.is_out = is_out
        self.connections: set[Chooser] = set()
        self._gone: list[Deferred[None]] = []

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """One for each connection."""
        chooser = Chooser()
        chooser.factory = self
        return chooser

    def forget(self, connection: Chooser) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        if not self.connections:
            gone, self._gone = self._gone, []
            for waiting in gone:
                waiting.callback(None)

    def reset_all(self) -> Deferred[None]:
        """Cuts every connection; fires when they are gone."""
        if not self.connections:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._gone.append(waiting)
        for connection in list(self.connections):
            connection.reset()
        return waiting
