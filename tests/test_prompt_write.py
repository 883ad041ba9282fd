"""What can be sent is sent at once; what cannot waits in the transport, as always."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor as global_reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.prompt_write import write_now


class Ear(Protocol):
    """Tells when it has heard `wanted` bytes, and when it is gone."""

    def __init__(self, wanted: int = 0) -> None:
        self.received = b""
        self.heard: Deferred[None] = Deferred()
        self.gone: Deferred[None] = Deferred()
        self.wanted = wanted

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        if len(self.received) >= self.wanted and not self.heard.called:
            self.heard.callback(None)

    def connectionLost(self, reason: Any = None) -> None:
        self.gone.callback(None)


class OverTcpTests(TestCase):
    """On a real connection."""

    async def test_order_and_amount(self) -> None:
        """More than the system takes at once, by both ways of writing, arrives whole and in order."""
        reactor: Any = global_reactor
        expected = b"".join(bytes([number]) * 300_000 for number in range(6))
        ear = Ear(len(expected))
        port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(Factory.forProtocol(lambda: ear))
        mouth = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port), Ear())
        transport: Any = mouth.transport
        write_now(transport, b"")
        for number in range(6):
            write = transport.write if number % 2 else lambda data: write_now(transport, data)
            write(bytes([number]) * 300_000)
        await ear.heard
        self.assertEqual(ear.received, expected)
        transport.loseConnection()
        write_now(transport, b"on its way out")
        await mouth.gone
        await ear.gone
        await port.stopListening()

    async def test_a_connection_that_is_gone(self) -> None:
        """Writing to it does no harm."""
        reactor: Any = global_reactor
        ear = Ear()
        port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(Factory.forProtocol(lambda: ear))
        mouth = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port), Ear(1))
        transport: Any = mouth.transport
        transport.abortConnection()
        write_now(transport, b"nobody hears this")
        await mouth.gone
        write_now(transport, b"nor this")
        await ear.gone
        await port.stopListening()


class OtherTests(SynchronousTestCase):
    """Transports that are no plain TCP connection."""

    def test_they_just_get_it(self) -> None:
        transport = StringTransport()
        write_now(transport, b"ab")
        self.assertEqual(transport.value(), b"ab")
