"""Tests of alie.web.channel: clients that send slowly, or not at all, or too often."""

from __future__ import annotations

from alie.web.channel import ABORT_S, BODY_BYTES_PER_S, BODY_S, HEAD_S, IDLE_S
from tests.support.memory_web import UPGRADE, Connection, WebCase, client_frame, request


class TrickleTests(WebCase):
    """No trickle of bytes moves a deadline."""

    def trickle(self, connection: Connection, data: bytes, step_s: float) -> float:
        """Sends byte by byte; seconds until the connection was closed, or all was sent."""
        began = self.clock.seconds()
        for byte in data:
            if connection.is_open:
                connection.send(bytes([byte]))
                self.clock.advance(step_s)
        return self.clock.seconds() - began

    def test_silence(self) -> None:
        """A connection that says nothing is closed."""
        connection = Connection(self.site)
        self.clock.advance(HEAD_S)
        self.assertEqual((connection.is_open, self.clock.getDelayedCalls()), (False, []))

    def test_a_line_byte_by_byte(self) -> None:
        """The same time as for silence."""
        connection = Connection(self.site)
        self.assertLessEqual(self.trickle(connection, b"GET /" + b"x" * 1000, 0.1), HEAD_S + 0.1)

    def test_header_after_header(self) -> None:
        """The same time, and it is told why: 408 in JSON."""
        connection = Connection(self.site)
        connection.send(b"GET /health HTTP/1.1\r\n")
        self.assertLessEqual(self.trickle(connection, b"a: b\r\n" * 200, 0.1), HEAD_S + 0.1)
        response = connection.response()
        self.assertEqual((response.status, response.json()["code"]), (408, "REQUEST_TIMEOUT"))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_body_byte_by_byte(self) -> None:
        """Has its own time; what was received is given back."""
        connection = Connection(self.site)
        connection.send(request("/health", "POST", {"Content-Length": "1000"}))
        self.assertLessEqual(self.trickle(connection, bytes(1000), 0.1), BODY_S + 0.1)
        self.assertEqual((connection.response().status, connection.is_open), (408, False))
        self.assertEqual((self.site.bodies_bytes, self.clock.getDelayedCalls()), (0, []))

    def test_a_body_at_a_slow_rate(self) -> None:
        """Comes through, also where nobody has said how long it is."""
        size = 1_000_000
        for chunked in (False, True):
            head = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(size)}
            connection = Connection(self.site)
            connection.send(request("/health", "POST", head))
            step = BODY_BYTES_PER_S
            for start in range(0, size, step):
                piece = bytes(min(step, size - start))
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                self.clock.advance(1)
            if chunked:
                connection.send(b"0\r\n\r\n")
            self.assertEqual(connection.response().status, 405)

    def test_a_chunked_body_without_end(self) -> None:
        """Has the time of the longest."""
        connection = Connection(self.site)
        connection.send(request("/health", "POST", {"Transfer-Encoding": "chunked"}))
        self.assertLess(self.trickle(connection, b"1\r\nx\r\n" * 2000, 0.1), 200)
        self.assertFalse(connection.is_open)

    def test_between_two_requests(self) -> None:
        """A connection may rest; the next request has as long as the first."""
        connection = Connection(self.site)
        connection.send(request("/health"))
        self.assertEqual(connection.response().status, 200)
        self.clock.advance(IDLE_S - 1)
        connection.send(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        self.clock.advance(HEAD_S - 1)
        connection.send(b"\r\n")
        self.assertEqual(connection.response().status, 200)
        self.clock.advance(IDLE_S - 1)
        self.assertTrue(connection.is_open)
        self.clock.advance(1)
        self.assertEqual((connection.is_open, connection.received(), self.clock.getDelayedCalls()), (False, b"", []))

    def test_two_requests_in_one_breath(self) -> None:
        """Both are answered; what came of a third is not waited for any longer than a rest may last."""
        connection = Connection(self.site)
        connection.send(request("/health") * 2 + b"GET /hea")
        self.assertEqual([connection.response().status for _ in range(2)], [200, 200])
        self.clock.advance(IDLE_S)
        self.assertFalse(connection.is_open)

    def test_a_body_in_the_same_breath(self) -> None:
        """Has the time of a body."""
        connection = Connection(self.site)
        connection.send(request("/health") + request("/health", "POST", {"Content-Length": "2"}))
        self.clock.advance(BODY_S - 1)
        connection.send(b"{")
        self.clock.advance(0.9)
        connection.send(b"}")
        self.assertEqual([connection.response().status for _ in range(2)], [200, 405])

    def test_an_answer_that_is_not_taken(self) -> None:
        """The connection is dropped, without waiting for its buffer."""
        connection = Connection(self.site)
        transport = connection.transport
        transport.loseConnection = lambda: None  # type: ignore[method-assign]  # the buffer does not drain
        connection.send(request("/health"))
        self.clock.advance(IDLE_S)
        self.assertFalse(transport.is_aborted)
        transport.loseConnection = type(transport).loseConnection.__get__(transport)  # type: ignore[method-assign]
        self.clock.advance(ABORT_S)
        self.assertTrue(transport.is_aborted)


class TurnTests(WebCase):
    """While requests are looked at one by one, others are not read, and nothing of them is lost."""

    def hold(self) -> list[object]:
        """From now on whatever comes must wait; it is done when it is called."""
        waiting: list[object] = []
        turnstile = self.site.turnstile
        turnstile.is_free = lambda: False  # type: ignore[method-assign]  # as in a rush
        turnstile.wait = waiting.append  # type: ignore[method-assign,assignment]
        return waiting

    def test_a_request_waits_unread(self) -> None:
        """And is served when its turn comes, with all that came behind it."""
        waiting = self.hold()
        connection = Connection(self.site)
        connection.send(request("/health")[:20])
        connection.send(request("/health")[20:])
        self.assertEqual((connection.received(), connection.transport.producerState), (b"", "paused"))
        while waiting:
            waiting.pop()()  # type: ignore[operator]
            connection.transport.deliver()
        self.assertEqual(connection.response().status, 200)

    def test_a_client_that_leaves_meanwhile(self) -> None:
        """Nothing is done for it."""
        waiting = self.hold()
        connection = Connection(self.site)
        connection.send(request("/health"))
        connection.transport.loseConnection()
        waiting.pop()()  # type: ignore[operator]
        self.assertEqual((connection.received(), self.site.connections.open), (b"", 0))


class CountTests(WebCase):
    """Connections are counted, by address until they are WebSockets."""

    def test_one_address(self) -> None:
        """One too many is told so at once; room comes back. A trusted proxy has any number."""
        self.build(ALIE_CONNECTIONS_PER_ADDRESS="2")
        held = [Connection(self.site, "192.0.2.7") for _ in range(2)]
        refused = Connection(self.site, "192.0.2.7")
        response = refused.response()
        self.assertEqual((response.status, response.json()["code"], refused.is_open), (429, "RATE_LIMITED", False))
        self.assertEqual(response.header("Retry-After"), "5")
        held[0].transport.loseConnection()
        self.assertEqual(self.ask("/health", peer="192.0.2.7").status, 200)
        self.assertTrue(all(Connection(self.site).is_open for _ in range(5)))

    def test_all_together(self) -> None:
        """At the bound a connection is refused; a little below it, an upgrade: 503 with Retry-After, as JSON."""
        self.build(ALIE_MAX_CONNECTIONS="10")
        sockets = [self.connect() for _ in range(9)]
        connection = Connection(self.site)
        connection.send(request("/ws", headers=UPGRADE))
        response = connection.response()
        self.assertEqual((response.status, response.json()["code"]), (503, "CAPACITY"))
        self.assertEqual(response.header("Retry-After"), "5")
        connection.send(request("/health"))
        self.assertEqual(connection.response().status, 200)
        self.assertEqual(self.ask("/health").status, 503)
        sockets[0].send(client_frame(b"\x03\xe8", 8))
        self.assertEqual((self.ask("/health").status, self.site.connections.open), (200, 10))

    def test_none_is_forgotten(self) -> None:
        """However it ends: as a request, as a WebSocket, as a handshake that failed."""
        rest, socket = Connection(self.site), self.connect()
        failed = Connection(self.site)
        failed.send(request("/ws", headers={**UPGRADE, "Sec-WebSocket-Version": "7"}))
        self.assertEqual(failed.response().status, 426 if failed.is_open else 400)
        failed.transport.loseConnection()
        rest.transport.loseConnection()
        socket.transport.loseConnection()
        self.assertEqual(self.site.connections.open, 0)
