"""Tests of alie.resumption: whose token counts, how long a session waits, and what is told then."""

from __future__ import annotations

import itertools

from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie.resumption import Resumption


class ResumptionCase(SynchronousTestCase):
    """One session's, with tokens t-1, t-2 ..."""

    def setUp(self) -> None:
        numbers = itertools.count(1)
        self.resumption = Resumption(lambda: f"t-{next(numbers)}", 30.0, 1000)


class TokenTests(ResumptionCase):
    """The tokens before count until the client has shown that it lives on its new socket."""

    def test_only_its_own(self) -> None:
        """Nothing else, and no part of it."""
        good = [one for one in ("t-1", "t-", "", "t-2", "é") if self.resumption.accepts(one, 0)]
        self.assertEqual(good, ["t-1"])

    def test_the_one_before(self) -> None:
        """The answer with the new one may be lost with the socket."""
        self.resumption.attach()
        self.assertEqual(self.resumption.token, "t-2")
        self.assertTrue(self.resumption.accepts("t-1", 0) and self.resumption.accepts("t-2", 0))
        self.resumption.hear()
        self.assertEqual([self.resumption.accepts(one, 0) for one in ("t-1", "t-2")], [False, True])

    def test_lost_twice_in_a_row(self) -> None:
        """Each time before the client said a word."""
        self.resumption.attach()
        self.resumption.attach()
        self.assertEqual([self.resumption.accepts(one, 0) for one in ("t-1", "t-2", "t-3")], [True] * 3)
        self.resumption.hear()
        self.assertEqual([self.resumption.accepts(one, 0) for one in ("t-1", "t-2", "t-3")], [False, False, True])

    def test_how_many_are_remembered(self) -> None:
        """Memory is bounded, whatever a client does."""
        for _ in range(100):
            self.resumption.attach()
        good = [number for number in range(1, 102) if self.resumption.accepts(f"t-{number}", 0)]
        self.assertEqual(good, list(range(85, 102)))

    def test_results_that_were_never_sent(self) -> None:
        """A client cannot have them."""
        self.assertFalse(self.resumption.accepts("t-1", 1))


class WaitingTests(ResumptionCase):
    """A session without a socket waits for a while."""

    def test_the_window(self) -> None:
        """From the loss on; a client that comes back ends it."""
        self.assertEqual((self.resumption.is_detached, self.resumption.is_over(1e9)), (False, False))
        self.resumption.detach(100.0)
        self.assertEqual([self.resumption.is_over(now) for now in (129.9, 130.0)], [False, True])
        self.resumption.attach()
        self.assertEqual((self.resumption.is_detached, self.resumption.is_over(1e9)), (False, False))

    def test_what_is_for_sockets_is_left_out(self) -> None:
        """Engine and records get theirs."""
        feed, result = do.Feed(b""), do.Send(b"r", final_of="a", seq=1)
        actions = [result, do.Send(b"pong"), do.PauseReading(), do.ResumeReading(), feed, do.Close(1000, "")]
        self.assertEqual(self.resumption.pass_on(actions), actions)
        self.resumption.detach(0.0)
        self.assertEqual(self.resumption.pass_on(actions), [feed])

    def test_the_last_words(self) -> None:
        """How it ended is told again, once; passing remarks are not."""
        last, close = do.Send(b"complete", is_last=True), do.Close(1000, "")
        self.resumption.pass_on([do.Send(b"pong"), last, close])
        self.assertEqual(self.resumption.take_last_words(), [last, close])
        self.assertEqual(self.resumption.take_last_words(), [])

    def test_the_old_sockets_close_is_no_last_word(self) -> None:
        """It says nothing of how the session ended."""
        self.resumption.pass_on([do.Close(4409, "", is_last=False)])
        self.assertEqual(self.resumption.take_last_words(), [])
