"""Tests of alie.tls.accepted and alie.tls.context: what clients are offered, and a transport like plain TCP's."""

from __future__ import annotations

import gc
import ssl
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from alie.tls.accepted import TlsServerFactory
from alie.tls.context import server_context
from tests.support.authority import Authority
from tests.support.memory_tls import SecureConnection, client_context
from tests.tls.tls_end import Heard

AUTHORITY = Authority()
ALLOW_CLIENT_RENEGOTIATION = 1 << 8  # of OpenSSL; the ssl module does not know it
SUITES = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    *(f"ECDHE-{kind}-{suite}" for kind in ("ECDSA", "RSA") for suite in ("AES128-GCM-SHA256", "AES256-GCM-SHA384")),
    *(f"ECDHE-{kind}-CHACHA20-POLY1305" for kind in ("ECDSA", "RSA")),
}


class Turns:
    """Everybody's turn is when the test says so."""

    def __init__(self) -> None:
        self.is_rushed = False
        self.waiting: list[Callable[[], None]] = []

    def is_free(self) -> bool:
        return not self.is_rushed

    def run(self, work: Callable[[], None]) -> None:
        work()

    def wait(self, work: Callable[[], None]) -> None:
        self.waiting.append(work)


def exchange(client: SecureConnection, tls: SSL.Connection) -> None:
    """One turn of a client whose TLS is pyOpenSSL's."""
    try:
        tls.do_handshake()
    except SSL.WantReadError:
        pass
    try:
        client.transport.arriving = tls.bio_read(65_536)
        client.transport.deliver()
    except SSL.WantReadError:
        pass
    if client.transport.value():
        tls.bio_write(client.transport.value())
        client.transport.clear()


class AcceptedCase(SynchronousTestCase):
    """A server of what it hears, and its clients."""

    def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        self.files = [str(path) for path in AUTHORITY.issue().write(folder)]
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(AUTHORITY.pem)
        self.context = server_context(*self.files)
        self.client_context = client_context(AUTHORITY.pem)
        self.turns = Turns()
        self.counted: list[bool] = []
        self.heard: list[Heard] = []
        self.factory = TlsServerFactory(
            lambda: self.context, Factory.forProtocol(self.hear), self.turns, self.counted.append
        )

    def hear(self) -> Heard:
        self.heard.append(Heard())
        return self.heard[-1]

    def connect(self, **options: Any) -> SecureConnection:
        """A client that has shaken hands."""
        return SecureConnection(self.factory, self.client_context, **options)

    @property
    def server(self) -> Any:
        """The newest connection's transport, as the application has it."""
        return self.heard[-1].transport


class OfferTests(AcceptedCase):
    """Protocols, suites, names."""

    def test_protocols(self) -> None:
        """TLS 1.2 and 1.3."""
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            self.client_context = client_context(AUTHORITY.pem)
            self.client_context.maximum_version = version
            self.assertEqual(self.connect().tls.version(), name)

    def test_suites(self) -> None:
        """Ephemeral keys and authenticated encryption only."""
        self.assertEqual({suite["name"] for suite in self.context.get_ciphers()}, SUITES)

    def test_what_else_is_off(self) -> None:
        """Compression, renegotiation, and the server's own order of what is all good."""
        for option in (ssl.OP_NO_COMPRESSION, ssl.OP_NO_RENEGOTIATION):
            self.assertTrue(self.context.options & option)
        self.assertFalse(self.context.options & ssl.OP_CIPHER_SERVER_PREFERENCE)
        self.assertIsNone(self.context.keylog_filename)

    def test_the_clients_order(self) -> None:
        """A phone may prefer what it is quick at."""
        for suite in ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256"):
            self.client_context.maximum_version = ssl.TLSVersion.TLSv1_2
            self.client_context.set_ciphers(f"{suite}:ECDHE")
            self.assertEqual((self.connect().tls.cipher() or ("",))[0], suite)

    def test_http(self) -> None:
        """HTTP/1.1 is told, to those who would speak HTTP/2 as well."""
        self.client_context.set_alpn_protocols(["h2", "http/1.1"])
        self.assertEqual(self.connect().tls.selected_alpn_protocol(), "http/1.1")

    def test_no_renegotiation(self) -> None:
        """A client that asks for another handshake gets none; with a context that allows it, it would."""
        self.assertFalse(self.is_renegotiated())
        self.context.options &= ~ssl.OP_NO_RENEGOTIATION
        self.context.options |= ALLOW_CLIENT_RENEGOTIATION
        self.assertTrue(self.is_renegotiated())

    def is_renegotiated(self) -> bool:
        """Whether a client has its way that wants to."""
        client = self.connect(is_prompt=False)
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
        tls = SSL.Connection(context, None)
        tls.set_connect_state()
        for _ in range(4):
            exchange(client, tls)
        self.assertTrue(tls.renegotiate())
        try:
            for _ in range(4):
                exchange(client, tls)
        except SSL.Error:
            return False
        return not tls.renegotiate_pending()

    def test_those_of_before(self) -> None:
        """A connection keeps what it began with."""
        old = self.connect()
        folder = Path(self.mktemp())
        folder.mkdir()
        self.context = server_context(*(str(path) for path in AUTHORITY.issue("localhost").write(folder)))
        new = self.connect()
        serials = [(one.tls.getpeercert() or {})["serialNumber"] for one in (old, new)]
        self.assertNotEqual(*serials)
        old.send(b"still here")
        self.assertEqual(self.heard[0].events, [b"still here"])

    def test_coming_back(self) -> None:
        """By a ticket; one of another context is as good as none."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.client_context.maximum_version = version
            first = self.connect()
            first.received()
            session = first.tls.session
            self.assertTrue(self.connect(session=session).tls.session_reused, version)
            before, self.context = self.context, server_context(*self.files)
            self.assertFalse(self.connect(session=session).tls.session_reused, version)
            self.context = before


class ClientCertificateTests(AcceptedCase):
    """Where certificates of clients are owed."""

    def setUp(self) -> None:
        super().setUp()
        self.context = server_context(*self.files, str(self.ca))

    def present(self, authority: Authority, *, is_client: bool = True) -> None:
        """From now on, the client has a certificate."""
        folder = Path(self.mktemp())
        folder.mkdir()
        self.client_context.load_cert_chain(*authority.issue("edge", is_client=is_client).write(folder))

    def is_let_in(self) -> bool:
        """Whether what a client says is heard. In TLS 1.3 it may speak before it is refused."""
        client = self.connect()
        try:
            client.send(b"hello")
        except ssl.SSLError:
            return False
        return self.heard[-1].events == [b"hello"]

    def test_of_the_authority(self) -> None:
        self.present(AUTHORITY)
        self.assertTrue(self.is_let_in())

    def test_none(self) -> None:
        self.assertFalse(self.is_let_in())
        self.assertEqual(self.counted, [False])

    def test_another_authoritys(self) -> None:
        self.present(Authority())
        self.assertFalse(self.is_let_in())

    def test_a_servers(self) -> None:
        """It is not meant for this."""
        self.present(AUTHORITY, is_client=False)
        self.assertFalse(self.is_let_in())


class HandshakeTests(AcceptedCase):
    """From TCP to the first byte of the application."""

    def test_byte_by_byte(self) -> None:
        client = self.connect(is_prompt=False)
        for _ in range(3):
            client.take()
            try:
                client.tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            client.push(1)
        client.send(b"hello")
        self.assertEqual((self.heard[0].events, self.counted), ([b"hello"], [True]))

    def test_in_their_turn(self) -> None:
        """In a rush each waits for its own, and is not read meanwhile."""
        self.turns.is_rushed = True
        clients = [self.connect() for _ in range(3)]
        self.assertEqual([client.transport.producerState for client in clients], ["paused"] * 3)
        self.assertEqual((len(self.turns.waiting), self.counted), (3, []))
        for _ in range(2):  # what they say first, and what they say last
            waiting, self.turns.waiting = self.turns.waiting, []
            for work in waiting:
                work()
            for client in clients:
                client.transport.deliver()
                client.shake_hands()
        self.assertEqual(self.counted, [True] * 3)
        clients[1].send(b"hello")
        self.assertEqual([heard.events for heard in self.heard], [[], [b"hello"], []])

    def test_gone_before_its_turn(self) -> None:
        """There is nobody left to shake hands with."""
        self.turns.is_rushed = True
        client = self.connect()
        client.transport.loseConnection()
        (work,) = self.turns.waiting
        work()
        self.assertEqual(self.heard[0].events, [ConnectionLost])

    def test_no_tls(self) -> None:
        """A request in the clear."""
        client = self.connect(is_prompt=False)
        client.transport.arriving = b"GET / HTTP/1.1\r\n\r\n"
        client.transport.deliver()
        self.assertEqual((self.heard[0].events, self.counted), ([ssl.SSLError], [False]))
        self.assertFalse(client.is_open)

    @given(st.binary(max_size=600) | st.integers(0, 600), st.integers(0, 255), st.integers(1, 600))
    @settings(deadline=None, max_examples=200)
    def test_any_bytes(self, what: bytes | int, value: int, cut: int) -> None:
        """Noise, or a hello with another byte somewhere, in any pieces: the connection ends or waits, and nobody
        raises."""
        client = self.connect(is_prompt=False)
        try:
            client.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        hello = client._outgoing.read()
        sent = what if isinstance(what, bytes) else hello[:what] + bytes([value]) + hello[what + 1 :]
        for at in range(0, len(sent), cut):
            client.transport.arriving += sent[at : at + cut]
            client.transport.deliver()
        self.assertEqual(client.is_open, not self.heard[-1].events)
        self.assertFalse([event for event in self.heard[-1].events if isinstance(event, bytes)])

    def test_refused_before(self) -> None:
        """Whoever is not wanted costs no handshake."""
        self.patch(Heard, "connectionMade", lambda heard: heard.transport.loseConnection())
        client = self.connect()
        self.assertTrue(client.transport.is_aborted)
        self.assertEqual(self.counted, [])

    def test_both_by_turns(self) -> None:
        """Each hears the other."""
        client = self.connect()
        for _ in range(3):
            client.send(b"a")
            self.server.write(b"b")
        self.assertEqual((self.heard[0].events, client.received()), ([b"a"] * 3, b"bbb"))


class TransportTests(AcceptedCase):
    """What the application may expect of it."""

    def test_one_segment(self) -> None:
        """Many records in it are handed over as one: thousands of the smallest may come at once."""
        client = self.connect()
        for word in (b"one ", b"two ", b"three"):
            client.tls.write(word)
        client.push()
        self.assertEqual(self.heard[0].events, [b"one two three"])

    def test_large(self) -> None:
        """Both ways, in as many records as it takes."""
        client = self.connect()
        text = bytes(range(256)) * 4096
        client.send(text)
        self.server.write(text)
        self.assertEqual((b"".join(self.heard[0].events), client.received()), (text, text))

    def test_close(self) -> None:
        """Said in due form, after all that was written, and not waited for."""
        client = self.connect()
        self.server.write(b"good-bye")
        self.server.loseConnection()
        self.assertFalse(client.is_open)
        self.assertEqual(client.received(), b"good-bye")
        self.assertTrue(client.is_told_to_close())
        self.assertEqual(len(self.heard[0].events), 1)

    def test_the_client_closes(self) -> None:
        """It is answered, and what came before is heard."""
        client = self.connect()
        client.tls.write(b"good-bye")
        with self.assertRaises(ssl.SSLError):
            client.tls.unwrap()
        client.push()
        self.assertEqual(self.heard[0].events[0], b"good-bye")
        self.assertFalse(client.is_open)

    def test_abort(self) -> None:
        client = self.connect()
        self.server.abortConnection()
        self.assertTrue(client.transport.is_aborted)
        self.assertEqual(len(self.heard[0].events), 1)

    def test_damage(self) -> None:
        """A record that somebody has changed on the way."""
        client = self.connect()
        client.tls.write(b"hello")
        data = bytearray(client._outgoing.read())
        data[-1] ^= 1
        client.transport.arriving = bytes(data)
        client.transport.deliver()
        self.assertEqual(self.heard[0].events, [ssl.SSLError])

    def test_pausing(self) -> None:
        """Goes to TCP, and so to the other end; so does how much is read at a time."""
        client = self.connect()
        self.server.pauseProducing()
        client.send(b"hello")
        self.assertEqual(self.heard[0].events, [])
        self.server.resumeProducing()
        client.transport.deliver()
        self.assertEqual(self.heard[0].events, [b"hello"])
        self.server.bufferSize = 1234
        self.assertEqual((client.transport.bufferSize, self.server.bufferSize), (1234, 1234))
        self.server.stopProducing()
        self.assertFalse(client.is_open)

    def test_nothing_is_left(self) -> None:
        """Of an ended connection, without a collection of garbage."""
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        for end in ("loseConnection", "abortConnection"):
            client = self.connect()
            client.send(b"hello")
            gone = weakref.ref(self.server)
            getattr(self.server, end)()
            self.heard.clear()
            del client
            self.assertIsNone(gone(), end)
