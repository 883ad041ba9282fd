"""One clock over several sessions, and no word twice."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.client.hearing import Hearing
from alie.server_messages import Ack, Completed, Segment
from alie.transcript import Word

SECOND = 32000


def final(start_s: float, end_s: float, seq: int | None, text: str = "mot") -> Segment:
    """A final with one word."""
    return Segment(f"r{seq}", start_s, end_s, text, True, words=(Word(text, start_s, end_s),), seq=seq)


class AgainTests(SynchronousTestCase):
    """What the server sends again after a resume."""

    def test_a_final_is_taken_once(self) -> None:
        hearing = Hearing()
        for seq in (1, 2, 1, 2, 3):
            hearing.take(final(seq, seq + 0.5, seq))
        self.assertEqual(([one.seq for one in hearing.finals], hearing.last_seq), ([1, 2, 3], 3))

    def test_a_plain_server_gives_no_numbers(self) -> None:
        hearing = Hearing()
        for start_s in (1.0, 2.0):
            hearing.take(final(start_s, start_s + 0.5, None))
        self.assertEqual(len(hearing.finals), 2)


class PlaceTests(SynchronousTestCase):
    """From where another session has to hear."""

    def test_nothing_is_final(self) -> None:
        hearing = Hearing()
        hearing.take(Segment("r", 0.0, 3.0, "mo", False, seq=1))
        self.assertEqual(hearing.goes_on_at, 0)

    def test_what_the_server_has_settled(self) -> None:
        """Silence, too; and less than the end of the last final, where it knows better."""
        for settled_s in (3.0, 2.4):
            hearing = Hearing()
            hearing.take(final(1.0, 2.5, 1))
            hearing.acknowledge(Ack(9 * SECOND, int(settled_s * SECOND), 0.0))
            self.assertEqual(hearing.goes_on_at, int(settled_s * SECOND))

    def test_the_last_final_where_its_ack_was_lost(self) -> None:
        hearing = Hearing()
        hearing.acknowledge(Ack(9 * SECOND, SECOND // 2, 0.0))
        hearing.take(final(1.0, 2.5, 1))
        self.assertEqual(hearing.goes_on_at, int(2.5 * SECOND))

    def test_text_that_was_withdrawn_is_no_final(self) -> None:
        hearing = Hearing()
        hearing.take(final(1.0, 2.5, 1, text=""))
        self.assertEqual((hearing.goes_on_at, hearing.finals), (0, []))


class ClockTests(SynchronousTestCase):
    """Of the second session."""

    def setUp(self) -> None:
        self.hearing = Hearing()
        self.hearing.take(final(1.0, 2.5, 7))
        self.hearing.take(Segment("open", 3.0, 4.0, "mo", False, seq=8))
        self.withdrawn = self.hearing.begin_anew()

    def test_its_times_are_later(self) -> None:
        told = self.hearing.take(final(0.25, 1.0, 1))
        assert told is not None
        self.assertEqual((told.start_s, told.end_s), (2.75, 3.5))
        self.assertEqual((told.words[0].start_s, told.words[0].end_s), (2.75, 3.5))

    def test_its_numbers_begin_again(self) -> None:
        self.assertEqual(self.hearing.last_seq, 0)
        self.assertIsNotNone(self.hearing.take(final(0.25, 1.0, 1)))

    def test_what_was_open_is_withdrawn_once(self) -> None:
        self.assertEqual(self.withdrawn, [Segment("open", 3.0, 4.0, "", True, seq=8)])
        self.assertEqual(self.hearing.begin_anew(), [])

    def test_its_acks_are_further_on(self) -> None:
        self.hearing.acknowledge(Ack(2 * SECOND, SECOND, 0.5))
        self.assertEqual((self.hearing.heard_s, self.hearing.goes_on_at), (4.0, int(3.5 * SECOND)))

    def test_the_third_begins_after_both(self) -> None:
        self.hearing.take(final(0.5, 1.0, 1))
        self.hearing.begin_anew()
        self.assertEqual(self.hearing.began_at, int(3.5 * SECOND))

    def test_the_account_is_of_the_whole(self) -> None:
        self.assertEqual(self.hearing.account(Completed(1.5, 0.25), sent_s=4.0), Completed(4.0, 0.25))

    def test_audio_that_the_server_does_not_know_of_is_lost(self) -> None:
        self.assertEqual(self.hearing.account(Completed(1.5, 0.25), sent_s=5.0), Completed(4.0, 1.25))
        self.assertEqual(self.hearing.account(Completed(1.5, 0.0), sent_s=4.0004), Completed(4.0, 0.0))


class ProgressTests(SynchronousTestCase):
    """Whether a dictation gets anywhere."""

    def test_only_what_was_never_reached_before(self) -> None:
        hearing = Hearing()
        acks = [Ack(SECOND, 0, 0.0), Ack(SECOND, 0, 0.0), Ack(SECOND, 500, 0.0), Ack(2 * SECOND, 500, 0.0)]
        self.assertEqual([hearing.acknowledge(ack) for ack in acks], [True, False, True, True])
        hearing.begin_anew()
        self.assertFalse(hearing.acknowledge(Ack(SECOND, 0, 0.0)))
