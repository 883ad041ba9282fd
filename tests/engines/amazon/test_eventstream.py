"""The event-stream codec, held against botocore's, and against damage."""

from __future__ import annotations

import itertools
import struct
from binascii import crc32
from typing import Any

from botocore.eventstream import EventStreamBuffer  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as some
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.amazon.eventstream import MAX_MESSAGE_BYTES, Decoder, EventStreamError, Message, encode_audio

HEADERS = {":message-type": "event", ":event-type": "TranscriptEvent", ":content-type": "application/json"}


def string_header(name: str, value: str) -> bytes:
    return (
        bytes((len(name.encode()),)) + name.encode() + b"\x07" + struct.pack(">H", len(value.encode())) + value.encode()
    )


def message(headers: bytes, payload: bytes = b"", total: int | None = None) -> bytes:
    """A message whose checksums are right, whatever else is not."""
    prelude = struct.pack(">II", 16 + len(headers) + len(payload) if total is None else total, len(headers))
    body = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return body + struct.pack(">I", crc32(body))


def event(payload: bytes, headers: dict[str, str] | None = None) -> bytes:
    given_ = HEADERS if headers is None else headers
    return message(b"".join(string_header(*pair) for pair in given_.items()), payload)


class Encoding(SynchronousTestCase):
    """Audio on its way out, as botocore reads it."""

    def read(self, data: bytes) -> Any:
        buffer = EventStreamBuffer()
        buffer.add_data(data)
        (found,) = list(buffer)
        return found

    @given(some.binary(max_size=9000))
    def test_botocore_reads_what_is_encoded(self, audio: bytes) -> None:
        found = self.read(encode_audio(audio))
        self.assertEqual(found.payload, audio)
        self.assertEqual(
            found.headers,
            {
                ":message-type": "event",
                ":event-type": "AudioEvent",
                ":content-type": "application/octet-stream",
            },
        )

    def test_the_same_length_again_carries_other_audio(self) -> None:
        for audio in (b"\x01\x02", b"\x03\x04"):
            self.assertEqual(self.read(encode_audio(audio)).payload, audio)

    def test_nothing_ends_the_stream(self) -> None:
        self.assertEqual(self.read(encode_audio(b"")).payload, b"")


class Decoding(SynchronousTestCase):
    """Events on their way in."""

    @given(
        some.lists(
            some.tuples(
                some.dictionaries(some.text(min_size=1, max_size=9), some.text(max_size=9), max_size=4),
                some.binary(max_size=99),
            ),
            max_size=4,
        ),
        some.lists(some.integers(0, 600), max_size=6),
    )
    def test_any_cut_gives_the_same_messages_as_botocore(
        self, given_: list[tuple[dict[str, str], bytes]], cuts: list[int]
    ) -> None:
        data = b"".join(event(payload, headers) for headers, payload in given_)
        edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
        decoder = Decoder()
        found = [one for start, end in itertools.pairwise(edges) for one in decoder.feed(data[start:end])]
        buffer = EventStreamBuffer()
        buffer.add_data(data)
        self.assertEqual(found, [Message(one.headers, one.payload) for one in buffer])
        self.assertEqual([(dict(one.headers), one.payload) for one in found], given_)

    @given(some.binary(max_size=60), some.data())
    def test_a_flipped_bit_is_never_read_as_something_else(self, payload: bytes, draw: some.DataObject) -> None:
        whole = event(payload)
        place, bit = draw.draw(some.integers(0, len(whole) - 1)), draw.draw(some.integers(0, 7))
        wrong = bytearray(whole)
        wrong[place] ^= 1 << bit
        with self.assertRaises(EventStreamError):
            Decoder().feed(bytes(wrong))

    @given(some.binary(max_size=200))
    def test_no_bytes_raise_anything_else(self, data: bytes) -> None:
        try:
            Decoder().feed(data)
        except EventStreamError:
            pass

    @given(some.binary(max_size=60))
    def test_no_headers_raise_anything_else(self, headers: bytes) -> None:
        try:
            Decoder().feed(message(headers))
        except EventStreamError:
            pass

    def test_headers_of_other_types_are_passed_over(self) -> None:
        others = b"".join(
            bytes((1,)) + name + value
            for name, value in (
                (b"a", b"\x00"),
                (b"b", b"\x01"),
                (b"c", b"\x02\xff"),
                (b"d", b"\x03" + bytes(2)),
                (b"e", b"\x04" + bytes(4)),
                (b"f", b"\x05" + bytes(8)),
                (b"g", b"\x06\x00\x03abc"),
                (b"h", b"\x08" + bytes(8)),
                (b"i", b"\x09" + bytes(16)),
            )
        )
        (found,) = Decoder().feed(message(others + string_header("z", "last"), b"p"))
        self.assertEqual((dict(found.headers), found.payload), ({"z": "last"}, b"p"))

    def test_headers_that_cannot_be_read(self) -> None:
        twice = string_header("a", "1") * 2
        for headers in (b"\x05ab", b"\x01a", b"\x01a\x0a", b"\x01a\x07\x00\x09x", b"\x01a\x07\x00\x01\xff", twice):
            with self.assertRaises(EventStreamError):
                Decoder().feed(message(headers))

    def test_lengths_out_of_bounds(self) -> None:
        headers = string_header("a", "1")
        for total in (0, 15, 16 + len(headers) - 1, MAX_MESSAGE_BYTES + 1, 2**32 - 1):
            with self.assertRaises(EventStreamError):
                Decoder().feed(message(headers, total=total))

    def test_the_largest_message(self) -> None:
        payload = bytes(MAX_MESSAGE_BYTES - 16)
        (found,) = Decoder().feed(message(b"", payload))
        self.assertEqual(len(found.payload), len(payload))

    def test_errors_say_nothing_of_the_content(self) -> None:
        whole = event(b"secret words")
        with self.assertRaises(EventStreamError) as caught:
            Decoder().feed(whole[:-1] + bytes((whole[-1] ^ 1,)))
        self.assertNotIn("secret", str(caught.exception))
