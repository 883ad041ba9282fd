"""What it costs to connect: small rushes on real processes, and the sums."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from twisted.internet import reactor
from twisted.trial.unittest import SynchronousTestCase, TestCase

from bench.gateway.certificate import write_certificate
from bench.gateway.connecting import measure, render
from bench.gateway.connecting_measures import Connecting, Rush, merge
from bench.gateway.gateways import GATEWAYS
from bench.gateway.stage import Plan
from bench.gateway.stage import measure as measure_row

ROW = Connecting(
    gateway="alie",
    one_by_one_per_s=300.0,
    at_once_per_s=800.0,
    cpu_ms=0.8,
    storm_s=2.5,
    storm_p50_ms=900.0,
    storm_errors=0,
    delay_longest_s=0.01,
    greeted_kb=21.0,
    started_kb=3.0,
    start_errors=0,
)


class SumsTests(SynchronousTestCase):
    """Pure."""

    def test_a_rush_of_nobody_has_no_rate(self) -> None:
        self.assertEqual((Rush(0, 3, 0.0, 0.0, 0.0).per_s, Rush(6, 0, 2.0, 0.0, 0.0).per_s), (0.0, 3.0))

    def test_rounds_are_told_by_medians_and_no_error_is_averaged_away(self) -> None:
        rounds = [replace(ROW, storm_s=seconds, storm_errors=errors) for seconds, errors in ((1, 0), (9, 7), (3, 0))]
        self.assertEqual(merge(rounds), replace(ROW, storm_s=3, storm_errors=7))

    def test_a_baseline_that_tells_no_delay_has_none(self) -> None:
        page = render({"machine": "x"}, [ROW, merge([replace(ROW, gateway="node", delay_longest_s=None)])])
        self.assertIn("<= 10 ms", page)
        self.assertRegex(page, r"\| node .*\| - ")


class RushTests(TestCase):
    """With real processes."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.plan = Plan(*write_certificate(Path(folder.name)), warm_up_s=0.2, seconds=0.3)

    async def test_all_are_greeted_and_started(self) -> None:
        row = await measure(reactor, GATEWAYS["node"], self.plan, 20, 5)
        self.assertEqual((row.storm_errors, row.start_errors), (0, 0))
        self.assertTrue(row.one_by_one_per_s > 0 and row.at_once_per_s > 0 and row.storm_s > 0)

    async def test_a_floor_carries_what_a_gateway_does(self) -> None:
        for name in ("TCP forwarder", "TLS forwarder"):
            row = await measure_row(reactor, GATEWAYS[name], 2, self.plan)
            self.assertIsNone(row.trouble)
            assert row.cost is not None
