"""Tests of alie.engines.amazon.dialing: which address of a name is taken; nothing of a connection is left."""

from __future__ import annotations

import gc
import weakref
from typing import Any

from twisted.internet import reactor
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectBindError, ConnectionRefusedError, DNSLookupError, TimeoutError
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie.engines.amazon.dialing import NEXT_ADDRESS_S, dial
from tests.engines.amazon.service_end import MemoryNet

FIRST, SECOND = IPv6Address("TCP", "2001:db8::1", 443), IPv4Address("TCP", "192.0.2.1", 443)


class Net(MemoryNet):
    """A reactor on which every name has these addresses, once the lookup is `done`."""

    def __init__(self, *addresses: Any) -> None:
        super().__init__()
        self._found = addresses

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, *args: Any, **kw: Any) -> Any:
        receiver.resolutionBegan(self)
        for address in self._found:
            receiver.addressResolved(address)
        self.done = receiver.resolutionComplete
        return receiver


class DialTests(SynchronousTestCase):
    """In memory."""

    def dial(self, *addresses: Any) -> Deferred[None]:
        """As far as the lookup."""
        self.net = Net(*addresses)
        self.made: list[Protocol] = []
        factory = Factory.forProtocol(self.make)
        dialing = Deferred.fromCoroutine(dial(self.net, "service.test", 443, factory, 5))
        self.assertEqual(self.net.tcpClients, [])
        return dialing

    def make(self) -> Protocol:
        """A protocol, kept."""
        self.made.append(Protocol())
        return self.made[-1]

    def fail(self, at: int, error: Exception) -> None:  # type: ignore[override]
        """The connection attempt fails."""
        self.net.tcpClients[at][2].clientConnectionFailed(self.net.connectors[at], Failure(error))

    def answer(self, at: int) -> Any:
        """TCP is there."""
        return self.net.tcpClients[at][2].buildProtocol(None)

    def tried(self) -> list[str]:
        """Hosts, in order."""
        return [host for host, *_ in self.net.tcpClients]

    def test_the_first(self) -> None:
        """If it answers, no other is tried."""
        dialing = self.dial(FIRST, SECOND)
        self.net.done()
        self.assertEqual(self.net.tcpClients[0][:2], (FIRST.host, 443))
        self.assertIs(self.answer(0), self.made[0])
        self.assertIsNone(self.successResultOf(dialing))
        self.net.advance(NEXT_ADDRESS_S)
        self.assertEqual(self.tried(), [FIRST.host])
        self.assertEqual(self.net.getDelayedCalls(), [])

    def test_a_silent_one(self) -> None:
        """The next is tried beside it, and it is given up when that answers."""
        dialing = self.dial(FIRST, SECOND)
        self.net.done()
        self.assertNoResult(dialing)
        self.net.advance(NEXT_ADDRESS_S)
        self.assertEqual(self.tried(), [FIRST.host, SECOND.host])
        self.assertIs(self.answer(1), self.made[0])
        self.assertIsNone(self.successResultOf(dialing))
        self.assertTrue(self.net.connectors[0]._disconnected)

    def test_all_fail(self) -> None:
        """The first one's error is told, once the last has failed."""
        dialing = self.dial(FIRST, SECOND)
        self.net.done()
        self.net.advance(NEXT_ADDRESS_S)
        self.fail(1, TimeoutError())
        self.assertNoResult(dialing)
        self.fail(0, ConnectionRefusedError())
        self.failureResultOf(dialing, ConnectionRefusedError)

    def test_no_address(self) -> None:
        """Says so."""
        dialing = self.dial()
        self.net.done()
        self.failureResultOf(dialing, DNSLookupError)

    def test_called_off(self) -> None:
        """Whatever is under way is given up, and what comes of it later is nobody's."""
        dialing = self.dial(FIRST, SECOND)
        dialing.addErrback(lambda failure: None)
        self.net.done()
        dialing.cancel()
        self.assertTrue(self.net.connectors[0]._disconnected)
        self.fail(0, ConnectBindError())
        self.assertEqual(self.net.getDelayedCalls(), [])

    def test_called_off_before(self) -> None:
        """During the lookup, too."""
        dialing = self.dial(FIRST)
        dialing.addErrback(lambda failure: None)
        dialing.cancel()
        self.net.done()
        self.assertEqual(self.tried(), [])


class GoodBye(Protocol):
    """Tells when it begins, and when it is over."""

    def __init__(self) -> None:
        self.begun: Deferred[None] = Deferred()
        self.over: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        """It begins."""
        self.begun.callback(None)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is."""
        self.over.callback(None)


class GarbageTests(TestCase):
    """Over a real socket."""

    async def connect_and_leave(self, port: int) -> list[weakref.ref[Any]]:
        """What one connection was made of."""
        factory = Factory.forProtocol(GoodBye)
        factory.noisy = False
        made: list[Any] = []
        build = factory.buildProtocol
        factory.buildProtocol = lambda addr: made.append(build(addr)) or made[0]  # type: ignore[method-assign]
        await dial(reactor, "localhost", port, factory, 5)
        await made[0].begun
        over = made[0].over
        living = [weakref.ref(one) for one in (made[0].transport, made[0].transport.connector, made[0])]
        made.pop().transport.loseConnection()
        await over
        return living

    async def check(self) -> None:
        """Connects, and looks who lives."""
        listening = Factory.forProtocol(Protocol)
        port = reactor.listenTCP(0, listening, interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        living = await self.connect_and_leave(port.getHost().port)
        await deferLater(reactor, 0)  # it lets go of what it has just called
        self.assertEqual([one() for one in living], [None, None, None])

    def test_nothing_is_left(self) -> Deferred[None]:
        """Without a collection of garbage."""
        return Deferred.fromCoroutine(self.check())
