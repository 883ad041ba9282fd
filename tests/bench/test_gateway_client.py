"""One session of the gateway bench's load: its frames, and how results find the frames that they cover."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from bench.gateway import wire
from bench.gateway.client import Client

UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


class FakeTransport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True


def said(kind: str, **fields: Any) -> bytes:
    """A server's text frame."""
    payload = json.dumps({"type": kind, **fields}).encode()
    return bytes([0x81, len(payload)]) + payload


def unmasked(frame: bytes) -> bytes:
    """The payload of a client's frame."""
    start = 6 if frame[1] & 127 < 126 else 8
    mask = frame[start - 4 : start]
    return bytes(byte ^ mask[index % 4] for index, byte in enumerate(frame[start:]))


class WireTests(SynchronousTestCase):
    """RFC 6455 as a client needs it."""

    def test_a_short_and_a_long_frame_carry_what_they_were_given(self) -> None:
        for size, head in ((5, b"\x82\x85"), (8192, b"\x82\xfe\x20\x00")):
            frame = wire.encode(wire.BINARY, bytes(range(256)) * 32 if size > 5 else b"audio")
            self.assertTrue(frame.startswith(head))
            self.assertEqual(unmasked(frame), bytes(range(256)) * 32 if size > 5 else b"audio")

    def test_frames_are_read_wherever_the_bytes_are_cut(self) -> None:
        sent = b"\x81\x02hi" + b"\x81\x7e\x01\x00" + bytes(256) + b"\x81\x7f" + (5).to_bytes(8) + b"large"
        for cut in range(len(sent)):
            reader = wire.Reader()
            found = reader.take(sent[:cut]) + reader.take(sent[cut:])
            self.assertEqual(found, [(1, b"hi"), (1, bytes(256)), (1, b"large")])


class ClientTests(SynchronousTestCase):
    """A session from its upgrade to its end."""

    def setUp(self) -> None:
        self.now = 100.0
        self.transport = FakeTransport()
        self.client = Client("ws://127.0.0.1:3001/ws", [b"<a>", b"<b>"], 1, lambda: self.now, {"ack": True})
        self.client.connection_made(self.transport)

    def begin(self) -> None:
        """Up to where the gateway wants audio."""
        self.client.data_received(UPGRADED + said("connection_established") + said("stream_ready"))
        self.transport.written = b""

    def test_it_asks_for_the_path_and_starts_a_dictation_when_upgraded(self) -> None:
        self.assertTrue(self.transport.written.startswith(b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:3001\r\n"))
        self.transport.written = b""
        self.client.data_received(UPGRADED[:20])
        self.client.data_received(UPGRADED[20:])
        start = json.loads(unmasked(self.transport.written))
        self.assertEqual((start["type"], start["ack"]), ("start_transcription", True))

    def test_no_audio_before_the_gateway_wants_it_then_round_and_round(self) -> None:
        self.client.speak()
        self.begin()
        for _ in range(3):
            self.client.speak()
        self.assertEqual((self.transport.written, self.client.spoken), (b"<b><a><b>", 3))

    def test_a_result_answers_every_frame_that_it_covers_and_no_other(self) -> None:
        self.begin()
        for _ in range(3):
            self.client.speak()
            self.now += 1.0
        self.client.data_received(said("transcription_result", endTime=0.512))
        self.assertEqual(self.client.round_trips, [(100.0, 3.0), (101.0, 2.0)])
        self.assertEqual((self.client.unanswered, self.client.results), (1, 1))

    def test_a_result_that_covers_nothing_new_is_counted_all_the_same(self) -> None:
        self.begin()
        self.client.speak()
        for end_s in (0.25, None):
            self.client.data_received(said("transcription_result", endTime=end_s))
        self.assertEqual((self.client.unanswered, self.client.results), (1, 2))

    def test_it_answers_pings(self) -> None:
        self.begin()
        self.client.data_received(b"\x89\x02hi")
        self.assertEqual((self.transport.written[0], unmasked(self.transport.written)), (0x8A, b"hi"))

    def test_what_ends_it_before_its_time_is_kept(self) -> None:
        self.begin()
        self.client.data_received(said("transcription_error", code="CAPACITY", error="Busy"))
        self.client.data_received(b"\x88\x02\x03\xf5")
        self.assertEqual(self.client.failure, "CAPACITY Busy")

    def test_a_refused_upgrade_is_a_failure(self) -> None:
        self.client.data_received(b"HTTP/1.1 403 Forbidden\r\n\r\n")
        self.assertEqual(self.client.failure, "refused: HTTP/1.1 403 Forbidden")

    def test_it_says_that_it_stops_and_its_end_is_no_failure(self) -> None:
        self.begin()
        self.client.stop()
        self.client.data_received(b"\x88\x02\x03\xe8")
        self.client.connection_lost(None)
        self.assertIsNone(self.client.failure)
        self.assertIn(0x88, self.transport.written)
