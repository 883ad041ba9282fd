"""Tests of alie.web.turnstile and alie.web.accepting: a rush of requests and connections is taken bit by bit."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.internet.tcp import Port
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from alie.web.accepting import AT_ONCE, WINDOW_S, Accepting
from alie.web.turnstile import BURST_S, SHARE, Turnstile


class TurnstileTests(SynchronousTestCase):
    """Work takes time on the clock of these tests."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.turnstile = Turnstile(self.clock)
        self.done: list[int] = []

    def rush(self, count: int, took_s: float = 0.001) -> None:
        """So many come at once."""
        for number in range(count):

            def work(number: int = number) -> None:
                self.clock.rightNow += took_s
                self.done.append(number)

            self.turnstile.enter(work)

    def turn(self) -> int:
        """One turn of the reactor, and whatever time it takes until then; how much was done in it."""
        done = len(self.done)
        (call,) = self.clock.getDelayedCalls()
        self.clock.advance(max(0.0, call.getTime() - self.clock.seconds()))
        return len(self.done) - done

    def test_a_few(self) -> None:
        """Are served at once, without a timer."""
        self.rush(3)
        self.assertEqual((self.done, self.clock.getDelayedCalls()), ([0, 1, 2], []))

    def test_a_rush(self) -> None:
        """A burst at once, then one in a turn of the reactor, in order, in its share of the time."""
        self.rush(200)
        at_once = len(self.done)
        self.assertLessEqual(at_once * 0.001, BURST_S + 0.002)
        turns = [self.turn() for _ in range(200 - at_once)]
        self.assertEqual((set(turns), self.done), ({1}, list(range(200))))
        self.assertGreaterEqual(self.clock.seconds(), (0.2 - BURST_S - 0.002) / SHARE)
        self.assertLess(self.clock.seconds(), 0.21 / SHARE)

    def test_work_that_waits_again(self) -> None:
        """And has its turn in the same one: nothing is left for the timer that was set for it."""

        def again() -> None:
            self.turnstile.wait(lambda: self.done.append(2))

        self.turnstile.wait(again)
        self.clock.advance(1)
        self.clock.advance(1)
        self.assertEqual((self.done, self.clock.getDelayedCalls()), ([2], []))

    def test_nobody_overtakes(self) -> None:
        """Who comes while others wait waits, too."""
        self.rush(20)
        self.clock.rightNow += 1
        self.assertFalse(self.turnstile.is_free())

    def test_work_that_fails(self) -> None:
        """Costs itself only."""
        self.rush(10)

        def fail() -> None:
            raise ZeroDivisionError

        self.turnstile.wait(fail)
        self.turnstile.wait(lambda: self.done.append(99))
        while self.done[-1] != 99:
            try:
                self.turn()
            except ZeroDivisionError:
                self.done.append(-1)
        self.assertEqual(self.done, [*range(10), -1, 99])

    def test_stop(self) -> None:
        """What waits is forgotten."""
        self.rush(20)
        self.turnstile.stop()
        self.assertEqual((len(self.turnstile), self.clock.getDelayedCalls()), (0, []))


class HammeringTests(SynchronousTestCase):
    """Clients that ask again as soon as they are answered, for ever."""

    def test_others_come_in(self) -> None:
        """A port that is paused takes its turn among them."""
        clock: Any = MemoryReactorClock()
        turnstile = Turnstile(clock)
        port = Port(0, Factory(), reactor=clock)
        accepting = Accepting(clock, turnstile.enter)
        clock.addReader(port)
        accepting.pace(port)

        def ask() -> None:
            clock.rightNow += 0.001
            turnstile.wait(ask)

        for _ in range(50):
            turnstile.enter(ask)
        for _ in range(AT_ONCE):
            accepting.taken()
        self.assertEqual(clock.getReaders(), [])
        clock.pump([0.001] * 200)
        self.assertEqual(clock.getReaders(), [port])


class AcceptingTests(SynchronousTestCase):
    """A port that is paused when it has taken its share."""

    def setUp(self) -> None:
        self.reactor: Any = MemoryReactorClock()
        self.waiting: list[Any] = []
        self.accepting = Accepting(self.reactor, self.waiting.append)
        self.port = Port(0, Factory(), reactor=self.reactor)
        self.reactor.addReader(self.port)
        self.accepting.pace(self.port)

    def test_a_few_at_a_time(self) -> None:
        """Then a pause, and no more before those that came have been looked at."""
        self.assertEqual(self.port.numberAccepts, AT_ONCE)
        for _ in range(AT_ONCE):
            self.accepting.taken()
        self.assertEqual(self.reactor.getReaders(), [])
        self.port.numberAccepts += 20  # as Twisted does after a full round
        self.reactor.advance(WINDOW_S)
        self.assertEqual(self.reactor.getReaders(), [])
        self.waiting.pop()()
        self.assertEqual((self.reactor.getReaders(), self.port.numberAccepts), ([self.port], AT_ONCE))

    def test_one_by_one(self) -> None:
        """There is no rush, and nobody waits."""
        for _ in range(10 * AT_ONCE):
            self.accepting.taken()
            self.reactor.advance(WINDOW_S / (AT_ONCE / 2))
        self.assertEqual((self.reactor.getReaders(), self.waiting), ([self.port], []))

    def test_stop(self) -> None:
        """A port that is being closed is not read again."""
        for _ in range(AT_ONCE):
            self.accepting.taken()
        self.reactor.advance(WINDOW_S)
        self.accepting.stop()
        self.waiting.pop()()
        self.accepting.taken()
        self.assertEqual((self.reactor.getReaders(), self.reactor.getDelayedCalls()), ([], []))

    def test_two_ports(self) -> None:
        """Rest together, and go on together."""
        other = Port(0, Factory(), reactor=self.reactor)
        self.reactor.addReader(other)
        self.accepting.pace(other)
        for _ in range(AT_ONCE):
            self.accepting.taken()
        self.assertEqual(self.reactor.getReaders(), [])
        self.reactor.advance(WINDOW_S)
        self.waiting.pop()()
        self.assertEqual(set(self.reactor.getReaders()), {self.port, other})

    def test_another_kind_of_port(self) -> None:
        """Is let be."""
        accepting = Accepting(self.reactor, self.waiting.append)
        accepting.pace(object())
        accepting.taken()
        self.assertEqual(self.reactor.getDelayedCalls(), [])
