"""Tests of alie.simulator.stamp and stamp_reader: every sample is told apart, wherever a leg begins or pauses."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.stamp import BLOCK, Source, Span, find_stamp, stamp
from alie.simulator.stamp_reader import StampReader

RATE_HZ = 16000


def noise(samples: int, seed: int = 1) -> bytes:
    """A recording."""
    return np.random.default_rng(seed).integers(-3000, 3000, samples).astype("<i2").tobytes()


def joined(pieces: list[tuple[Span, bytes]]) -> list[Span]:
    """Spans, those that go on as one."""
    spans: list[Span] = []
    for span, _ in pieces:
        if spans and span.follows(spans[-1]):
            last = spans.pop()
            span = Span(last.source, last.leg_offset, last.length + span.length, last.speaker, last.position)
        spans.append(span)
    return spans


def read(audio: bytes, step: int = 3200) -> list[tuple[Span, bytes]]:
    """All that a reader tells of audio that comes in pieces."""
    reader = StampReader()
    pieces = [piece for at in range(0, len(audio), step) for piece in reader.read(audio[at : at + step])]
    return pieces + reader.finish()


class StampTests(SynchronousTestCase):
    """What stamping does to a recording."""

    def test_it_stays_speech(self) -> None:
        """No sample moves by more than two steps of 65536, and none is zero."""
        for recording in (noise(5000), bytes(5000), np.array([-32768, 32767, 1, -1], dtype="<i2").tobytes()):
            before, after = (np.frombuffer(one, dtype="<i2").astype(int) for one in (recording, stamp(recording, 9)))
            self.assertLessEqual(int(np.abs(after - before).max()), 2)
            self.assertTrue(after.all())

    def test_nothing_to_stamp(self) -> None:
        """An empty recording stays one."""
        self.assertEqual(stamp(b"", 3), b"")

    def test_unstamped_audio_has_no_stamps(self) -> None:
        """Chance does not make any."""
        bits = (np.frombuffer(noise(200_000), dtype="<i2") & 1).astype(np.uint8)
        self.assertIsNone(find_stamp(bits))

    def test_the_check(self) -> None:
        """A pattern alone does not make a stamp."""
        bits = (np.frombuffer(stamp(noise(BLOCK), 3), dtype="<i2") & 1).astype(np.uint8)
        self.assertEqual(find_stamp(bits), (0, 3, 0))
        for bit in range(BLOCK):
            changed = bits.copy()
            changed[bit] ^= 1
            self.assertIsNone(find_stamp(changed), bit)


class ReaderTests(SynchronousTestCase):
    """What is told of a leg's audio."""

    def test_a_whole_recording(self) -> None:
        """One span, its last samples included."""
        recording = stamp(noise(10_001), 2**32 - 1)
        pieces = read(recording)
        self.assertEqual(joined(pieces), [Span(Source.SPEECH, 0, 10_001, 2**32 - 1, 0)])
        self.assertEqual(b"".join(audio for _, audio in pieces), recording)

    @given(
        start=st.integers(0, 3000),
        end=st.integers(4000, 9000),
        step=st.integers(100, 4000),
        silences=st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 3000)), max_size=5),
    )
    @settings(deadline=None, max_examples=60)
    def test_any_part_with_any_silence(self, start: int, end: int, step: int, silences: list[tuple[int, int]]) -> None:
        """Every sample is found again, the zeros between them are told as silence, and nothing is left over."""
        recording = stamp(noise(9000), 77)
        sent, added = recording[2 * start : 2 * end], 0
        for at, length in silences:
            cut = 2 * min(at, len(sent) // 2)
            sent, added = sent[:cut] + bytes(2 * length) + sent[cut:], added + length
        pieces = read(sent, 2 * step)
        spans = [span for span, _ in pieces]
        self.assertEqual([span.leg_offset for span in spans][1:], [one.leg_offset + one.length for one in spans][:-1])
        self.assertEqual(sum(span.length for span in spans if span.source is Source.SILENCE), added)
        speech = [(span, audio) for span, audio in pieces if span.source is Source.SPEECH]
        self.assertEqual(b"".join(audio for _, audio in speech), recording[2 * start : 2 * end])
        self.assertEqual(speech[0][0].position, start)
        self.assertEqual({span.source for span in spans} - {Source.SPEECH, Source.SILENCE}, set())

    @given(st.integers(300, 2000), st.integers(1, 4000))
    @settings(deadline=None, max_examples=60)
    def test_a_part_is_missing(self, first: int, lost: int) -> None:
        """It is seen where, but for the few samples that agree by chance."""
        recording = stamp(noise(9000), 5)
        pieces = read(recording[: 2 * first] + recording[2 * (first + lost) :])
        self.assertEqual({span.source for span, _ in pieces}, {Source.SPEECH})
        before, after = joined(pieces)
        self.assertLess(abs(before.length - first), 24)
        self.assertEqual(after.position + after.length, 9000)
        self.assertEqual(before.length + after.length, 9000 - lost)

    def test_two_speakers_in_one_leg(self) -> None:
        """Each is told apart."""
        pieces = read(stamp(noise(3000), 1) + stamp(noise(3000), 2))
        first, *_, last = joined(pieces)
        self.assertEqual((first.speaker, first.position, last.speaker), (1, 0, 2))
        self.assertEqual(last.position + last.length, 3000)
        self.assertEqual(sum(span.length for span, _ in pieces), 6000)

    def test_unstamped_audio(self) -> None:
        """It is told as such, and not kept."""
        reader = StampReader()
        frame = b"\x01\x02\x06\x01\x01\xff" * 533
        pieces = [piece for _ in range(10) for piece in reader.read(frame)]
        self.assertGreater(sum(span.length for span, _ in pieces), 15_000)
        self.assertEqual({span.source for span, _ in pieces + reader.finish()}, {Source.UNKNOWN})

    def test_zeros_of_unstamped_audio(self) -> None:
        """A few are its own; many are silence."""
        part = noise(1000).replace(b"\0\0", b"\0\1")
        pieces = read(part + bytes(200) + part + bytes(2000) + part)
        self.assertEqual(
            joined(pieces),
            [Span(Source.UNKNOWN, 0, 2100), Span(Source.SILENCE, 2100, 1000), Span(Source.UNKNOWN, 3100, 1000)],
        )

    def test_one_sample_at_a_time(self) -> None:
        """However small the pieces."""
        recording = stamp(noise(700), 4)
        self.assertEqual(joined(read(recording[80:], 2)), [Span(Source.SPEECH, 0, 660, 4, 40)])

    def test_silence_at_the_end(self) -> None:
        """How long nothing was said."""
        reader = StampReader()
        reader.read(stamp(noise(1000), 1) + bytes(600))
        self.assertEqual(reader.trailing_silence, 300)
        reader.read(bytes(600))
        self.assertEqual((reader.trailing_silence, reader.length), (600, 1600))
        reader.read(stamp(noise(1000), 1))
        self.assertEqual(reader.trailing_silence, 0)
