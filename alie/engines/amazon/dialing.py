"""A TCP connection to a named host, by whichever of its addresses answers first, that leaves nothing behind.

Twisted's `HostnameEndpoint` does the same, and defines a class for each connection. A class holds itself, and so do the
endpoint's wrapper and Twisted's connector: some forty objects for the collector of garbage, which finds them only when
it looks through everything. A daemon that opens a connection for each session would grow by 3 KB each time.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, FailureGroup, race
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IAddress, IConnector, IHostResolution, IProtocolFactory, IResolutionReceiver
from twisted.internet.protocol import ClientFactory
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from zope.interface import implementer

NEXT_ADDRESS_S = 0.25
"""Before the next address is tried beside those that have not answered (RFC 8305, section 8)."""


async def dial(reactor: Any, host: str, port: int, factory: IProtocolFactory, timeout_s: float) -> None:
    """Connects one protocol of the factory; returns when TCP is there. Reactor thread; names are looked up in another.

    Args:
        reactor: connects.
        host: name or address.
        port: of TCP.
        factory: makes the protocol, once.
        timeout_s: that each address has, in seconds.

    Raises:
        DNSLookupError: the host has no address.
        ConnectError: of the first address, if none answers.
    """
    addresses = await _addresses(reactor, host, port)
    if not addresses:
        raise DNSLookupError("no address")
    first, *others = addresses
    attempts = [_attempt(reactor, first, factory, timeout_s)]
    for count, other in enumerate(others, 1):
        attempts.append(_later(reactor, NEXT_ADDRESS_S * count, other, factory, timeout_s))
    try:
        await race(attempts)
    except FailureGroup as group:
        group.failures[0].raiseException()


def _attempt(reactor: Any, address: Any, factory: IProtocolFactory, timeout_s: float) -> Deferred[None]:
    def give_up(_: object) -> None:
        attempt.done = None
        connector.disconnect()

    attempt = _Attempt(factory)
    done: Deferred[None] = Deferred(give_up)
    attempt.done = done
    connector = reactor.connectTCP(address.host, address.port, attempt, timeout=timeout_s)
    return done


def _later(reactor: Any, delay_s: float, address: Any, factory: IProtocolFactory, timeout_s: float) -> Deferred[None]:
    waiting: Deferred[None] = deferLater(reactor, delay_s)
    return waiting.addCallback(lambda _: _attempt(reactor, address, factory, timeout_s))


class _Attempt(ClientFactory):
    """At one address.

    Attributes:
        done: fires when TCP is there, or fails; None: it has, or nobody waits for it any more.
    """

    noisy = False
    done: Deferred[None] | None = None

    def __init__(self, factory: IProtocolFactory) -> None:
        self._factory: Any = factory

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """TCP is there."""
        factory, self._factory = self._factory, None
        made = factory.buildProtocol(addr) if factory is not None else None
        done, self.done = self.done, None
        if done is not None:
            done.callback(None)
        return made

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """It will not be there."""
        self._factory = None
        done, self.done = self.done, None
        if done is not None:
            done.errback(reason)

    def clientConnectionLost(self, connector: Any, reason: Failure) -> None:
        """It is over; connector and transport would hold each other."""
        connector.transport = None


def _addresses(reactor: Any, host: str, port: int) -> Deferred[list[IAddress]]:
    found: Deferred[list[IAddress]] = Deferred()
    reactor.nameResolver.resolveHostName(_Addresses(found), host, portNumber=port)
    return found


@implementer(IResolutionReceiver)
class _Addresses:
    """Fires `found` with all addresses, in the resolver's order."""

    def __init__(self, found: Deferred[list[IAddress]]) -> None:
        self._found = found
        self._list: list[IAddress] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        """A lookup cannot be called off."""

    def addressResolved(self, address: IAddress) -> None:
        """One more."""
        self._list.append(address)

    def resolutionComplete(self) -> None:
        """There are no more; whoever asked may have left."""
        if not self._found.called:
            self._found.callback(self._list)
