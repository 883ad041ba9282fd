"""Tests of alie.replay: what is kept for a client that may have missed it, and what is not."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.actions import Send
from alie.replay import Replay


def final(seq: int, segment: str = "", size: int = 10) -> Send:
    """The final of a segment."""
    return Send(b"f" * size, final_of=segment or f"s-{seq}", seq=seq)


def partial(seq: int, segment: str) -> Send:
    """A partial of a segment."""
    return Send(b"p", partial_of=segment, seq=seq)


class ReplayTests(SynchronousTestCase):
    """Every final, and the newest partial of each open segment."""

    def setUp(self) -> None:
        self.replay = Replay(100)

    def note(self, *sent: Send) -> None:
        """Sends some results."""
        for one in sent:
            self.replay.note(one)

    def test_after(self) -> None:
        """Only what came after, by its number; a partial counts until its final."""
        newest, done = partial(5, "b"), final(4, "a")
        self.note(partial(1, "a"), final(2, "x"), partial(3, "a"), done, newest)
        self.assertEqual(self.replay.after(2), [done, newest])
        self.assertEqual([one.seq for one in self.replay.after(0)], [2, 4, 5])

    def test_the_newest_partial_is_sent_again_however_far_the_client_is(self) -> None:
        """It may have been shown and lost with the page's state."""
        newest = partial(2, "a")
        self.note(partial(1, "a"), newest)
        self.assertEqual(self.replay.after(2), [newest])

    def test_what_is_sent_again_is_not_kept_twice(self) -> None:
        """It passes here a second time."""
        one = final(1)
        self.note(one, one)
        self.assertEqual((self.replay.after(0), self.replay.byte_count), ([one], 10))

    def test_which_numbers_can_be_followed(self) -> None:
        """Not one that was never given: whoever says so is somebody else's client."""
        self.note(final(1), final(2))
        self.assertEqual([self.replay.can_follow(seq) for seq in (0, 2, 3)], [True, True, False])


class BoundTests(SynchronousTestCase):
    """Memory is bounded by what the client's end has answered for, never by dropping what may be on its way."""

    def setUp(self) -> None:
        self.replay = Replay(100)

    def fill(self, first: int, last: int) -> None:
        """Finals of 30 bytes."""
        for seq in range(first, last + 1):
            self.replay.note(final(seq, size=30))

    def test_nothing_is_dropped_unanswered(self) -> None:
        """However much it is."""
        self.fill(1, 50)
        self.assertEqual((len(self.replay.after(0)), self.replay.dropped), (50, 0))

    def test_the_oldest_go_once_they_are_answered_for(self) -> None:
        """Down to the bound, and no further."""
        self.fill(1, 5)
        self.replay.probe()
        self.fill(6, 6)
        self.replay.confirm()
        self.assertEqual([one.seq for one in self.replay.after(0)], [4, 5, 6])
        self.assertEqual((self.replay.byte_count, self.replay.dropped), (90, 3))
        self.assertEqual([self.replay.can_follow(seq) for seq in (2, 3)], [False, True])

    def test_later_ones_were_not_answered_for(self) -> None:
        """The question went out before them."""
        self.fill(1, 1)
        self.replay.probe()
        self.fill(2, 5)
        self.replay.confirm()
        self.assertEqual([one.seq for one in self.replay.after(0)], [2, 3, 4, 5])

    def test_asked_again_before_the_answer(self) -> None:
        """It may be the answer to the first question: a client that is not read is asked and cannot be heard."""
        self.fill(1, 1)
        self.replay.probe()
        self.fill(2, 5)
        self.replay.probe()
        self.replay.confirm()
        self.assertEqual([one.seq for one in self.replay.after(0)], [2, 3, 4, 5])

    def test_answered_for_within_the_bound(self) -> None:
        """All are kept: a page that was reloaded may want them."""
        self.fill(1, 3)
        self.replay.probe()
        self.replay.confirm()
        self.assertEqual(len(self.replay.after(0)), 3)
        self.fill(4, 4)
        self.assertEqual(self.replay.dropped, 1)

    def test_an_answer_on_another_connection(self) -> None:
        """Says nothing of what was sent on this one."""
        self.fill(1, 5)
        self.replay.probe()
        self.replay.disconnect()
        self.replay.confirm()
        self.assertEqual(len(self.replay.after(0)), 5)
