"""Tests of alie.cli.doctor.websocket: what it takes for the first message, over TLS and plainly, and what for none."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from twisted.trial.unittest import SynchronousTestCase
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus, ProtocolError
from websockets.frames import Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from alie.cli.address import parse
from alie.cli.doctor.websocket import greeted
from tests.cli.files import folder_for
from tests.support.nginx import write_certificate

GREETING = "one word"
PATIENCE_S = 20
SHORT_S = 0.2

Peer = Callable[[socket.socket, ServerProtocol], None]


def say(tcp: socket.socket, protocol: ServerProtocol) -> None:
    """All there is to say, a byte at a time."""
    for part in protocol.data_to_send():
        for byte in part:
            tcp.sendall(bytes([byte]))


def greet(tcp: socket.socket, protocol: ServerProtocol) -> None:
    """After a ping; then hears to the end."""
    protocol.send_ping(b"?")
    protocol.send_text(GREETING.encode())
    say(tcp, protocol)
    while received := tcp.recv(1000):
        protocol.receive_data(received)


class UpgradeCase(SynchronousTestCase):
    """A server on loopback."""

    def setUp(self) -> None:
        self.context: ssl.SSLContext | None = None
        self.heard: list[Opcode] = []

    @contextmanager
    def served(self, peer: Peer) -> Iterator[str]:
        """Takes one connection, answers its request, leaves it to `peer`; gives the URL."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(PATIENCE_S)
            thread = threading.Thread(target=self._serve, args=(listening, peer))
            thread.start()
            try:
                yield f"{'wss' if self.context else 'ws'}://127.0.0.1:{listening.getsockname()[1]}/ws"
            finally:
                thread.join()

    def _serve(self, listening: socket.socket, peer: Peer) -> None:
        plain = listening.accept()[0]
        plain.settimeout(PATIENCE_S)
        protocol = ServerProtocol()
        with closing(self.context.wrap_socket(plain, server_side=True) if self.context else plain) as tcp:
            protocol.receive_data(tcp.recv(10_000))
            (request,) = protocol.events_received()
            assert isinstance(request, Request)
            protocol.send_response(protocol.accept(request))
            peer(tcp, protocol)
        self.heard = [event.opcode for event in protocol.events_received()]  # type: ignore[union-attr]

    def failure(self, peer: Peer, timeout_s: float = PATIENCE_S) -> BaseException:
        """What is raised where it serves."""
        with self.served(peer) as url, self.assertRaises(Exception) as caught, greeted(parse(url), None, timeout_s):
            self.fail("there was no greeting")
        return caught.exception


class GreetingTests(UpgradeCase):
    """The first message comes."""

    def test_plainly(self) -> None:
        """It is given while the socket is open; pings are answered, and who leaves says so."""
        with self.served(greet) as url, greeted(parse(url), None) as message:
            self.assertEqual(message.decode(), GREETING)
            self.assertEqual(self.heard, [])
        self.assertEqual(self.heard, [Opcode.PONG, Opcode.CLOSE])

    def test_over_tls(self) -> None:
        """By one thread, since OpenSSL lets no two use a connection at once."""
        folder = folder_for(self)
        write_certificate(folder, ["127.0.0.1"])
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        with self.served(greet) as url:
            before = set(threading.enumerate())
            with greeted(parse(url), None) as message:
                self.assertEqual(message.decode(), GREETING)
                self.assertLessEqual(set(threading.enumerate()), before)

    def test_elsewhere(self) -> None:
        """Another host and port are gone to; the URL's own is asked for."""
        with (
            self.served(greet) as url,
            greeted(parse("ws://api.alie.app/ws"), ("127.0.0.1", parse(url).port)) as message,
        ):
            self.assertEqual(message.decode(), GREETING)


class NoneTests(UpgradeCase):
    """It does not come."""

    def test_a_status(self) -> None:
        """With a body of a known length, or of one that ends with the connection."""
        for header in ("Content-Length: 2\r\n", ""):
            answer = f"HTTP/1.1 404 Not Found\r\n{header}\r\nno".encode()
            error = self.failure(lambda tcp, _, answer=answer: tcp.sendall(answer))  # type: ignore[misc]
            assert isinstance(error, InvalidStatus)
            self.assertEqual(error.response.status_code, 404)

    def test_no_upgrade(self) -> None:
        """Another protocol is spoken, or the key is another's."""
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        other = f"{head}Sec-WebSocket-Accept: x\r\n\r\n".encode()
        self.assertIsInstance(self.failure(lambda tcp, _: tcp.sendall(b"220 mail.example\r\n\r\n")), InvalidMessage)
        self.assertIsInstance(self.failure(lambda tcp, _: tcp.sendall(other)), InvalidHandshake)

    def test_no_frames(self) -> None:
        """What follows the upgrade is none."""

        def babble(tcp: socket.socket, protocol: ServerProtocol) -> None:
            say(tcp, protocol)
            tcp.sendall(b"\xff\xff\xff")

        self.assertIsInstance(self.failure(babble), ProtocolError)

    def test_closed(self) -> None:
        """With the answer, politely or not, or before it."""

        def close(tcp: socket.socket, protocol: ServerProtocol) -> None:
            protocol.send_close(1001)
            say(tcp, protocol)
            tcp.recv(1000)

        for peer in (close, say):
            self.assertIsInstance(self.failure(peer), EOFError)
        self.assertIsInstance(self.failure(lambda *_: None), InvalidMessage)

    def test_silence(self) -> None:
        """Before the answer, or after it: the time is for all together."""

        def wait(tcp: socket.socket, protocol: ServerProtocol) -> None:
            tcp.recv(1)

        def answer(tcp: socket.socket, protocol: ServerProtocol) -> None:
            say(tcp, protocol)
            tcp.recv(1)

        for peer in (wait, answer):
            self.assertIsInstance(self.failure(peer, SHORT_S), TimeoutError)
