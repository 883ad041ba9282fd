"""Tests of alie.intake and alie.rates: no audio is ever read at the wrong speed."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie import rates
from alie.intake import HELD_BYTES, Intake

FRAME = bytes(8192)
BEGAN_AT = 1000.0


def speak(intake: Intake, true_rate_hz: int, seconds: float, *, speed: float = 1.0) -> bytes:
    """Sends so many seconds of audio, frame by frame, as a microphone of that rate would (times `speed`)."""
    period_s = len(FRAME) / (2 * true_rate_hz) / speed
    given = b""
    for number in range(1, int(seconds / period_s) + 1):
        given += intake.take(FRAME, BEGAN_AT + number * period_s)
    return given


class BelievedTests(SynchronousTestCase):
    """Where there is no doubt, audio passes through at once."""

    def test_plain_client_is_taken_at_16000(self) -> None:
        """Whatever else it declares, unless it is a rate that some really send."""
        for declared in (None, 16000, 8000, 22050, 32000):
            intake = Intake(declared, is_alie_client=False)
            self.assertEqual(intake.take(FRAME, BEGAN_AT), FRAME)
            self.assertEqual((intake.ledger.sample_rate_hz, intake.due_at), (16000, None))

    def test_alie_client_is_believed(self) -> None:
        """Its rate is the session's from the first frame."""
        for declared in (8000, 44100, 48000):
            intake = Intake(declared, is_alie_client=True)
            self.assertEqual(intake.take(FRAME, BEGAN_AT), FRAME)
            self.assertEqual(intake.ledger.sample_rate_hz, declared)

    def test_alie_client_that_says_nothing(self) -> None:
        """16000, like everyone."""
        self.assertEqual(Intake(None, is_alie_client=True).ledger.sample_rate_hz, 16000)

    def test_odd_frames(self) -> None:
        """Only whole samples are counted and handed on."""
        intake = Intake(None, is_alie_client=False)
        self.assertEqual(intake.take(b"abc", BEGAN_AT) + intake.take(b"d", BEGAN_AT), b"abcd")
        self.assertEqual(intake.ledger.received_bytes, 4)


class WeighedTests(SynchronousTestCase):
    """A plain client that declared 44100 or 48000 is weighed over two seconds; nothing is lost meanwhile."""

    def test_the_page_that_declares_44100_and_sends_16000(self) -> None:
        """One generation in production does: its audio is 16 kHz and must be read so."""
        for speed in (0.95, 1.0, 1.05):
            intake = Intake(44100, is_alie_client=False)
            given = speak(intake, 16000, 3.0, speed=speed)
            self.assertEqual(intake.ledger.sample_rate_hz, 16000)
            self.assertEqual(len(given), intake.ledger.received_bytes)

    def test_true_rates(self) -> None:
        """A client whose bytes match what it declared is re-based to it."""
        for rate in (44100, 48000):
            for speed in (0.95, 1.0, 1.05):
                intake = Intake(rate, is_alie_client=False)
                given = speak(intake, rate, 3.0, speed=speed)
                self.assertEqual(intake.ledger.sample_rate_hz, rate)
                self.assertEqual(len(given), intake.ledger.received_bytes)

    def test_a_late_first_frame_does_not_spoil_it(self) -> None:
        """A page may hold its first frames back and send them together."""
        intake = Intake(48000, is_alie_client=False)
        for _ in range(3):
            intake.take(FRAME, BEGAN_AT)
        speak(intake, 48000, 3.0)
        self.assertEqual(intake.ledger.sample_rate_hz, 48000)

    def test_nothing_is_handed_on_while_in_doubt(self) -> None:
        """And it says when it must be asked again."""
        intake = Intake(44100, is_alie_client=False)
        self.assertIsNone(intake.due_at)
        self.assertEqual(intake.take(FRAME, BEGAN_AT), b"")
        self.assertEqual(intake.due_at, BEGAN_AT + 2.0)
        self.assertEqual(intake.settle(BEGAN_AT + 2.0), FRAME)
        self.assertEqual((intake.due_at, intake.take(FRAME, BEGAN_AT + 3)), (None, FRAME))

    def test_a_file_sent_at_once(self) -> None:
        """Faster than declared means faster than real time, never another rate; little is held."""
        intake = Intake(44100, is_alie_client=False)
        frames = HELD_BYTES // len(FRAME) + 1
        given = b"".join(intake.take(FRAME, BEGAN_AT) for _ in range(frames))
        self.assertEqual(len(given), frames * len(FRAME))
        self.assertEqual(intake.ledger.sample_rate_hz, 16000)

    def test_a_short_file_sent_at_once(self) -> None:
        """Two seconds' worth of bytes at 44100 in one burst are no proof of 44100."""
        intake = Intake(44100, is_alie_client=False)
        for _ in range(2 * 44100 * 2 // len(FRAME)):
            intake.take(FRAME, BEGAN_AT)
        intake.settle(BEGAN_AT + 2.0)
        self.assertEqual(intake.ledger.sample_rate_hz, 16000)

    def test_stop_before_the_verdict(self) -> None:
        """Too little was heard to doubt the usual rate, and all of it is handed on."""
        intake = Intake(44100, is_alie_client=False)
        self.assertEqual(speak(intake, 44100, 1.0), b"")
        self.assertEqual(len(intake.settle(BEGAN_AT + 1.0)), intake.ledger.received_bytes)
        self.assertEqual(intake.ledger.sample_rate_hz, 16000)

    def test_silence_after_the_first_frame(self) -> None:
        """A client that stalls matches nothing."""
        intake = Intake(48000, is_alie_client=False)
        intake.take(FRAME, BEGAN_AT)
        self.assertEqual(intake.settle(BEGAN_AT + 2.0), FRAME)
        self.assertEqual(intake.ledger.sample_rate_hz, 16000)

    def test_settling_without_audio(self) -> None:
        """Nothing was in doubt yet; nothing is held, and the audio that comes later is not doubted any more."""
        intake = Intake(48000, is_alie_client=False)
        self.assertEqual(intake.settle(BEGAN_AT), b"")
        self.assertEqual(intake.take(FRAME, BEGAN_AT), FRAME)

    @given(st.lists(st.tuples(st.integers(0, 20000), st.floats(0, 0.5)), max_size=40), st.sampled_from([44100, 48000]))
    @settings(deadline=None, max_examples=60)
    def test_every_byte_is_handed_on_once(self, frames: list[tuple[int, float]], declared: int) -> None:
        """Whatever the pace and the lengths: all whole samples, and a bounded amount held."""
        intake = Intake(declared, is_alie_client=False)
        now, given, sent = BEGAN_AT, b"", b""
        for length, pause_s in frames:
            now += pause_s
            frame = bytes([length % 251]) * length
            sent += frame
            given += intake.take(frame, now)
            self.assertLessEqual(len(sent) - len(given), HELD_BYTES + 1)
        given += intake.settle(now)
        self.assertEqual(given, sent[: len(sent) // 2 * 2])
        self.assertIn(intake.ledger.sample_rate_hz, (16000, declared))


class DoubtTests(SynchronousTestCase):
    """Which declarations are doubted at all."""

    def test_doubtful_rates(self) -> None:
        """Only those that some clients really send."""
        doubted = [rate for rate in (None, 8000, 16000, 44100, 48000) if rates.is_doubtful(rate)]
        self.assertEqual(doubted, [44100, 48000])
