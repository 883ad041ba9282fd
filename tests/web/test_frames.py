"""Tests of the frames that alie.web.websocket takes: how large, in how many pieces, and by the rules of RFC 6455."""

from __future__ import annotations

from alie.errors import EngineUnavailable
from tests.support.memory_web import Connection, client_frame, frame_head
from tests.web.test_websocket import SocketCase

LIMIT = 65536


class SizeTests(SocketCase):
    """64 KiB a message; more is refused before it is received."""

    def test_a_frame_of_exactly_64_kib(self) -> None:
        """Audio and text pass."""
        connection = self.dictate()
        connection.speak(bytes(LIMIT))
        self.assertEqual(len(self.engine.stream.fed), 8192 + LIMIT)
        connection.send(client_frame(b'{"type":"ping"}'.ljust(LIMIT)))
        self.assertEqual(connection.messages(), [{"type": "pong"}])

    def test_one_byte_more(self) -> None:
        """The head of the frame is enough, started or not."""
        for connection in (self.connect(), self.dictate()):
            for_all = frame_head(LIMIT + 1, 2)
            connection.send(for_all)
            self.assert_refused(connection, "FRAME_TOO_LARGE", 1009)
        self.assertEqual(self.admission.taken, 0)

    def test_text_of_one_byte_more(self) -> None:
        """As for audio."""
        connection = self.connect()
        connection.send(frame_head(LIMIT + 1, 1))
        self.assert_refused(connection, "FRAME_TOO_LARGE", 1009)

    def test_fragments_that_are_too_much_together(self) -> None:
        """The message counts, not the frame."""
        connection = self.dictate()
        connection.send(client_frame(bytes(40000), 2, fin=False))
        self.assertEqual(connection.frames(), [])
        connection.send(frame_head(40000, 0))
        self.assert_refused(connection, "FRAME_TOO_LARGE", 1009)

    def test_more_than_a_mebibyte(self) -> None:
        """Cut off by Autobahn itself, with the same code."""
        connection = self.dictate()
        connection.send(frame_head(1_048_577, 2))
        self.assertEqual(connection.frames()[-1].close[0], 1009)
        self.assertEqual((self.engine.streams, self.admission.taken), ([], 0))

    def test_a_flood_of_fragments(self) -> None:
        """Empty ones cost memory too."""
        connection = self.dictate()
        connection.send(client_frame(b"", 2, fin=False) + client_frame(b"", 0, fin=False) * 1023)
        self.assertEqual(connection.frames(), [])
        connection.send(client_frame(b"", 0, fin=False))
        self.assertEqual(self.assert_refused(connection, "FRAME_TOO_LARGE", 1009), "Message in too many fragments")

    def test_the_rest_of_a_refused_frame(self) -> None:
        """It may still arrive, and does nothing."""
        connection = self.dictate()
        connection.send(client_frame(bytes(LIMIT + 1), 2))
        self.assert_refused(connection, "FRAME_TOO_LARGE", 1009)
        self.assertEqual((connection.frames(), self.admission.taken), ([], 0))


class ViolationTests(SocketCase):
    """Breaches of RFC 6455 end the socket with its code; the seat is free and the engine is aborted."""

    def broken(self, data: bytes) -> Connection:
        """A dictation in which these bytes come."""
        connection = self.dictate()
        connection.send(data)
        return connection

    def test_bad_utf8(self) -> None:
        """1007, even if the message is not complete."""
        self.assert_violation(self.broken(client_frame(b'{"type":"\xff"}')), 1007)
        self.assert_violation(self.broken(client_frame(b"\xc3\x28", 1, fin=False)), 1007)

    def test_protocol_errors(self) -> None:
        """1002: unmasked, reserved bits, unknown opcodes, control frames that are long or in pieces."""
        for data in (
            client_frame(b"{}", masked=False),
            client_frame(b"{}", reserved=4),
            client_frame(b"{}", reserved=1),
            client_frame(b"{}", 3),
            client_frame(b"{}", 11),
            client_frame(b"{}", 0),
            client_frame(bytes(126), 9),
            client_frame(b"", 9, fin=False),
            client_frame(b"a", 1, fin=False) + client_frame(b"b", 1),
            client_frame(b"\x03", 8),
            client_frame(b"\x03\xed", 8),
        ):
            self.assert_violation(self.broken(data), 1002)

    def test_compressed_without_having_agreed(self) -> None:
        """A reserved bit like any other."""
        self.assert_violation(self.broken(client_frame(b"\xaa\x56\x4a", reserved=4)), 1002)

    def test_closed_in_the_middle_of_a_frame(self) -> None:
        """What comes of it afterwards is no new frame, so the client's own close is found behind it."""
        for cut in (1, 2, 7, 30):
            connection = self.dictate()
            data = client_frame(b"\x82\x85" * 20, 2)
            connection.send(data[:cut])
            self.engine.stream.fail(EngineUnavailable())
            self.assert_refused(connection, "ENGINE_UNAVAILABLE", 1011)
            connection.send(data[cut:])
            self.assertTrue(connection.is_open)
            connection.send(client_frame(b"\x03\xf3", 8))
            self.assertFalse(connection.is_open)
            self.assertEqual(connection.frames(), [])

    def test_nothing_counts_after_one(self) -> None:
        """Not even what would be too large."""
        self.assert_violation(self.broken(client_frame(b"{}", 3) + frame_head(LIMIT + 1, 2)), 1002)
        self.assertNotIn(b"FRAME_TOO_LARGE", self.ask("/metrics").body)
        self.broken(frame_head(LIMIT + 1, 2))
        self.assertIn(b"FRAME_TOO_LARGE", self.ask("/metrics").body)

    def test_all_is_given_back(self) -> None:
        """When the client has closed as well, or never does."""
        connection = self.broken(client_frame(b"{}", 3))
        connection.send(client_frame(b"\x03\xea", 8))
        self.broken(client_frame(b"{}", 3))
        self.clock.pump([1] * 15)
        self.assertEqual((self.admission.taken, self.engine.streams, self.service.factory.sockets), (0, [], set()))
