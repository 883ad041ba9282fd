"""Tests of alie.audio: PCM16 as arithmetic, and the odd byte."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie import audio


class ArithmeticTests(SynchronousTestCase):
    """Bytes, samples and seconds."""

    def test_seconds(self) -> None:
        """The page's frame of 8192 bytes is 256 ms."""
        self.assertEqual(audio.seconds(8192, 16000), 0.256)
        self.assertEqual(audio.seconds(0, 8000), 0.0)

    def test_byte_length(self) -> None:
        """Whole samples, rounded down."""
        self.assertEqual(audio.byte_length(0.256, 16000), 8192)
        self.assertEqual(audio.byte_length(0.00009, 16000), 2)

    @given(st.integers(0, 10**9), st.integers(8000, 48000))
    @settings(deadline=None)
    def test_there_and_back(self, samples: int, rate: int) -> None:
        """At most one sample is lost to rounding."""
        self.assertLessEqual(abs(audio.byte_length(audio.seconds(2 * samples, rate), rate) - 2 * samples), 2)


class EvenCarryTests(SynchronousTestCase):
    """Frames of any length become whole samples, and no byte is lost or moved."""

    def test_even_frames_pass_uncopied(self) -> None:
        """The usual case costs nothing."""
        frame = bytes(8192)
        self.assertIs(audio.EvenCarry().push(frame), frame)

    def test_odd_byte_goes_into_the_next_frame(self) -> None:
        """Two odd frames make one more sample."""
        carry = audio.EvenCarry()
        self.assertEqual([carry.push(b"abc"), carry.push(b""), carry.push(b"def")], [b"ab", b"", b"cdef"])

    def test_single_bytes(self) -> None:
        """One byte a frame is half a sample a frame."""
        carry = audio.EvenCarry()
        self.assertEqual([carry.push(bytes([n])) for n in range(4)], [b"", b"\x00\x01", b"", b"\x02\x03"])

    @given(st.lists(st.binary(max_size=9)))
    @settings(deadline=None)
    def test_nothing_is_lost(self, frames: list[bytes]) -> None:
        """What comes out is what went in, but for the last odd byte; each piece is whole samples."""
        carry = audio.EvenCarry()
        pieces = [carry.push(frame) for frame in frames]
        whole = b"".join(frames)
        self.assertEqual(b"".join(pieces), whole[: len(whole) // 2 * 2])
        self.assertTrue(all(len(piece) % 2 == 0 for piece in pieces))
