"""Tests of alie.ledger: the session's clock."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.ledger import ARRIVALS_KEPT, Ledger

FRAME = 8192


def ledger(frames: int = 0, period_s: float = 0.256) -> Ledger:
    """One that received so many frames of the page, one every `period_s`, the first at 100 s."""
    made = Ledger(16000)
    for number in range(frames):
        made.receive(FRAME, 100 + number * period_s)
    return made


class ClockTests(SynchronousTestCase):
    """Session time is samples received / sample rate; nothing else moves it."""

    def test_received(self) -> None:
        """Ten frames are 2.56 s, however long they took."""
        self.assertEqual(ledger(10).received_s, ledger(10, period_s=7.0).received_s)
        self.assertAlmostEqual(ledger(10).received_s, 2.56)

    def test_rebase_reads_everything_again(self) -> None:
        """The same bytes at another rate are another time."""
        made = ledger(10)
        made.rebase(32000)
        self.assertAlmostEqual(made.received_s, 1.28)

    def test_lost_is_what_no_engine_was_given(self) -> None:
        """Nothing given: all lost; all given: nothing."""
        made = ledger(10)
        self.assertAlmostEqual(made.lost_s, 2.56)
        made.give(10 * FRAME)
        self.assertEqual(made.lost_s, 0.0)


class DelayTests(SynchronousTestCase):
    """How long ago the audio at a position arrived."""

    def test_position_within_a_frame(self) -> None:
        """It arrived with that frame."""
        self.assertAlmostEqual(ledger(4).delay_s(0.3, now=101.0) or 0, 101.0 - 100.256)

    def test_position_at_a_boundary(self) -> None:
        """The end of a frame arrived with it."""
        self.assertAlmostEqual(ledger(4).delay_s(0.256, now=101.0) or 0, 1.0)

    def test_position_not_yet_received(self) -> None:
        """An engine may round up: unknown, not wrong."""
        self.assertIsNone(ledger(4).delay_s(1.5, now=101.0))
        self.assertIsNone(ledger().delay_s(0.0, now=101.0))

    def test_position_long_gone(self) -> None:
        """Only the newest arrivals are kept."""
        made = ledger(ARRIVALS_KEPT + 100)
        self.assertIsNone(made.delay_s(1.0, now=500.0))
        self.assertIsNotNone(made.delay_s(60.0, now=500.0))
