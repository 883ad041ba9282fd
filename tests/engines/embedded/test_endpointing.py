"""Where utterances begin and end."""

from __future__ import annotations

from itertools import pairwise

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.endpointing import Endpointer, Span
from alie.engines.embedded.policy import VAD_FRAME_S, Endpoints

FRAMES_PER_S = 1 / VAD_FRAME_S
PATIENCE_S = 10 * VAD_FRAME_S
ENDPOINTS = Endpoints(
    begin_probability=0.5,
    go_on_probability=0.35,
    begin_s=3 * VAD_FRAME_S,
    pre_roll_s=4 * VAD_FRAME_S,
    longest_s=50 * VAD_FRAME_S,
    cut_share=0.4,
)
VOICE, MURMUR, SILENCE = 0.9, 0.4, 0.1


class EndpointerTests(SynchronousTestCase):
    """Voice and silence in, spans out; positions in frames."""

    def setUp(self) -> None:
        self.endpointer = Endpointer(ENDPOINTS)

    def push(self, *runs: tuple[float, int]) -> list[Span]:
        """Pushes runs of (probability, frames)."""
        spans = []
        for probability, count in runs:
            for _ in range(count):
                span = self.endpointer.push(probability, PATIENCE_S)
                if span is not None:
                    spans.append(span)
        return spans

    def test_silence(self) -> None:
        """Silence is no utterance, and needs no more than the pre-roll."""
        self.assertEqual(self.push((SILENCE, 100)), [])
        self.assertIsNone(self.endpointer.open_span)
        self.assertEqual(self.endpointer.needed_from, 96)

    def test_click(self) -> None:
        """Voice that is too short begins nothing."""
        self.assertEqual(self.push((SILENCE, 10), (VOICE, 2), (SILENCE, 30), (VOICE, 2)), [])
        self.assertIsNone(self.endpointer.open_span)

    def test_utterance(self) -> None:
        """An utterance begins with its pre-roll and ends after the patience."""
        spans = self.push((SILENCE, 20), (VOICE, 15), (SILENCE, 10))
        self.assertEqual(spans, [Span(0, start=16, voice_end=35, end=45, voiced=15)])
        self.assertIsNone(self.endpointer.open_span)

    def test_open_span(self) -> None:
        """While it goes on, the open span grows."""
        self.push((SILENCE, 20), (VOICE, 5))
        self.assertEqual(self.endpointer.open_span, Span(0, 16, 25, 25, 5))
        self.push((SILENCE, 4))
        self.assertEqual(self.endpointer.open_span, Span(0, 16, 25, 29, 5))
        self.assertEqual(self.endpointer.needed_from, 16)

    def test_pre_roll_at_the_start(self) -> None:
        """There is nothing before the first frame."""
        self.push((VOICE, 3))
        self.assertEqual(self.endpointer.open_span, Span(0, 0, 3, 3, 3))

    def test_pre_roll_after_an_utterance(self) -> None:
        """No frame belongs to two utterances."""
        spans = self.push((VOICE, 10), (SILENCE, 10), (SILENCE, 1), (VOICE, 10), (SILENCE, 10))
        self.assertEqual([(span.number, span.start, span.end) for span in spans], [(0, 0, 20), (1, 20, 41)])

    def test_murmur(self) -> None:
        """A murmur keeps an utterance going, but begins none."""
        self.assertEqual(self.push((MURMUR, 50)), [])
        self.assertIsNone(self.endpointer.open_span)
        self.push((VOICE, 5), (MURMUR, 12))
        self.assertEqual(self.endpointer.open_span, Span(0, 46, 67, 67, 17))

    def test_short_pause(self) -> None:
        """A pause below the patience ends nothing."""
        spans = self.push((VOICE, 5), (SILENCE, 9), (VOICE, 5), (SILENCE, 10))
        self.assertEqual(spans, [Span(0, 0, 19, 29, 10)])

    def test_patience_may_change(self) -> None:
        """The patience of the moment counts."""
        self.push((VOICE, 5), (SILENCE, 5))
        span = self.endpointer.push(SILENCE, 6 * VAD_FRAME_S)
        self.assertEqual(span, Span(0, 0, 5, 11, 5))

    def test_close(self) -> None:
        """Closing ends the open utterance at once; in silence it does nothing, but forgets a beginning."""
        self.push((VOICE, 5), (SILENCE, 2))
        self.assertEqual(self.endpointer.close(), Span(0, 0, 5, 7, 5))
        self.assertIsNone(self.endpointer.close())
        self.push((VOICE, 2))
        self.assertIsNone(self.endpointer.close())
        self.push((VOICE, 2))
        self.assertIsNone(self.endpointer.open_span)

    def test_end_at_a_pause(self) -> None:
        """An utterance may be found to have ended at a pause that is over: what followed is a new one."""
        self.push((VOICE, 10), (SILENCE, 6), (VOICE, 5))
        self.assertIsNone(self.endpointer.end_at(10, least_s=7 * VAD_FRAME_S))
        self.assertEqual(self.endpointer.end_at(10, least_s=6 * VAD_FRAME_S), Span(0, 0, 10, 13, 10))
        self.assertEqual(self.endpointer.open_span, Span(1, 13, 21, 21, 5))

    def test_end_at_the_present_pause(self) -> None:
        self.push((VOICE, 10), (SILENCE, 6))
        self.assertIsNone(self.endpointer.end_at(10, least_s=7 * VAD_FRAME_S))
        self.assertEqual(self.endpointer.end_at(10, least_s=6 * VAD_FRAME_S), Span(0, 0, 10, 16, 10))
        self.assertIsNone(self.endpointer.open_span)

    def test_end_at_no_pause(self) -> None:
        """Where there was no pause, or no utterance, nothing ends."""
        self.assertIsNone(self.endpointer.end_at(5, least_s=VAD_FRAME_S))
        self.push((SILENCE, 20), (VOICE, 10))
        for frame in (5, 16, 25, 31):
            self.assertIsNone(self.endpointer.end_at(frame, least_s=VAD_FRAME_S))

    def test_cut(self) -> None:
        """Endless speech is cut where voice is least likely, in the last part, and goes on from there."""
        spans = self.push((VOICE, 10), (MURMUR, 1), (VOICE, 24), (0.5, 1), (VOICE, 14))
        self.assertEqual(spans, [Span(0, 0, 36, 36, 36)])
        self.assertEqual(self.endpointer.open_span, Span(1, 36, 50, 50, 14))
        self.assertEqual(self.push((SILENCE, 10)), [Span(1, 36, 50, 60, 14)])

    def test_cut_in_a_pause(self) -> None:
        """A cut within a pause leaves the voice on its own side."""
        spans = self.push((VOICE, 30), (SILENCE, 5), (VOICE, 15))
        self.assertEqual(spans, [Span(0, 0, 30, 35, 30)])
        self.assertEqual(self.endpointer.open_span, Span(1, 35, 50, 50, 15))

    def test_nothing_is_lost_by_cutting(self) -> None:
        """However long the speech, spans follow each other without a gap."""
        spans = self.push((VOICE, 500))
        edges = [(span.start, span.end) for span in spans]
        self.assertEqual(edges[0][0], 0)
        for (_, end), (start, _) in pairwise(edges):
            self.assertEqual(start, end)
        self.assertEqual(sum(span.voiced for span in spans), edges[-1][1])
