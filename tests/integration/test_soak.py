"""Sessions come and go, and nothing of them is left. As `bench.soak`, for minutes: slow growth is not seen here."""

from __future__ import annotations

import os

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from bench.gateway.stage import divide
from bench.soak import report
from bench.soak.stage import Order, soak

SESSIONS = 40
LENGTH_S = 180.0


class SoakTests(TestCase):
    """A daemon, the service of the gateway bench, and a load that never rests."""

    timeout = 480

    def test_nothing_is_left(self) -> Deferred[None]:
        """Nor does anything grow by more than a pool may fill up; every session ends as it was meant to."""

        async def check() -> None:
            cores = divide(os.sched_getaffinity(0))
            order = Order(SESSIONS, LENGTH_S, 12.0, 5.0, 8.0, 1, cores)
            soaked = await soak(reactor, order, lambda sample: None)
            print(report.render({}, soaked))
            verdicts = report.judge_all(soaked)
            busy = [one for one in report.shortcomings(soaked, verdicts) if "the reactor is later" in one]
            self.assertEqual(report.shortcomings(soaked, verdicts), busy)
            self.assertGreater(soaked.heard.sessions, 20 * SESSIONS)
            self.assertEqual(soaked.after.objects, 0)

        return Deferred.fromCoroutine(check())
