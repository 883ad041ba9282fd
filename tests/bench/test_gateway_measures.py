"""What the gateway bench concludes from what it measured."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from bench.gateway.measures import Cost, Heard, Row, Verdict, complaint, judge, merge
from bench.gateway.report import render, render_json

COST = Cost(
    cpu_ms=1.25,
    p50_ms=2.0,
    p99_ms=50.0,
    rss_kb=150.0,
    delay_p99_s=0.005,
    delay_longest_s=0.02,
    load_cores=0.5,
    others_cores=0.1,
)
NODE = replace(COST, cpu_ms=2.0, p99_ms=200.0, rss_kb=600.0, delay_p99_s=None, delay_longest_s=None)
ROWS = [
    Row("alie", 100, replace(COST, cpu_ms=2.0)),
    Row("alie", 200, COST),
    Row("alie", 400, COST),
    Row("node", 400, NODE),
]
HEARD = Heard(frames=1000, results=1000, unanswered=0, p50_ms=1.0, p99_ms=2.0)


class ComplaintTests(SynchronousTestCase):
    """Whether what the load saw is a gateway at work."""

    def test_nothing_is_wrong_when_every_frame_had_its_result(self) -> None:
        self.assertIsNone(complaint(HEARD))

    def test_a_partial_replaced_by_a_newer_one_now_and_then_is_no_loss(self) -> None:
        self.assertIsNone(complaint(replace(HEARD, results=990)))
        self.assertEqual(complaint(replace(HEARD, results=989)), "11 of 1000 results are missing")

    def test_one_frame_without_a_result_is_wrong(self) -> None:
        self.assertEqual(complaint(replace(HEARD, unanswered=1)), "1 of 1000 frames had no result")

    def test_sessions_that_failed_are_told_first(self) -> None:
        heard = replace(HEARD, unanswered=500, failures=("never ready", "refused"))
        self.assertEqual(complaint(heard), "2 sessions failed, the first: never ready")


class MergeTests(SynchronousTestCase):
    """Several rounds of one row."""

    def test_each_number_is_the_median_of_its_own(self) -> None:
        costs = [replace(COST, cpu_ms=cpu_ms, p99_ms=p99_ms) for cpu_ms, p99_ms in ((1.0, 9.0), (3.0, 7.0), (2.0, 8.0))]
        merged = merge([Row("alie", 1, cost) for cost in costs])
        self.assertEqual(merged, Row("alie", 1, replace(COST, cpu_ms=2.0, p99_ms=8.0), rounds=tuple(costs)))
        self.assertIn("2.00 (1.00-3.00)", render({}, [merged], []))

    def test_a_delay_beyond_every_bound_stays_so_and_one_that_is_not_told_too(self) -> None:
        costs = [replace(COST, delay_p99_s=None, delay_longest_s=bound) for bound in (0.01, math.inf, math.inf)]
        merged = merge([Row("alie", 1, cost) for cost in costs])
        assert merged.cost is not None
        self.assertEqual((merged.cost.delay_p99_s, merged.cost.delay_longest_s), (None, math.inf))

    def test_a_round_with_trouble_counts_in_no_median_and_is_told(self) -> None:
        merged = merge([Row("alie", 1, NODE, "lost"), Row("alie", 1, COST), Row("alie", 1, COST)])
        self.assertEqual(merged, Row("alie", 1, COST, "1 of 3 rounds: lost", (COST, COST)))

    def test_without_any_good_round_the_first_one_stands(self) -> None:
        rows = [Row("sdk", 100, COST, "lost"), Row("sdk", 100, None, "ended")]
        self.assertEqual(merge(rows), rows[0])


class VerdictTests(SynchronousTestCase):
    """The bars."""

    def test_ratios_and_delay_are_held_against_their_bars(self) -> None:
        verdicts = judge(ROWS)
        self.assertEqual([verdict.value for verdict in verdicts], [0.625, 0.25, 0.25, 0.625, 5.0])
        self.assertEqual([verdict.bar for verdict in verdicts], [0.65, 0.3, 0.25, 1.0, 10.0])
        self.assertTrue(all(verdict.is_met for verdict in verdicts))

    def test_more_than_the_bar_misses_it(self) -> None:
        costly = replace(COST, cpu_ms=2.1, delay_p99_s=0.02)
        rows = [ROWS[0], Row("alie", 200, costly), Row("alie", 400, costly), ROWS[3]]
        self.assertEqual([verdict.is_met for verdict in judge(rows)], [False, True, True, False, False])

    def test_nothing_is_concluded_from_rows_that_are_missing_or_have_trouble(self) -> None:
        for rows in ([], [replace(row, trouble="lost") for row in ROWS], [replace(row, cost=None) for row in ROWS]):
            self.assertEqual({verdict.is_met for verdict in judge(rows)}, {None})

    def test_memory_that_did_not_grow_is_no_base_of_a_ratio(self) -> None:
        verdicts = judge([*ROWS[:3], Row("node", 400, replace(NODE, rss_kb=0.0))])
        self.assertIsNone(verdicts[2].value)


class ReportTests(SynchronousTestCase):
    """For people and for programs."""

    def test_every_number_trouble_and_bar_is_there(self) -> None:
        rows = [*ROWS, Row("sdk", 100, None, "sdk ended")]
        page = render({"machine": "2 cores"}, rows, judge(rows))
        for told in (
            "2 cores",
            "1.25",
            "2.0 / 50.0 ms",
            "150 KB",
            "<= 5 ms / <= 20 ms",
            "50%",
            "0.10 cores",
            "sdk at 100: sdk ended",
            "CPU at 400, alie / node: 0.62 x, bar 0.65 x: met",
        ):
            self.assertIn(told, page)

    def test_a_missed_bar_and_one_not_measured_can_be_told_apart(self) -> None:
        page = render({}, [], [Verdict("a", 2.0, 1.0), Verdict("b", None, 1.0)])
        self.assertIn("a: 2.00 x, bar 1.00 x: MISSED\nb: not measured", page)

    def test_json_can_be_read_whatever_was_measured(self) -> None:
        rows = [Row("alie", 400, replace(COST, delay_longest_s=math.inf)), Row("sdk", 1, None, "ended")]
        read = json.loads(render_json({"machine": "x"}, rows, judge(rows)))
        self.assertEqual(read["rows"][0]["cost"]["delay_longest_s"], "unbounded")
        self.assertEqual(read["rows"][1]["trouble"], "ended")
        self.assertIsNone(read["bars"][0]["is_met"])
