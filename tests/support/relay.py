"""A way to a server that can be cut and mended: what is behind it is gone for everybody, at once and really."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.protocols.portforward import ProxyFactory, ProxyServer
from twisted.trial.unittest import TestCase


class _Server(ProxyServer):
    def connectionMade(self) -> None:
        super().connectionMade()
        self.factory.carried.add(self)

    def connectionLost(self, reason: Any) -> None:
        self.factory.carried.discard(self)
        super().connectionLost(reason)


class _Factory(ProxyFactory):
    protocol = _Server
    noisy = False

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.carried: set[_Server] = set()


class Relay:
    """Carries connections from a free port of its own to `url`; it ends with the test.

    Args:
        case: the test.
        url: of what is behind it, with a port.

    Attributes:
        url: to be used instead.
    """

    def __init__(self, case: TestCase, url: str) -> None:
        host, _, port = url.removeprefix("http://").rpartition(":")
        self._factory = _Factory(host, int(port))
        self._port: Any = reactor.listenTCP(0, self._factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        self._number = self._port.getHost().port
        self.url = f"http://127.0.0.1:{self._number}"
        case.addCleanup(self.cut)

    async def cut(self) -> None:
        """Refuses connections from now on, and ends those that are open."""
        port, self._port = self._port, None
        if port is not None:
            await port.stopListening()
        for server in list(self._factory.carried):
            server.transport.abortConnection()

    def mend(self) -> None:
        """Takes connections again, at the same place."""
        self._port = reactor.listenTCP(self._number, self._factory, interface="127.0.0.1")  # type: ignore[attr-defined]
