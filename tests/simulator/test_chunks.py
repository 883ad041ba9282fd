"""Signed chunks: the vendor's SDK writes them, the simulator reads them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from amazon_transcribe.eventstream import EventStreamMessageSerializer
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.chunks import ChunkReader
from alie.simulator.requests import Seal
from alie.simulator.signing import NotAuthentic
from tests.simulator.http2_client import AUDIO_HEADERS, ChunkWriter
from tests.simulator.scripted_service import SECRET

SIGNATURE = "5c" * 32
NOW_S = 1_790_000_000.25


def checked(message: bytes) -> bytes:
    """A message with checksums that are right again."""
    lengths = message[:8]
    body = lengths + struct.pack("!I", zlib.crc32(lengths)) + message[12:-4]
    return body + struct.pack("!I", zlib.crc32(body))


class ChunkTestCase(SynchronousTestCase):
    """A writer and a reader at the same time."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOW_S)
        self.writer = ChunkWriter({"authorization": f"Signature={SIGNATURE}"}, self.clock)
        self.reader = ChunkReader(Seal(SECRET, "ca-central-1", SIGNATURE))

    def read(self, received: bytes) -> list[bytes]:
        return list(self.reader.read(received, self.clock.seconds()))

    def assertRefused(self, received: bytes, reason: str) -> None:
        error = self.assertRaises(NotAuthentic, self.read, received)
        self.assertEqual(error.exception_type, "BadRequestException")
        self.assertIn(reason, str(error))


class GoodTest(ChunkTestCase):
    """What an honest client sends."""

    def test_in_order(self) -> None:
        """Audio, then the end, each chained to the one before."""
        body = self.writer.audio(b"one") + self.writer.audio(b"two") + self.writer.end()
        self.assertEqual(self.read(body), [b"one", b"two", b""])
        self.assertTrue(self.reader.has_ended)

    @settings(deadline=None)
    @given(st.lists(st.integers(1, 400), max_size=20), st.lists(st.binary(min_size=1, max_size=300), max_size=5))
    def test_any_pieces(self, cuts: list[int], audios: list[bytes]) -> None:
        """However the bytes are cut up."""
        self.setUp()
        body = b"".join(self.writer.audio(audio) for audio in audios) + self.writer.end()
        heard: list[bytes] = []
        for cut in cuts:
            heard += self.read(body[:cut])
            body = body[cut:]
        self.assertEqual([*heard, *self.read(body)], [*audios, b""])

    def test_empty_audio(self) -> None:
        """An empty AudioEvent is the end, too; the empty envelope after it says nothing new."""
        self.assertEqual(self.read(self.writer.audio(b"one") + self.writer.audio(b"")), [b"one", b""])
        self.assertTrue(self.reader.has_ended)
        self.assertEqual(self.read(self.writer.end()), [])

    def test_five_minutes(self) -> None:
        """A signature is good for that long, whichever clock is ahead."""
        body = self.writer.audio(b"one")
        self.clock.advance(299)
        self.assertEqual(self.read(body), [b"one"])
        body = self.writer.audio(b"two")
        self.clock = Clock()
        self.clock.advance(NOW_S)
        self.assertEqual(self.read(body), [b"two"])


class BadTest(ChunkTestCase):
    """What is refused."""

    def test_lost_chunk(self) -> None:
        """The chain shows what is missing."""
        self.writer.audio(b"lost")
        self.assertRefused(self.writer.audio(b"two"), "signature")

    def test_replay(self) -> None:
        """And what comes twice."""
        body = self.writer.audio(b"one")
        self.assertEqual(self.read(body), [b"one"])
        self.assertRefused(body, "signature")

    def test_other_secret(self) -> None:
        """Whoever signs with another key."""
        self.reader = ChunkReader(Seal("another", "ca-central-1", SIGNATURE))
        self.assertRefused(self.writer.audio(b"one"), "signature")

    def test_other_region(self) -> None:
        """Or for another region."""
        self.reader = ChunkReader(Seal(SECRET, "us-east-1", SIGNATURE))
        self.assertRefused(self.writer.audio(b"one"), "signature")

    def test_changed(self) -> None:
        """Audio, date or signature changed on the way, with checksums to match."""
        body = self.writer.audio(b"one")
        for at in (body.index(b"one"), body.index(b":date") + 13, body.index(b":chunk-signature") + 25):
            self.setUp()
            changed = bytearray(body)
            changed[at] ^= 1
            self.assertRefused(checked(bytes(changed)), "signature")

    def test_too_old(self) -> None:
        """In the service's words."""
        body = self.writer.audio(b"one")
        self.clock.advance(301)
        self.assertRefused(body, "Signature expired: 20260921T")

    def test_too_early(self) -> None:
        """A clock that is ahead."""
        self.clock.advance(301)
        body = self.writer.audio(b"one")
        self.clock = Clock()
        self.clock.advance(NOW_S)
        self.assertRefused(body, "Signature not yet current")

    def test_checksums(self) -> None:
        """Of the lengths, and of all."""
        body = self.writer.audio(b"one")
        for at in (1, 9, 30, len(body) - 1):
            self.setUp()
            changed = bytearray(body)
            changed[at] ^= 1
            self.assertRefused(bytes(changed), "decoded")

    def test_checksums_within(self) -> None:
        """And those of the message in the envelope."""
        inner = bytearray(EventStreamMessageSerializer().serialize(AUDIO_HEADERS, b"one"))
        inner[-1] ^= 1
        self.assertRefused(self.writer.envelope(bytes(inner)), "decoded")

    def test_not_one_audio_event(self) -> None:
        """Other events, other media, two messages, or something else altogether."""
        audio = EventStreamMessageSerializer().serialize(AUDIO_HEADERS, b"one")
        cases: list[tuple[Callable[[], bytes], str]] = [
            (lambda: self.writer.audio(b"one", {**AUDIO_HEADERS, ":event-type": "ConfigurationEvent"}), "AudioEvent"),
            (lambda: self.writer.audio(b"one", {**AUDIO_HEADERS, ":content-type": "audio/wav"}), "AudioEvent"),
            (lambda: self.writer.envelope(audio + audio), "decoded"),
            (lambda: self.writer.envelope(b"one"), "decoded"),
        ]
        for write, reason in cases:
            self.setUp()
            self.assertRefused(write(), reason)

    def test_unsigned(self) -> None:
        """A message without an envelope."""
        self.assertRefused(EventStreamMessageSerializer().serialize(AUDIO_HEADERS, b"one"), "not signed")

    def test_after_the_end(self) -> None:
        """Nothing more may be said."""
        self.assertEqual(self.read(self.writer.end()), [b""])
        self.assertRefused(self.writer.audio(b"one"), "after the end")
