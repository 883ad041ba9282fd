"""Whole frames are taken out of any stream of bytes; everything else is left to the full implementation, unharmed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.frames import MAX_PAYLOAD_BYTES, WholeFrames, joined, masked_binary_frame, text_frame
from alie.masking import apply_mask

MASK = b"\x01\xfe\x80\x7f"
PAYLOADS = st.lists(st.binary(max_size=300) | st.integers(126, 2000).map(bytes), max_size=6)


def masked(payload: bytes) -> bytes:
    """As a client sends it."""
    return masked_binary_frame(payload, MASK, apply_mask)


def plain(payload: bytes) -> bytes:
    """As a server sends it."""
    size = len(payload)
    return (bytes((0x82, size)) if size < 126 else b"\x82\x7e" + size.to_bytes(2)) + payload


class JoinedTests(SynchronousTestCase):
    """Audio that came in many frames at once."""

    @given(st.lists(st.binary(max_size=9), max_size=9), st.integers(1, 20))
    def test_the_same_audio(self, payloads: list[bytes], most: int) -> None:
        """In full pieces, and a rest; a frame alone stays what it is, too large or empty as it may be."""
        pieces = joined(payloads, most)
        self.assertEqual(b"".join(pieces), b"".join(payloads))
        if len(payloads) < 2:
            self.assertIs(pieces, payloads)
        else:
            self.assertEqual({len(piece) for piece in pieces[:-1]} - {most}, set())
            self.assertTrue(all(0 < len(piece) <= most for piece in pieces))


class WholeFramesTests(SynchronousTestCase):
    """Of a server (its clients mask) and of a client."""

    @given(PAYLOADS, st.lists(st.integers(0, 6000), max_size=8), st.booleans())
    def test_any_cut(self, payloads: list[bytes], cuts: list[int], is_server: bool) -> None:
        frames = WholeFrames(65_536, apply_mask if is_server else None)
        stream = b"".join((masked if is_server else plain)(payload) for payload in payloads)
        bounds = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
        taken: list[bytes] = []
        for start, stop in pairwise(bounds):
            found, left = frames.feed(stream[start:stop])
            taken += found
            self.assertEqual(left, b"")
        self.assertEqual(taken, payloads)
        self.assertEqual(frames.feed(b"\x89"), ([], b"\x89"))  # nothing of a frame was kept

    @given(PAYLOADS, st.binary(min_size=1, max_size=40), st.integers(0, 3000))
    def test_what_is_not_taken_is_left_whole(self, payloads: list[bytes], other: bytes, cut: int) -> None:
        """Frames, then anything that is no such frame: what is left begins exactly there."""
        other = (b"\x81" if other[0] == 0x82 else other[:1]) + other[1:]
        stream = b"".join(map(masked, payloads))
        frames = WholeFrames(65_536, apply_mask)
        cut = min(cut, len(stream))
        taken, left = frames.feed(stream[:cut])
        self.assertEqual(left, b"")
        more, left = frames.feed(stream[cut:] + other)
        self.assertEqual((taken + more, left), (payloads, other))

    def test_other_frames(self) -> None:
        """Text, fragments, extensions, control frames, another kind of length, a missing or unexpected mask."""
        for frame in (b"\x81\x80", b"\x02\x80", b"\x80\x80", b"\xc2\x80", b"\x89\x80", b"\x82\xff", b"\x82\x02ab"):
            self.assertEqual(WholeFrames(65_536, apply_mask).feed(frame), ([], frame), frame)
        for frame in (b"\x82\x82", b"\x82\x7f"):
            self.assertEqual(WholeFrames(65_536, None).feed(frame), ([], frame), frame)

    def test_lengths_that_are_longer_than_need_be(self) -> None:
        """Section 5.2: the shortest form must be used. The last byte of the length tells."""
        for size in (0, 1, 125):
            head = b"\x82\xfe" + size.to_bytes(2)
            self.assertEqual(WholeFrames(65_536, apply_mask).feed(head), ([], head))
        self.assertEqual(WholeFrames(65_536, apply_mask).feed(b"\x82\xfe\x00\x7e"), ([], b""))

    def test_what_is_kept_is_given_back(self) -> None:
        """To whoever goes on in the middle of a frame; once."""
        frames, frame = WholeFrames(65_536, apply_mask), masked(b"abcd")
        for part in (frame + frame[:3], frame[3:5]):
            frames.feed(part)
        self.assertEqual((frames.release(), frames.release()), (frame[:5], b""))
        self.assertEqual(frames.feed(frame), ([b"abcd"], b""))

    def test_too_large(self) -> None:
        """Left as soon as its length is known, so that it can be refused before it has come."""
        frames = WholeFrames(1000, apply_mask)
        self.assertEqual(frames.feed(b"\x82\xfe\x03"), ([], b""))
        self.assertEqual(frames.feed(b"\xe9"), ([], b"\x82\xfe\x03\xe9"))
        self.assertEqual(len(frames.feed(masked(bytes(1000)))[0][0]), 1000)

    def test_one_byte_at_a_time(self) -> None:
        frames = WholeFrames(65_536, None)
        taken = [frames.feed(bytes([byte]))[0] for byte in plain(b"") + plain(b"a")]
        self.assertEqual([payload for found in taken for payload in found], [b"", b"a"])


class WritingTests(SynchronousTestCase):
    """What is written is what RFC 6455 says."""

    def test_text(self) -> None:
        self.assertEqual(text_frame(b"ab"), b"\x81\x02ab")
        self.assertEqual(text_frame(bytes(126))[:4], b"\x81\x7e\x00\x7e")
        self.assertEqual(text_frame(bytes(MAX_PAYLOAD_BYTES))[:4], b"\x81\x7e\xff\xff")

    def test_masked(self) -> None:
        """The example of section 5.7."""
        frame = masked_binary_frame(b"Hello", bytes((0x37, 0xFA, 0x21, 0x3D)), apply_mask)
        self.assertEqual(frame, bytes((0x82, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58)))
