"""Tests of alie.load_watch: what is measured once a second, and what comes of it."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client import CollectorRegistry
from twisted.internet.task import Clock
from twisted.logger import capturedLogs, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from alie.budget import Holding
from alie.connections import Connections
from alie.errors import Capacity
from alie.load_metrics import LoadMetrics
from alie.load_settings import LoadSettings
from alie.load_watch import LoadWatch
from alie.overload import FALL_S, Step


class FakeHolder:
    """Holds what it is told to."""

    def __init__(self, holding: Holding) -> None:
        self.held_for: list[bool] = []
        self._holding = holding

    def holding(self) -> Holding:
        """As told."""
        return self._holding

    def hold(self, is_held: bool) -> None:
        """Keeps that."""
        self.held_for.append(is_held)

    def let_go(self) -> None:
        """All was heard."""
        self._holding = Holding()


class WatchCase(SynchronousTestCase):
    """A watch whose measurements are what the test says; 1000 bytes may be held."""

    settings = LoadSettings(memory_bytes=1000)

    def setUp(self) -> None:
        self.clock = Clock()
        self.registry = CollectorRegistry()
        self.connections = Connections(most=10)
        self.lateness, self.cpu_s, self.detached, self.other_bytes = 0.0, 0.0, 0, 0
        self.watch = self.build()
        self.holders: list[FakeHolder] = []

    def build(self, sheds: bool = True) -> LoadWatch:
        """Started."""
        watch = LoadWatch(
            self.clock,
            replace(self.settings, sheds=sheds),
            self.connections,
            LoadMetrics(CollectorRegistry() if not sheds else self.registry, self.connections),
            lateness=lambda: self.lateness,
            detached=lambda: self.detached,
            other_bytes=lambda: self.other_bytes,
            cpu=lambda: self.cpu_s,
        )
        watch.start()
        self.addCleanup(watch.stop)
        return watch

    def hold(self, **holding: float) -> FakeHolder:
        """Somebody for whom this is held."""
        holder = FakeHolder(Holding(**holding))  # type: ignore[arg-type]
        self.holders.append(holder)  # the watch itself keeps nobody alive
        self.watch.holders.add(holder)
        return holder

    def run_for(self, seconds: int, busy: float = 0.0) -> Step:
        """Seconds in which the thread is so busy."""
        for _ in range(seconds):
            self.cpu_s += busy
            self.clock.advance(1)
        return self.watch.step

    def metric(self, name: str, **labels: str) -> float | None:
        """What is told."""
        return self.registry.get_sample_value(f"alie_{name}", labels)


class StepTests(WatchCase):
    """What each step brings."""

    def test_normal(self) -> None:
        """Nothing is in the way of anybody."""
        self.assertEqual(self.run_for(60, busy=0.5), Step.NORMAL)
        self.watch.check()
        self.assertEqual((self.watch.refusal(), self.watch.problems(), self.watch.notes()), (None, [], []))
        self.assertFalse(self.watch.thrift.is_on)

    def test_sparing(self) -> None:
        """Fewer partials; the operator is told why."""
        self.assertEqual(self.run_for(30, busy=0.9), Step.SPARING)
        self.assertTrue(self.watch.thrift.is_on)
        self.watch.check()
        self.assertEqual(self.watch.problems(), [])
        self.assertEqual(self.watch.notes(), ["Fewer partials are sent: the reactor is busy for 90% of the time"])

    def test_refusing(self) -> None:
        """No dictation begins; who has a socket, or opens one, is not in doubt."""
        self.assertEqual(self.run_for(30, busy=0.99), Step.REFUSING)
        refusal = self.assertRaises(Capacity, self.watch.check)
        self.assertEqual((refusal.retryable, refusal.retry_after_s), (True, FALL_S))
        self.assertIsNone(self.watch.refusal())
        self.assertEqual(self.watch.problems(), ["Overloaded (refusing): the reactor is busy for 99% of the time"])

    def test_shut(self) -> None:
        """No socket opens, unless somebody may want to come back to a session."""
        self.lateness = 2.0
        self.assertEqual(self.run_for(30), Step.SHUT)
        refusal = self.watch.refusal()
        assert isinstance(refusal, Capacity)
        self.assertEqual((refusal.http_status, refusal.retry_after_s), (503, FALL_S))
        self.assertEqual(self.metric("connections_refused_total"), 1)
        self.detached = 1
        self.assertIsNone(self.watch.refusal())

    def test_an_engine_that_is_behind(self) -> None:
        """In the median: who sends a file as fast as it can is behind by nature."""
        fast, *others = [self.hold(backlog_s=1.0) for _ in range(3)]
        fast._holding = Holding(backlog_s=30.0)
        self.assertEqual(self.run_for(30), Step.NORMAL)
        others[0]._holding = Holding(backlog_s=12.0)
        self.assertEqual(self.run_for(30), Step.REFUSING)

    def test_one_that_sends_a_file(self) -> None:
        """Has half a minute waiting, alone or not: others may begin."""
        self.hold(backlog_s=30.0, ahead_s=40.0)
        self.assertEqual(self.run_for(30), Step.NORMAL)

    def test_the_way_back(self) -> None:
        """Everything is as before, and the log has each step with its reason."""
        with capturedLogs() as logs:
            self.run_for(30, busy=0.9)
            self.assertEqual(self.run_for(15), Step.NORMAL)
        self.assertFalse(self.watch.thrift.is_on)
        self.assertEqual(
            [formatEvent(log) for log in logs],
            [
                "Load: NORMAL to SPARING: the reactor is busy for 90% of the time",
                "Load: SPARING to NORMAL: there is room again",
            ],
        )

    def test_where_nothing_is_shed(self) -> None:
        """It is measured all the same."""
        self.watch.stop()
        self.watch = self.build(sheds=False)
        self.lateness = 2.0
        self.assertEqual(self.run_for(60), Step.NORMAL)
        self.watch.check()
        self.assertEqual((self.watch.refusal(), self.watch.problems(), self.watch.thrift.is_on), (None, [], False))

    def test_crowded(self) -> None:
        """Too many connections, whatever else."""
        for _ in range(10):
            self.connections.enter(None)
        self.assertIsInstance(self.watch.refusal(), Capacity)


class MemoryTests(WatchCase):
    """At the bound the greediest are not read, and nobody new is let in, until it has fallen."""

    def test_the_greediest(self) -> None:
        """Until what it holds has been heard."""
        greedy, modest = self.hold(kept_bytes=900), self.hold(kept_bytes=50, text_bytes=60)
        self.run_for(2)
        self.assertEqual((greedy.held_for, modest.held_for), ([True, True], []))
        self.assertRaises(Capacity, self.watch.check)
        self.assertEqual(self.watch.problems(), ["All memory for clients is in use"])
        self.assertEqual(self.metric("sessions_unread"), 1)
        greedy.let_go()
        self.run_for(1)
        self.assertEqual(greedy.held_for[-1], False)
        self.watch.check()

    def test_what_is_told(self) -> None:
        """By kind; and the share of the bound, with what nobody in particular holds."""
        self.other_bytes = 100
        self.hold(kept_bytes=300, unheard_bytes=200, text_bytes=50)
        self.run_for(1)
        held = [
            self.metric("held_bytes", kind=kind) for kind in ("audio_unheard", "audio_kept", "text_waiting", "other")
        ]
        self.assertEqual((held, self.metric("load_memory_ratio")), ([200, 300, 50, 100], 0.45))

    def test_where_nothing_is_shed(self) -> None:
        """The bound holds all the same."""
        self.watch.stop()
        self.watch = self.build(sheds=False)
        greedy = self.hold(kept_bytes=1200)
        self.run_for(1)
        self.assertEqual(greedy.held_for, [True])
        self.assertRaises(Capacity, self.watch.check)

    def test_those_who_are_gone(self) -> None:
        """Are not asked: nobody is kept alive by this."""
        self.hold(kept_bytes=900)
        self.holders.clear()
        self.run_for(1)
        self.assertEqual(self.metric("held_bytes", kind="audio_kept"), 0)
