"""Where there are many sockets the reactor pauses between its looks at them; no timer is late for that."""

from __future__ import annotations

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.turns import MANY_SOCKETS, PAUSE_S, Turns


class TurnsTests(SynchronousTestCase):
    """Values in, pauses out."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1000.0)
        self.pauses: list[float] = []
        self.delays: list[float | None] = []
        self.sockets = MANY_SOCKETS
        self.turns = Turns(self.delays.append, lambda: self.sockets, self.clock.seconds, self.pause)

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(seconds)

    def assert_near(self, found: list[float], expected: list[float]) -> None:
        self.assertEqual([round(one, 6) for one in found], expected)

    def test_looks_are_a_pause_apart(self) -> None:
        """Counted from one look to the next: what is done meanwhile is no reason to wait longer."""
        self.turns(None)
        self.clock.advance(0.0004)
        self.turns(None)
        self.assert_near(self.pauses, [0.0006])
        self.turns(None)
        self.assert_near(self.pauses, [0.0006, PAUSE_S])
        self.assertEqual(self.delays, [None] * 3)

    def test_whoever_cannot_keep_up_does_not_pause(self) -> None:
        for _ in range(3):
            self.turns(None)
            self.clock.advance(PAUSE_S)
        self.assertEqual(self.pauses, [])

    def test_timers_are_not_late(self) -> None:
        """What is due at once is done at once, and the pause is part of the wait for the next timer."""
        self.turns(0.5)
        self.turns(0)
        self.assertEqual(self.pauses, [])
        self.turns(0.0003)
        self.turns(0.01)
        self.assert_near(self.pauses, [0.0003, PAUSE_S])
        self.assert_near([delay or 0.0 for delay in self.delays], [0.5, 0, 0, 0.009])

    def test_few_sockets_are_served_at_once(self) -> None:
        self.sockets = MANY_SOCKETS - 1
        for _ in range(3):
            self.turns(None)
        self.assertEqual((self.pauses, self.delays), ([], [None] * 3))

    def test_a_reactor_takes_its_turns_here(self) -> None:
        """Which it does since `doIteration` is looked up for each turn."""
        reactor = EPollReactor()
        self.sockets, turn = 0, reactor.doIteration
        reactor.doIteration = Turns(lambda delay: [self.delays.append(delay), turn(delay)], lambda: 0)
        reactor.callLater(0.0, reactor.callLater, 0.0, reactor.stop)
        reactor.run(installSignalHandlers=False)
        self.assertGreaterEqual(len(self.delays), 2)
