"""Tests of alie.metrics: what is counted, and the probe that shows a blocked reactor."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.metrics import PROBE_S, DelayProbe, Metrics


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """The value of a metric."""
    return metrics.registry.get_sample_value(name, labels) or 0.0


TICKS = 36_000
"""Half an hour of them."""
LATE_S = 0.0003


class CountTests(SynchronousTestCase):
    """A session's reports land in their counters."""

    def test_count(self) -> None:
        """Results with their latency where it is known, what was ignored, and errors by code."""
        metrics = Metrics()
        metrics.count("final", 0.3)
        metrics.count("final", None)
        metrics.count("ignored", None)
        metrics.count("CAPACITY", None)
        self.assertEqual(value(metrics, "alie_results_total", kind="final"), 2)
        self.assertEqual(value(metrics, "alie_result_latency_seconds_count", kind="final"), 1)
        self.assertEqual(value(metrics, "alie_messages_ignored_total"), 1)
        self.assertEqual(value(metrics, "alie_errors_total", code="CAPACITY"), 1)

    def test_what_alerts_look_for_is_there_before_it_happens(self) -> None:
        """Else Prometheus would not see the first one."""
        for code in ("CAPACITY", "ENGINE_REJECTED", "ENGINE_THROTTLED", "ENGINE_UNAVAILABLE", "INTERNAL"):
            self.assertEqual(Metrics().registry.get_sample_value("alie_errors_total", {"code": code}), 0, code)

    def test_exposition(self) -> None:
        """Text for a scraper; two daemons in one process do not share it."""
        first, second = Metrics(), Metrics()
        first.count("ignored", None)
        self.assertIn(b"alie_messages_ignored_total 1.0", first.exposition())
        self.assertIn(b"alie_messages_ignored_total 0.0", second.exposition())

    def test_an_engines_own_figures(self) -> None:
        """Asked when they are wanted."""
        metrics, level = Metrics(), [1.0]
        metrics.watch({"queued": lambda: level[0]})
        level[0] = 7
        self.assertIn(b"alie_engine_queued 7.0", metrics.exposition())


class ProbeTests(SynchronousTestCase):
    """Lateness of a timer that is due every 50 ms."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.metrics = Metrics()
        self.probe = DelayProbe(self.clock, self.metrics)
        self.probe.start()
        self.addCleanup(self.probe.stop)

    def late_s(self) -> float:
        """All lateness so far."""
        return value(self.metrics, "alie_reactor_delay_seconds_sum")

    def test_a_free_reactor(self) -> None:
        """Nothing is late."""
        self.clock.pump([PROBE_S] * 100)
        self.assertEqual(value(self.metrics, "alie_reactor_delay_seconds_count"), 100)
        self.assertAlmostEqual(self.late_s(), 0)

    def test_a_blocked_reactor(self) -> None:
        """One observation, of the whole delay; then all is as before."""
        self.clock.pump([PROBE_S] * 10)
        self.clock.advance(PROBE_S + 0.73)
        self.assertAlmostEqual(self.late_s(), 0.73)
        self.clock.advance(0.02)
        self.clock.pump([PROBE_S] * 10)
        self.assertAlmostEqual(self.late_s(), 0.73)
        self.assertAlmostEqual(self.probe.mean_s(), 0.73 / 22)

    def test_hours(self) -> None:
        """However many came before, and as coarse as the time of day is in binary: late is what is late now."""
        clock = Clock()
        clock.rightNow = began = 1.8e9
        metrics = Metrics()
        probe = DelayProbe(clock, metrics)
        self.addCleanup(probe.stop)
        probe.start()
        for number in range(1, TICKS + 1):
            clock.advance(began + number * PROBE_S + LATE_S - clock.seconds())
        self.assertEqual(value(metrics, "alie_reactor_delay_seconds_count"), TICKS)
        self.assertAlmostEqual(probe.mean_s(), LATE_S, places=5)

    def test_the_mean(self) -> None:
        """Of what came since it was asked last; nothing is no lateness."""
        self.clock.advance(PROBE_S + 0.4)
        self.assertAlmostEqual(self.probe.mean_s(), 0.4)
        self.assertEqual(self.probe.mean_s(), 0)

    def test_stop(self) -> None:
        """Twice does no harm."""
        self.probe.stop()
        self.probe.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
