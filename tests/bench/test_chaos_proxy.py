"""Connections through the proxy fail as they were told to; on loopback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from bench.chaos.blows import Blow, BlowKind
from bench.chaos.proxy import Proxy

ENOUGH = b"x" * 1000


class Peer(Protocol):
    """Keeps what comes; echoes it, if it is the server."""

    def __init__(self, is_server: bool = False) -> None:
        self.is_server = is_server
        self.got = b""
        self.gone: Deferred[bool] = Deferred()
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []

    def dataReceived(self, data: bytes) -> None:
        self.got += data
        if self.is_server:
            self.transport.write(data)
        for is_so, waiting in list(self._waiting):
            if is_so():
                self._waiting.remove((is_so, waiting))
                waiting.callback(None)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.gone.callback(bool(reason.check(ConnectionDone)))

    def comes(self, size: int) -> Deferred[None]:
        """Fires when so many bytes have come."""
        waiting: Deferred[None] = Deferred()
        if len(self.got) >= size:
            waiting.callback(None)
        else:
            self._waiting.append((lambda: len(self.got) >= size, waiting))
        return waiting


class ProxyTests(TestCase):
    """A client, the proxy, and a server that echoes."""

    timeout = 20

    def setUp(self) -> None:
        self.servers: list[Peer] = []
        listening: Any = reactor
        self.port = listening.listenTCP(0, Factory.forProtocol(self._serve), interface="127.0.0.1")
        self.target = self.port.getHost().port
        self.addCleanup(self.port.stopListening)

    def _serve(self) -> Peer:
        self.servers.append(Peer(is_server=True))
        return self.servers[-1]

    async def connect(self, *blows: Sequence[Blow]) -> Peer:
        """The first client of a proxy whose connections fail so, one after another."""
        self.proxy = Proxy(reactor, self.target, lambda number: blows[number] if number < len(blows) else ())
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        return await self.again()

    async def again(self) -> Peer:
        """Another client of the same proxy."""
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", self.proxy.port)
        peer: Peer = await connectProtocol(endpoint, Peer())
        return peer

    def kinds(self) -> list[tuple[BlowKind, int]]:
        """Blows that came about, and to which connection."""
        return [(strike.kind, strike.serial) for strike in self.proxy.strikes]

    async def test_nothing_befalls_it(self) -> None:
        """Both ways, and the close."""
        client = await self.connect(())
        client.transport.write(ENOUGH)
        await client.comes(1000)
        client.transport.loseConnection()
        self.assertTrue(await self.servers[0].gone)
        self.assertEqual(self.kinds(), [])

    async def test_a_reset(self) -> None:
        """When enough has gone up, both ends see one; the next connection lives."""
        client = await self.connect((Blow(BlowKind.RESET, 1000),))
        client.transport.write(ENOUGH[:-1])
        await client.comes(999)
        client.transport.write(b"y")
        self.assertFalse(await client.gone)
        self.assertFalse(await self.servers[0].gone)
        self.assertEqual(self.kinds(), [(BlowKind.RESET, 0)])
        other = await self.again()
        other.transport.write(ENOUGH * 2)
        await other.comes(2000)

    async def test_a_fin(self) -> None:
        """Both ends see a close in good order."""
        client = await self.connect((Blow(BlowKind.FIN, 1000),))
        client.transport.write(ENOUGH)
        self.assertTrue(await client.gone)
        self.assertTrue(await self.servers[0].gone)

    async def test_refused(self) -> None:
        """The server never hears of it."""
        client = await self.connect((Blow(BlowKind.REFUSED),))
        self.assertFalse(await client.gone)
        self.assertEqual((self.servers, self.kinds()), ([], [(BlowKind.REFUSED, 0)]))

    async def test_deaf_up(self) -> None:
        """The server hears nothing more, not even the close; what it says still comes."""
        client = await self.connect((Blow(BlowKind.DEAF_UP, 1000),))
        client.transport.write(ENOUGH)
        await client.comes(1000)
        client.transport.write(b"lost")
        self.servers[0].transport.write(b"said")
        await client.comes(1004)
        self.assertEqual((len(self.servers[0].got), client.got[-4:]), (1000, b"said"))
        client.transport.loseConnection()
        await client.gone
        self.assertFalse(self.servers[0].gone.called)

    async def test_deaf_down(self) -> None:
        """The client hears nothing more, not even the close."""
        client = await self.connect((Blow(BlowKind.DEAF_DOWN, 1000),))
        client.transport.write(ENOUGH)
        await self._served(1000)
        client.transport.write(b"more")
        await self._served(1004)
        self.servers[0].transport.loseConnection()
        await self.servers[0].gone
        self.assertFalse(client.gone.called)

    async def test_overtaken(self) -> None:
        """The client sees a reset; what it sent last arrives when its next connection is there, then the end."""
        client = await self.connect((Blow(BlowKind.OVERTAKEN, 1000, 1.2),))
        client.transport.write(ENOUGH)
        await self._served(1000)
        client.transport.write(b"late")
        self.assertFalse(await client.gone)
        self.assertFalse(self.servers[0].gone.called)
        newer = await self.again()
        newer.transport.write(b"new")
        await newer.comes(3)
        self.assertEqual((len(self.servers[0].got), self.servers[1].got), (1000, b"new"))
        self.assertFalse(await self.servers[0].gone)
        self.assertEqual(self.servers[0].got[1000:], b"late")

    async def test_aimed_later(self) -> None:
        """By the port from which the server sees the connection come; counted from then on."""
        client = await self.connect(())
        client.transport.write(ENOUGH)
        await client.comes(1000)
        carried = self.proxy.by_port[self.servers[0].transport.getPeer().port]
        carried.aim(Blow(BlowKind.RESET, 500))
        client.transport.write(ENOUGH[:499])
        await client.comes(1499)
        client.transport.write(b"y")
        self.assertFalse(await client.gone)

    async def test_nobody_listens(self) -> None:
        """A server that is away: who connects sees a reset."""
        await self.port.stopListening()
        client = await self.connect(())
        self.assertFalse(await client.gone)

    async def _served(self, size: int) -> None:
        """Waits until the server has got so much."""
        while not self.servers:
            waiting: Deferred[None] = Deferred()
            reactor.callLater(0, waiting.callback, None)  # type: ignore[attr-defined]
            await waiting
        await self.servers[0].comes(size)
