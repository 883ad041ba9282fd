"""How TLS to the service ends, and what a stream over it tells."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import txaio  # type: ignore[import-untyped]
from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost

from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.websocket import WebSocketTransport
from alie.faults import Fault
from tests.engines.amazon.service_end import MemoryNet
from tests.engines.amazon.test_websocket import PARAMETERS, Lender, Told
from tests.tls.tls_end import AUTHORITY, TlsCase, TlsEnd


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
