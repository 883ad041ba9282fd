"""TLS on the way to the service: which authorities are trusted, and every way in which a connection begins and ends."""

from __future__ import annotations

import gc
import os
import ssl
import weakref
from pathlib import Path
from typing import Any

import txaio  # type: ignore[import-untyped]
from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.tls import TlsConnection, TlsFactory, client_context
from alie.engines.amazon.websocket import WebSocketTransport
from alie.faults import Fault
from alie.simulator.certificates import ThrowAwayAuthority
from tests.engines.amazon.service_end import MemoryNet
from tests.engines.amazon.test_websocket import PARAMETERS, Lender, Told
from tests.engines.amazon.tls_end import Heard, TlsEnd

AUTHORITY = ThrowAwayAuthority()


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


class Authorities(TlsCase):
    """The file that an operator names; that it is obeyed is shown in `test_contract`."""

    def test_the_systems_are_the_default(self) -> None:
        reference = ssl.create_default_context()
        self.assertEqual(client_context().cert_store_stats(), reference.cert_store_stats())

    def test_a_file_may_hold_several_and_other_text(self) -> None:
        context = client_context(self.trusting(ThrowAwayAuthority(), ThrowAwayAuthority()))
        self.assertEqual(context.cert_store_stats()["x509_ca"], 2)

    def test_a_file_that_is_not_there(self) -> None:
        with self.assertRaises(ValueError) as caught:
            client_context("/nowhere/ca.pem")
        self.assertEqual(str(caught.exception), "The authorities in /nowhere/ca.pem cannot be read (FileNotFoundError)")

    def test_a_file_with_something_else(self) -> None:
        path = Path(self.mktemp())
        damaged = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        for text, sentence in (
            (b"", "no certificate"),
            (damaged, "cannot be read"),
            (AUTHORITY.pem + damaged, "cannot be read"),
        ):
            path.write_bytes(text)
            with self.assertRaises(ValueError) as caught:
                client_context(str(path))
            self.assertIn(sentence, str(caught.exception))

    def test_what_is_verified(self) -> None:
        context = client_context()
        self.assertTrue(context.check_hostname)
        self.assertIs(context.verify_mode, ssl.CERT_REQUIRED)
        self.assertIs(context.minimum_version, ssl.TLSVersion.TLSv1_2)
        self.assertFalse(context.hostname_checks_common_name)

    def test_no_keys_are_written(self) -> None:
        path = self.mktemp()
        self.patch(os, "environ", {**os.environ, "SSLKEYLOGFILE": path})
        self.assertIsNone(client_context().keylog_filename)


class Handshakes(TlsCase):
    """From TCP to the first byte of the application."""

    def test_what_was_written_before_goes_first(self) -> None:
        self.connect(hello=b"hello ")
        self.client.write(b"you")
        self.service.shake_hands()
        self.assertEqual(self.service.said, b"hello you")
        self.client.writeSequence([b", ", b"there"])
        self.service.take()
        self.assertEqual(self.service.said, b"hello you, there")

    def test_the_name_goes_along_and_an_address_does_not(self) -> None:
        for host, name in (("localhost", b"localhost"), ("127.0.0.1", None)):
            self.connect(host)
            self.service.shake_hands()
            self.assertEqual(self.service.tls.get_servername(), name)
            self.client.write(b"a")
            self.service.take()
            self.assertEqual(self.service.said, b"a")

    def test_byte_by_byte(self) -> None:
        self.connect(hello=b"hello")
        for _ in range(3):
            self.service.take()
            for byte in self.service.records():
                self.service.deliver(bytes([byte]))
        self.assertEqual(self.service.said, b"hello")

    def test_an_end_that_nobody_is_to_trust(self) -> None:
        for host, authority in (
            ("example.com", AUTHORITY),
            ("127.0.0.2", AUTHORITY),
            ("localhost", ThrowAwayAuthority()),
        ):
            self.connect(host, authority, hello=b"secret")
            self.service.shake_hands()
            self.assert_lost(ssl.SSLCertVerificationError)
            self.assertEqual(self.service.said, b"")
            self.service.take()
            self.assertIsNotNone(self.service.trouble, "it has been told why")

    def test_an_end_that_speaks_no_tls(self) -> None:
        self.connect()
        self.service.deliver(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.assert_lost(ssl.SSLError)
        self.assertEqual(self.heard.error.reason, "WRONG_VERSION_NUMBER")

    def test_an_end_that_speaks_an_old_one(self) -> None:
        self.connect(newest=SSL.TLS1_1_VERSION)
        self.service.shake_hands()
        self.assert_lost(ssl.SSLError)

    def test_an_end_that_goes(self) -> None:
        for error in (ConnectionDone(), ConnectionLost()):
            self.connect(hello=b"hello")
            self.service.take()
            self.service.lose(error)
            self.assert_lost(ConnectionLost)

    def test_closing_before_it_is_over_drops_the_connection(self) -> None:
        for close in ("loseConnection", "abortConnection"):
            self.connect(hello=b"hello")
            getattr(self.client, close)()
            self.assertTrue(self.service.transport.is_aborted)
            self.assertEqual(len(self.heard.events), 1)

    def test_closing_as_soon_as_tcp_connects(self) -> None:
        self.patch(Heard, "connectionMade", lambda heard: heard.transport.abortConnection())
        self.connect()
        self.assertTrue(self.service.transport.is_aborted)
        self.assertEqual(self.service.take(), 0)


class Records(TlsCase):
    """What comes and goes."""

    def test_several_in_a_segment(self) -> None:
        self.open()
        self.service.deliver(self.service.records(b"ab", b"cd", bytes(16_384), b"ef"))
        self.assertEqual(self.heard.events, [b"ab", b"cd", bytes(16_384), b"ef"])

    def test_one_in_several_segments(self) -> None:
        self.open()
        data = self.service.records(b"ab", b"cd")
        for at in range(len(data)):
            self.service.deliver(data[at : at + 1])
        self.assertEqual(self.heard.events, [b"ab", b"cd"])

    def test_one_and_a_half(self) -> None:
        self.open()
        first, second = self.service.records(b"ab"), self.service.records(b"cd")
        self.service.deliver(first + second[:7])
        self.assertEqual(self.heard.events, [b"ab"])
        self.service.deliver(second[7:])
        self.assertEqual(self.heard.events, [b"ab", b"cd"])

    def test_large_writes_arrive_whole(self) -> None:
        self.open()
        sent = bytes(range(256)) * 4096
        self.client.write(sent)
        self.client.write(b"")
        self.client.write(b"end")
        self.service.take()
        self.assertEqual(self.service.said, sent + b"end")

    def test_each_write_goes_at_once(self) -> None:
        self.open()
        for _ in range(3):
            self.client.write(bytes(100))
            self.assertGreater(self.service.take(), 100)

    def test_an_answer_goes_out_while_one_reads(self) -> None:
        self.open()
        self.heard.react = lambda data: self.client.write(data * 2)
        self.service.deliver(self.service.records(b"ab", b"cd"))
        self.service.take()
        self.assertEqual(self.service.said, b"ababcdcd")

    def test_damage(self) -> None:
        self.open()
        damaged = bytearray(self.service.records(b"ab", b"cd"))
        damaged[-1] ^= 1
        self.service.deliver(bytes(damaged))
        self.assertEqual(self.heard.events, [b"ab", ssl.SSLError])
        self.assertFalse(self.service.transport.connected)
        self.client.write(b"nowhere")
        self.client.loseConnection()

    def test_a_producer_is_told_by_tcp(self) -> None:
        self.open()
        self.client.registerProducer(self.heard, True)
        self.assertIs(self.service.transport.producer, self.heard)
        self.client.unregisterProducer()
        self.assertIsNone(self.service.transport.producer)

    def test_whoever_pauses_pauses_tcp(self) -> None:
        self.open()
        transport: Any = self.client
        transport.pauseProducing()
        self.assertEqual(self.service.transport.producerState, "paused")
        transport.resumeProducing()
        self.assertEqual(self.service.transport.producerState, "producing")

    def test_the_ends_have_the_addresses_of_tcp(self) -> None:
        self.open()
        self.assertEqual(self.client.getPeer(), self.service.transport.getPeer())
        self.assertEqual(self.client.getHost(), self.service.transport.getHost())


class Ends(TlsCase):
    """How it ends."""

    def test_the_service_says_good_bye(self) -> None:
        for newest in (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION):
            self.open(newest)
            self.client.registerProducer(self.heard, True)
            self.service.deliver(self.service.records(b"ab") + self.service.good_bye())
            self.assertEqual(self.heard.events, [b"ab", ConnectionDone])
            self.assertTrue(self.service.is_closed)
            self.assertIsNone(self.service.transport.producer, "a paused one would hold TCP")

    def test_the_service_does_not(self) -> None:
        self.open()
        self.service.lose(ConnectionDone())
        self.assert_lost(ConnectionLost)

    def test_a_reset(self) -> None:
        self.open()
        self.service.lose(ConnectionLost())
        self.assert_lost(ConnectionLost)

    def test_the_client_says_good_bye_and_waits_for_the_services(self) -> None:
        self.open()
        on_its_way = self.service.records(b"ab")
        self.client.write(b"end")
        self.client.loseConnection()
        self.client.loseConnection()
        self.client.write(b"nowhere")
        self.assertTrue(self.service.is_closed)
        self.assertEqual(self.service.said, b"end")
        self.service.deliver(on_its_way[:9])
        self.service.deliver(on_its_way[9:])
        self.assertTrue(self.service.transport.connected)
        self.service.deliver(self.service.good_bye())
        self.assertEqual(self.heard.events, [ConnectionDone])

    def test_the_client_says_good_bye_in_the_middle_of_a_segment(self) -> None:
        self.open()
        self.heard.react = lambda data: self.client.loseConnection()
        on_its_way = self.service.records(b"ab", b"cd", b"ef")
        self.service.deliver(on_its_way[:-3])
        self.assertTrue(self.service.is_closed)
        self.service.deliver(on_its_way[-3:])
        self.assertTrue(self.service.transport.connected)
        self.service.deliver(self.service.good_bye())
        self.assertEqual(self.heard.events, [b"ab", ConnectionDone])

    def test_a_service_that_goes_without_an_answer(self) -> None:
        self.open()
        self.client.loseConnection()
        self.service.lose(ConnectionDone())
        self.assert_lost(ConnectionDone)

    def test_a_service_that_never_answers_can_be_dropped(self) -> None:
        self.open()
        self.client.loseConnection()
        self.assertTrue(self.service.transport.connected)
        self.client.abortConnection()
        self.assertTrue(self.service.transport.is_aborted)

    def test_both_say_good_bye_at_once(self) -> None:
        self.open()
        self.heard.react = lambda data: self.client.loseConnection()
        self.service.deliver(self.service.records(b"ab", b"cd") + self.service.good_bye())
        self.assertEqual(self.heard.events, [b"ab", ConnectionDone])

    def test_nothing_is_told_after_an_abort(self) -> None:
        self.open()
        self.heard.react = lambda data: self.client.abortConnection()
        self.service.deliver(self.service.records(b"ab", b"cd"))
        self.assertEqual(self.heard.events, [b"ab", ConnectionDone])
        self.assertTrue(self.service.transport.is_aborted)
        self.assertFalse(self.service.is_closed)

    def test_nothing_holds_what_is_gone(self) -> None:
        self.connect("example.com")
        self.service.shake_hands()
        gone = weakref.ref(self.client)
        del self.service.transport.protocol, self.heard.transport  # as TCP's own does
        del self.client, self.service
        gc.disable()
        self.addCleanup(gc.enable)
        self.assertIsNone(gone())


class Streams(TlsCase):
    """A stream over it."""

    def setUp(self) -> None:
        self.net, self.told = MemoryNet(), Told()
        self.addCleanup(setattr, txaio.config, "loop", getattr(txaio.config, "loop", None))
        txaio.config.loop = self.net

    def begin(self, host: str = "localhost") -> None:
        lender: Any = Lender()
        options = AmazonOptions(endpoint=f"wss://{host}:8443", ca_file=self.trusting(AUTHORITY))
        self.transport = WebSocketTransport(self.net, options, lender)
        self.wire = self.transport.open(PARAMETERS, self.told)
        self.net.advance(0)
        factory = self.net.tcpClients[-1][2]
        protocol: Any = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 8443))
        self.service = TlsEnd(AUTHORITY, protocol)

    def assert_over(self, *expected: Any) -> None:
        """It has been told, and nothing is left."""
        self.assertEqual(self.told.events, [expected])
        self.assertFalse(self.service.transport.connected)
        self.assertEqual(self.transport.connections, set())
        self.net.advance(0)
        self.assertEqual([call for call in self.net.getDelayedCalls() if call.active()], [])

    def test_the_request_goes_out(self) -> None:
        self.begin()
        self.assertEqual(self.service.said, b"")
        self.service.shake_hands()
        self.assertTrue(self.service.said.startswith(b"GET /stream-transcription-websocket?"))
        self.wire.abort()

    def test_an_end_that_is_silent(self) -> None:
        self.begin()
        self.net.advance(4.5)
        self.assertEqual(self.told.events, [])
        self.net.advance(1)
        self.assert_over(Fault.CONNECTION, "handshake timeout")

    def test_an_end_that_is_silent_after_tls(self) -> None:
        self.begin()
        self.net.advance(3)
        self.service.shake_hands()
        self.net.advance(2.5)
        self.assert_over(Fault.CONNECTION, "handshake timeout")

    def test_a_certificate_that_fails(self) -> None:
        self.begin("127.0.0.2")
        self.service.shake_hands()
        self.assert_over(Fault.CONNECTION, "TLS: certificate verify failed")

    def test_an_end_that_speaks_no_tls(self) -> None:
        self.begin()
        self.service.deliver(b"SSH-2.0-OpenSSH_9.6\r\n")
        self.assert_over(Fault.CONNECTION, "TLS: wrong version number")

    def test_an_end_that_goes_during_tls(self) -> None:
        self.begin()
        self.service.lose(ConnectionDone())
        self.assert_over(Fault.CONNECTION, "ConnectionLost")

    def test_an_abort_during_tls(self) -> None:
        self.begin()
        self.wire.abort()
        self.assertTrue(self.service.transport.is_aborted)
        self.assertEqual(self.told.events, [])
        self.successResultOf(self.transport.stop())
