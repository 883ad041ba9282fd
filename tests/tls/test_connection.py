"""TLS on the way to the service: its handshake, and what comes and goes."""

from __future__ import annotations

import ssl
from typing import Any

from OpenSSL import SSL
from twisted.internet.error import ConnectionDone, ConnectionLost

from alie.simulator.certificates import ThrowAwayAuthority
from tests.tls.tls_end import AUTHORITY, Heard, TlsCase


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

    def test_connections_among_each_other(self) -> None:
        """Each one's records reach its own service, also where one writes, or ends, while another reads or begins."""
        self.connect(hello=b"one")
        one, first = self.client, self.service
        self.connect(hello=b"two")
        for service in (first, self.service, first, self.service):
            service.take()
            service.deliver(service.records())
        self.heard.react = lambda event: [one.write(b" heard"), self.client.write(b" too"), one.loseConnection()]
        self.service.deliver(self.service.records(b"a", b"b"))
        first.take()
        self.service.take()
        self.assertEqual((first.said, self.service.said), (b"one heard", b"two too too"))
        self.assertEqual((first.trouble.__class__.__name__, self.service.trouble), ("ZeroReturnError", None))

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
