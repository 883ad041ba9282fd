"""Tests of alie.web.websocket: dictation over frames, and everything a client can do wrong with them."""

from __future__ import annotations

from typing import ClassVar

from twisted.internet.tcp import Connection as TcpConnection

from alie.errors import EngineUnavailable
from alie.web.websocket import READ_BYTES
from tests.support.driving import final, partial
from tests.support.memory_web import Connection, WebCase, client_frame
from tests.support.scripted_engine import ScriptedStream

LIMIT = 65536


class SocketCase(WebCase):
    """What a refusal looks like on the wire."""

    def assert_refused(self, connection: Connection, code: str, close_code: int) -> str:
        """The error as the last message, then the close frame; gives the sentence."""
        *_, told, closing = connection.frames()
        self.assertEqual((told.message["code"], told.message["fatal"]), (code, True))
        self.assertEqual((closing.opcode, closing.close), (8, (close_code, told.message["error"])))
        return str(told.message["error"])

    def assert_violation(self, connection: Connection, close_code: int) -> None:
        """A close frame and nothing before it: Autobahn's own answer to a breach of RFC 6455."""
        (closing,) = connection.frames()
        self.assertEqual((closing.opcode, closing.close[0]), (8, close_code))


class DictationTests(SocketCase):
    """A whole dictation over the wire."""

    def test_from_start_to_complete(self) -> None:
        """As a client that stops as it should sees it."""
        connection = self.connect()
        connection.start()
        connection.speak()
        self.engine.stream.tell(partial(text="échec"), final(text="Échec."))
        connection.say("stop_transcription")
        *told, closing = connection.frames()
        self.assertEqual(
            [frame.message["type"] for frame in told],
            ["stream_ready", "transcription_result", "transcription_result", "transcription_complete"],
        )
        self.assertEqual(told[2].message["text"], "Échec.")
        self.assertEqual(closing.close, (1000, ""))

    def test_start_before_the_greeting_is_read(self) -> None:
        """The page sends it in onopen."""
        connection, _ = self.upgrade()
        connection.start()
        self.assertEqual([one["type"] for one in connection.messages()], ["connection_established", "stream_ready"])

    def test_the_close_handshake(self) -> None:
        """Our close is answered by the client, then the connection ends and nothing is left."""
        connection = self.dictate()
        connection.say("stop_transcription")
        connection.send(client_frame(b"\x03\xe8", 8))
        self.assertFalse(connection.is_open)
        self.assertEqual((len(self.service.factory.sockets), self.clock.getDelayedCalls()), (0, []))

    def test_the_page_closes_right_after_stop(self) -> None:
        """In the same breath; the engine is aborted, the seat is free."""
        self.engine.on_finish = lambda stream: None
        connection = self.dictate()
        connection.send(client_frame(b'{"type":"stop_transcription"}') + client_frame(b"", 8))
        self.assertEqual((connection.is_open, self.engine.streams, self.admission.taken), (False, [], 0))

    def test_a_bare_disconnect(self) -> None:
        """The page is left while it records."""
        connection = self.dictate()
        connection.transport.loseConnection()
        self.assertEqual((self.engine.events[-1], self.admission.taken), ("abort", 0))
        self.assertEqual(len(self.service.factory.sockets), 0)

    def test_odd_frames(self) -> None:
        """Samples are whole at the engine."""
        connection = self.dictate()
        connection.speak(b"\x01\x02\x03")
        connection.speak(b"\x04")
        self.assertEqual(self.engine.stream.fed[-4:], b"\x01\x02\x03\x04")

    def test_thousands_of_frames_at_once(self) -> None:
        """Cost the engine no more than one: whoever floods with single samples would hold everybody up."""
        connection = self.dictate()
        self.engine.events.clear()
        connection.send(client_frame(b"\x01\x02", 2) * 2000)
        self.assertEqual((self.engine.stream.fed[-4000:], self.engine.events), (b"\x01\x02" * 2000, ["feed"]))

    def test_what_is_read_at_a_time(self) -> None:
        """Is little: all of it is done in one turn of the reactor. Twisted's transports have the attribute."""
        self.assertEqual((self.connect().transport.bufferSize, TcpConnection.bufferSize), (READ_BYTES, 65_536))

    def test_fragments(self) -> None:
        """A message in pieces, a ping between them."""
        connection = self.connect()
        text = b'{"type":"start_transcription","languageCode":"en-US"}'
        connection.send(client_frame(text[:9], 1, fin=False))
        connection.send(client_frame(b"?", 9))
        connection.send(client_frame(text[9:20], 0, fin=False) + client_frame(text[20:], 0))
        pong, ready = connection.frames()
        self.assertEqual((pong.opcode, pong.payload, ready.message["type"]), (10, b"?", "stream_ready"))

    def test_bytes_one_by_one(self) -> None:
        """However the network cuts them."""
        connection = self.connect()
        for byte in client_frame(b'{"type":"start_transcription","languageCode":"en-US"}'):
            connection.send(bytes([byte]))
        self.assertEqual(connection.messages()[0]["type"], "stream_ready")

    def test_close_codes_on_the_wire(self) -> None:
        """Those that Autobahn's own sendClose would not take."""
        connection = self.dictate()
        self.engine.stream.fail(EngineUnavailable())
        self.assert_refused(connection, "ENGINE_UNAVAILABLE", 1011)
        connection = self.connect()
        self.engine.seats = 0
        connection.start()
        self.assert_refused(connection, "CAPACITY", 1013)
        connection = self.connect()
        self.clock.advance(60)
        self.assert_refused(connection, "START_TIMEOUT", 1008)

    def test_a_client_that_never_answers_our_close(self) -> None:
        """It is dropped after 10 s."""
        connection = self.connect()
        connection.send(client_frame(b"x"))
        self.clock.advance(5)
        self.assertTrue(connection.is_open)
        self.clock.pump([1] * 8)
        self.assertFalse(connection.is_open)
        self.assertEqual(len(self.service.factory.sockets), 0)

    def test_longer_than_the_http_timeout(self) -> None:
        """A quiet session outlives the timeout of the request that opened it."""
        connection = self.connect()
        connection.start()
        for _ in range(60):
            self.clock.advance(10)
            connection.send(client_frame(b"", 10))
        self.assertTrue(connection.is_open)


class FirstMessageTests(SocketCase):
    """Every malformed first message, over the wire."""

    def test_malformed(self) -> None:
        """1008 with the contract's sentence."""
        for payload, opcode in (
            (b"hello", 1),
            (b"", 1),
            (b"[]", 1),
            (b'{"type":"unknown"}', 1),
            (b'{"type":"stop_transcription"}', 1),
            (b"[" * 60000, 1),
            (bytes(8192), 2),
            (b"", 2),
        ):
            connection = self.connect()
            connection.send(client_frame(payload, opcode))
            sentence = self.assert_refused(connection, "INVALID_MESSAGE", 1008)
            self.assertEqual(sentence, "Expected start_transcription JSON")

    def test_bad_language(self) -> None:
        """The other sentence of the contract."""
        connection = self.connect()
        connection.start(languageCode="de-DE")
        self.assertEqual(self.assert_refused(connection, "UNSUPPORTED_LANGUAGE", 1008), "Invalid languageCode")

    def test_what_comes_after_the_refusal(self) -> None:
        """Is ignored."""
        connection = self.connect()
        connection.send(client_frame(b"x"))
        connection.frames()
        connection.start()
        connection.speak()
        self.assertEqual((connection.frames(), self.engine.events), ([], []))


class TokenTests(SocketCase):
    """A socket that owes a token gets nothing but the greeting."""

    settings: ClassVar[dict[str, str]] = {"WS_REQUIRE_AUTH": "true"}

    def test_refusals(self) -> None:
        """Without one, with one, with too late a one."""
        connection = self.connect()
        connection.start()
        self.assertEqual(self.assert_refused(connection, "AUTH_REQUIRED", 1008), "Authentication required")
        connection = self.connect()
        connection.start(token="eyJ.secret.token")
        self.assertEqual(self.assert_refused(connection, "AUTH_INVALID", 1008), "Invalid token")
        connection = self.connect()
        self.clock.advance(10)
        self.assert_refused(connection, "AUTH_REQUIRED", 1008)
        self.assertEqual(self.engine.events, [])

    def test_a_ticket_in_the_url_is_not_looked_at(self) -> None:
        """Nothing verifies it: the socket owes as before."""
        connection, _ = self.upgrade("/ws?ws_token=eyJ.a.b")
        connection.start()
        self.assert_refused(connection, "AUTH_REQUIRED", 1008)


class CapacityTests(SocketCase):
    """Seats are counted over all sockets."""

    settings: ClassVar[dict[str, str]] = {"ALIE_MAX_SESSIONS": "2"}

    def test_one_too_many(self) -> None:
        """The third is refused; when one leaves there is room."""
        first, _ = self.dictate(), self.dictate()
        third = self.connect()
        third.start()
        self.assert_refused(third, "CAPACITY", 1013)
        first.transport.loseConnection()
        self.dictate()
        self.assertEqual(self.admission.taken, 2)

    def test_sessions_do_not_mix(self) -> None:
        """Each client gets its own results."""
        first, second = self.dictate(), self.dictate()
        streams: list[ScriptedStream] = self.engine.streams
        streams[1].tell(final(text="Second."))
        streams[0].tell(final(text="First."))
        self.assertEqual([one["text"] for one in first.messages()], ["First."])
        self.assertEqual([one["text"] for one in second.messages()], ["Second."])
