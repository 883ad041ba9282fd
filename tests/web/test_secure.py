"""The whole daemon behind its own TLS, in memory: requests, dictations, HSTS, slow readers, deadlines, and limits."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any, ClassVar

from alie import actions as do
from alie.parts import Parts
from alie.tls.renewal import Certificates
from alie.tls_settings import TlsSettings
from alie.web.channel import HEAD_S
from tests.support.authority import Authority, now
from tests.support.memory_tls import SecureConnection, client_context
from tests.support.memory_web import UPGRADE, WebCase, client_frame, request
from tests.web.test_headers import HSTS, SECURITY

AUTHORITY = Authority()


class SecureCase(WebCase):
    """A daemon with a certificate for localhost."""

    def build(self, parts: Parts | None = None, **settings: str) -> None:
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        certificate, key = map(str, AUTHORITY.issue().write(folder))
        served = Certificates(self.clock, TlsSettings(certificate, key), now().timestamp)
        super().build(Parts(certificates=served), ALIE_TLS_CERT=certificate, ALIE_TLS_KEY=key, **settings)
        self.context = client_context(AUTHORITY.pem)

    def secure(self, peer: str = "203.0.113.9", **options: Any) -> SecureConnection:
        """A client from elsewhere that speaks TLS."""
        return SecureConnection(self.service.secure_site, self.context, peer, **options)

    def secure_socket(self) -> SecureConnection:
        """An open WebSocket, greeted; the greeting is read."""
        connection = self.secure()
        connection.send(request("/ws", headers={**UPGRADE, "Host": "localhost"}))
        assert connection.response().status == 101
        connection.messages()
        return connection


class RequestTests(SecureCase):
    """What is asked for by https."""

    def test_headers(self) -> None:
        """Of every answer, also to what is no request: those of before, and HSTS."""
        for sent in (
            request("/health"),
            request("/nowhere"),
            request("/health", "POST", {"Content-Length": "9999999"}),
            b"GARBAGE\r\n\r\n",
        ):
            connection = self.secure()
            connection.send(sent)
            response = connection.response()
            for name, value in {**SECURITY, **HSTS}.items():
                self.assertEqual(response.header(name), value, (sent, name))

    def test_several(self) -> None:
        """On one connection, one after the other and at once."""
        connection = self.secure()
        for _ in range(2):
            connection.send(request("/health") + request("/healthz"))
            self.assertEqual([connection.response().status for _ in range(2)], [200, 200])

    def test_the_own_page(self) -> None:
        """Has an https origin, and no other."""
        for origin, status in (("https://localhost", 200), ("http://localhost", 403)):
            connection = self.secure()
            connection.send(request("/api/config", headers={"Host": "localhost", "Origin": origin}))
            self.assertEqual(connection.response().status, status)

    def test_what_pages_are_told(self) -> None:
        """wss, at the port of TLS."""
        connection = self.secure()
        connection.send(request("/api/config", headers={"Host": "localhost"}))
        told = connection.response().json()
        self.assertEqual((told["publicWsUrl"], told["useWss"]), ("wss://127.0.0.1:8443/ws", True))

    def test_large_bodies(self) -> None:
        """Come whole; those that are too large are refused."""
        for size, status in ((1_000_000, 405), (2_097_153, 413)):
            connection = self.secure()
            connection.send(request("/health", "POST", body=bytes(size)))
            self.assertEqual(connection.response().status, status)


class DictationTests(SecureCase):
    """What is said by wss."""

    def test_dictation(self) -> None:
        """As in the clear: every frame is heard, and every word comes back."""
        connection = self.secure_socket()
        connection.start()
        connection.speak()
        self.assertEqual(connection.messages()[0]["type"], "stream_ready")
        stream = self.engine.streams[-1]
        self.assertEqual(stream.fed, bytes(8192))

    def test_frames_behind_the_upgrade(self) -> None:
        """In the same record as the request."""
        connection = self.secure()
        start = b'{"type":"start_transcription","languageCode":"en-US","sampleRate":16000}'
        connection.send(request("/ws", headers={**UPGRADE, "Host": "localhost"}) + client_frame(start))
        self.assertEqual(connection.response().status, 101)
        self.assertEqual(
            [message["type"] for message in connection.messages()], ["connection_established", "stream_ready"]
        )

    def test_what_is_read_at_a_time(self) -> None:
        """Is bounded for TLS as it is for plain sockets."""
        connection = self.secure_socket()
        self.assertEqual(connection.transport.bufferSize, 16_384)

    def test_a_slow_reader(self) -> None:
        """TCP says that it is full, and messages wait with us; when it has drained, they go out."""
        connection = self.secure_socket()
        connection.start()
        connection.speak()
        connection.messages()
        (socket,) = self.service.factory.sockets
        self.assertIsNotNone(connection.transport.producer)
        connection.transport.producer.pauseProducing()
        socket.send(_partial(b'{"type":"a"}'))
        socket.send(_partial(b'{"type":"b"}'))
        self.assertEqual(connection.messages(), [])
        connection.transport.producer.resumeProducing()
        self.assertEqual([message["type"] for message in connection.messages()], ["b"])

    def test_a_reader_that_is_given_up(self) -> None:
        """It is cut off, without a word that it would not take."""
        connection = self.secure_socket()
        (socket,) = self.service.factory.sockets
        socket.dropConnection(abort=True)
        self.assertTrue(connection.transport.is_aborted)
        self.assertEqual(len(self.service.factory.sockets), 0)

    def test_close(self) -> None:
        """In due form, by WebSocket and by TLS."""
        connection = self.secure_socket()
        (socket,) = self.service.factory.sockets
        socket.close(1000, "")
        (frame,) = connection.frames()
        self.assertEqual(frame.close, (1000, ""))
        connection.send(client_frame(b"\x03\xe8", 8))
        self.assertFalse(connection.is_open)
        self.assertTrue(connection.is_told_to_close())

    def test_nothing_is_left(self) -> None:
        """Of an ended one, without a collection of garbage."""
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        connection = self.secure_socket()
        (socket,) = self.service.factory.sockets
        gone = [weakref.ref(socket), weakref.ref(socket.transport)]
        socket.dropConnection(abort=True)
        del socket, connection
        self.assertEqual([one() for one in gone], [None, None])


class BoundTests(SecureCase):
    """Who comes and does not speak, or too often."""

    settings: ClassVar[dict[str, str]] = {"ALIE_CONNECTIONS_PER_ADDRESS": "2"}

    def test_a_slow_handshake(self) -> None:
        """Is cut after ten seconds, however its bytes come."""
        connection = self.secure(is_prompt=False)
        try:
            connection.tls.do_handshake()
        except Exception:
            pass
        hello = connection._outgoing.read()
        for byte in hello[: HEAD_S - 1]:
            connection.transport.arriving = bytes([byte])
            connection.transport.deliver()
            self.clock.advance(1)
        self.assertTrue(connection.is_open)
        self.clock.advance(1)
        self.assertFalse(connection.is_open)

    def test_a_handshake_and_nothing_more(self) -> None:
        """Likewise, in due form."""
        connection = self.secure()
        self.clock.advance(HEAD_S)
        self.assertFalse(connection.is_open)
        self.assertTrue(connection.is_told_to_close())

    def test_too_many_of_one_address(self) -> None:
        """Are dropped before a handshake, which would cost more than they are worth."""
        kept = [self.secure() for _ in range(2)]
        self.assertEqual([one.is_open for one in kept], [True, True])
        self.assertTrue(self.secure().transport.is_aborted)
        self.assertTrue(self.secure("203.0.113.10").is_open)
        self.assertEqual(self.service.connections.refused, 1)

    def test_a_rush(self) -> None:
        """Of handshakes: the reactor's time is shared, and everybody has a turn in the end."""
        self.site.turnstile.run(lambda: setattr(self.clock, "rightNow", self.clock.rightNow + 0.1))
        connections = [self.secure(f"203.0.113.{number}") for number in range(3)]
        self.assertEqual([one.transport.producerState for one in connections], ["paused"] * 3)
        for _ in range(3):
            self.clock.pump([0.1] * 6)
            for one in connections:
                one.shake_hands()
        connections[0].send(request("/health"))
        self.clock.pump([0.1] * 3)
        self.assertEqual(connections[0].response().status, 200)


def _partial(payload: bytes) -> do.Send:
    return do.Send(payload, partial_of="1")
