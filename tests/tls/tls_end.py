"""The service's end of a TLS connection in memory, by pyOpenSSL: each record is sent and read when a test says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.tls import client_context
from alie.simulator.certificates import ThrowAwayAuthority
from alie.tls.connection import TlsConnection, TlsFactory
from tests.engines.amazon.service_end import ClientTransport

AUTHORITY = ThrowAwayAuthority()


class Heard(Protocol):
    """What the client's side of the application is told."""

    transport: Any

    def __init__(self) -> None:
        self.hello = b""
        self.events: list[Any] = []
        self.react: Any = lambda event: None

    def connectionMade(self) -> None:
        self.transport.write(self.hello)

    def dataReceived(self, data: bytes) -> None:
        self.events.append(data)
        self.react(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.events.append(reason.type)
        self.error: Any = reason.value

    def stopProducing(self) -> None:
        """Part of IPushProducer."""

    def pauseProducing(self) -> None:
        self.events.append("pause")

    def resumeProducing(self) -> None:
        self.events.append("resume")


class TlsEnd:
    """Speaks to `protocol`, which it connects.

    Args:
        authority: has signed its certificate.
        protocol: to TCP, on the client's side.
        newest: version of TLS that it speaks, as OpenSSL counts; 0: any.

    Attributes:
        transport: the client's side of TCP.
        said: what the client's application has sent.
        trouble: OpenSSL's error, once there is one.
    """

    def __init__(self, authority: ThrowAwayAuthority, protocol: IProtocol, newest: int = 0) -> None:
        context = authority.options([b"http/1.1"]).getContext()
        if newest:
            context.set_max_proto_version(newest)
        self.tls = SSL.Connection(context, None)
        self.tls.set_accept_state()
        self.protocol: Any = protocol
        self.transport = ClientTransport("127.0.0.1")
        self.transport.protocol = protocol
        self.said = b""
        self.trouble: BaseException | None = None
        protocol.makeConnection(self.transport)

    def shake_hands(self) -> None:
        """As far as it goes."""
        for _ in range(3):
            self.take()
            self.deliver(self.records())

    def take(self) -> int:
        """Reads what the client has sent; its length on the way."""
        sent = self.transport.value()
        self.transport.clear()
        if sent:
            self.tls.bio_write(sent)
        try:
            while True:
                self.said += self.tls.recv(65_536)
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            self.trouble = error.with_traceback(None)
        return len(sent)

    def records(self, *texts: bytes) -> bytes:
        """What goes to the client: a record for each text, after what TLS has to say itself."""
        for text in texts:
            self.tls.send(text)
        found = b""
        try:
            while True:
                found += self.tls.bio_read(65_536)
        except SSL.WantReadError:
            return found

    def good_bye(self) -> bytes:
        """A close_notify."""
        self.tls.shutdown()
        return self.records()

    def deliver(self, data: bytes) -> None:
        """Bytes, as one segment, while the client is there."""
        if data and self.transport.connected:
            self.protocol.dataReceived(data)

    def lose(self, error: Exception) -> None:
        """TCP ends."""
        self.transport.connected = False
        self.protocol.connectionLost(Failure(error))

    @property
    def is_closed(self) -> bool:
        """Whether the client has said good-bye."""
        self.take()
        return bool(self.tls.get_shutdown() & SSL.RECEIVED_SHUTDOWN)


class TlsCase(SynchronousTestCase):
    """A client, and the service's end."""

    def trusting(self, *authorities: ThrowAwayAuthority) -> str:
        """A file of authorities."""
        path = Path(self.mktemp())
        path.write_bytes(b"words \xc3\xa0\n".join([b"", *(one.pem for one in authorities), b""]))
        return str(path)

    def connect(
        self,
        host: str = "localhost",
        authority: ThrowAwayAuthority = AUTHORITY,
        hello: bytes = b"",
        newest: int = 0,
    ) -> None:
        """As far as TCP."""
        self.heard = Heard()
        self.heard.hello = hello
        factory = Factory.forProtocol(lambda: self.heard)
        wrapping = TlsFactory(client_context(self.trusting(authority)), host, factory)
        self.client: TlsConnection = wrapping.buildProtocol(IPv4Address("TCP", "127.0.0.1", 443))
        self.service = TlsEnd(AUTHORITY, self.client, newest)

    def open(self, newest: int = 0) -> None:
        """As far as TLS."""
        self.connect(newest=newest)
        self.service.shake_hands()
        self.assertEqual(self.heard.events, [])

    def assert_lost(self, kind: type[BaseException]) -> None:
        """It has been told, once and last, and TCP is gone."""
        self.assertEqual([event for event in self.heard.events if isinstance(event, type)], [kind])
        self.assertIs(self.heard.events[-1], kind)
        self.assertFalse(self.service.transport.connected)
