"""What a soak is found wanting for."""

from __future__ import annotations

import os
from dataclasses import replace

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.census import Census
from alie.metrics import Metrics
from bench.soak import report
from bench.soak.load import Heard
from bench.soak.sample import Sample, read_sample
from bench.soak.stage import Soaked

CALM = Sample(0.0, 100.0, 20, 5, 3, 0, 0, 0, 0, 600_000, {0.001: 0.0, 0.01: 0.0, float("inf"): 0.0})


def sample(number: int, **changes: float) -> Sample:
    """One of a soak in which nothing grows; the reactor was late by less than a millisecond each time."""
    seen = 20.0 * number
    delays = {0.001: seen, 0.01: seen, float("inf"): seen}
    busy = replace(CALM, at_s=10.0 * number, sockets=50, sessions=50, legs=50, objects=150, delays=delays)
    return replace(busy, **changes)


SOAKED = Soaked(
    before=CALM,
    samples=tuple(sample(number) for number in range(60)),
    after=replace(CALM, at_s=620.0),
    heard=Heard(500, {"stop": 400, "drop": 50, "leave": 50}, 9000, 9000, 1.0, 3.0),
    cpu_s=60.0,
)


def found(soaked: Soaked) -> list[str]:
    """What is not as it should be."""
    return report.shortcomings(soaked, report.judge_all(soaked))


class ShortcomingTests(SynchronousTestCase):
    """Each is told, and nothing else."""

    def test_none(self) -> None:
        """Nothing grows and nothing is left."""
        self.assertEqual(found(SOAKED), [])
        self.assertEqual(report.render({"machine": "two cores"}, SOAKED).splitlines()[-1], "ok")

    def test_growth(self) -> None:
        """Of anything that has a bound."""
        for bound in report.BOUNDS:
            growing = [
                sample(number, **{bound.name: getattr(CALM, bound.name) + bound.most(590) / 100 * number})
                for number in range(60)
            ]
            (complaint,) = found(replace(SOAKED, samples=tuple(growing)))
            self.assertIn(f"{bound.name} grows by", complaint)

    def test_what_is_left(self) -> None:
        """After the last session."""
        left = replace(SOAKED.after, objects=3, sockets=1, descriptors=40, timers=30, threads=19)
        self.assertEqual(
            found(replace(SOAKED, after=left)),
            [
                "1 sockets are left after the last session",
                "3 objects are left after the last session",
                "40 descriptors after the last session, 20 before",
                "30 timers after the last session, 3 before",
                "19 threads after the last session, 5 before",
            ],
        )

    def test_broken_sessions(self) -> None:
        """By what the load says of them."""
        heard = replace(SOAKED.heard, ends={"stop": 400, "never ready": 3})
        self.assertEqual(found(replace(SOAKED, heard=heard)), ["3 sessions ended with: never ready"])

    def test_a_daemon_that_does_not_answer(self) -> None:
        """One look in a hundred may be in vain, on a busy machine."""
        self.assertEqual(found(replace(SOAKED, samples=tuple(sample(number) for number in range(100)), missed=1)), [])
        self.assertEqual(found(replace(SOAKED, missed=1)), ["1 times the daemon did not answer /metrics"])

    def test_a_reactor_that_gets_slower(self) -> None:
        """Half of its timers are late in the second half."""
        samples = list(SOAKED.samples)
        for number in range(31, 60):
            seen = 20.0 * number
            late = 10.0 * (number - 30)
            delays = {0.001: seen - late, 0.01: seen - late, 0.5: seen, float("inf"): seen}
            samples[number] = replace(samples[number], delays=delays)
        (complaint,) = found(replace(SOAKED, samples=tuple(samples)))
        self.assertIn("later at the end (500 ms)", complaint)

    def test_an_unclear_run(self) -> None:
        """Is not called good without reserve."""
        samples = tuple(sample(number, rss_mb=100 + 9 * (number % 3)) for number in range(6))
        self.assertEqual(
            report.render({}, replace(SOAKED, samples=samples)).splitlines()[-1], "ok; too short to be sure"
        )

    def test_json(self) -> None:
        """Every sample is in it."""
        self.assertEqual(report.render_json({}, SOAKED).count('"rss_mb": 100.0'), 62)


class SampleTests(SynchronousTestCase):
    """What the daemon exposes is what is read."""

    def test_a_look(self) -> None:
        """At this process, with a registry as the daemon's."""
        metrics, clock = Metrics(), Clock()
        census = Census(clock, metrics.registry)
        thing = SampleTests()
        census.count(session=thing)
        clock.callLater(1, lambda: None)
        metrics.sockets.set(4)
        metrics.delay.observe(0.003)
        read = read_sample(5.0, os.getpid(), metrics.exposition().decode())
        self.assertEqual((read.at_s, read.timers, read.objects, read.sockets), (5.0, 1, 1, 4))
        self.assertEqual((read.delays[0.002], read.delays[0.005]), (0.0, 1.0))
        self.assertGreater(min(read.rss_mb, read.descriptors, read.threads, read.blocks), 0)
