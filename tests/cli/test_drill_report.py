"""Tests of alie.cli.drill.report: what an operator reads."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.drill import report
from alie.cli.drill.account import Round
from alie.cli.drill.kinds import KINDS
from alie.cli.drill.options import Order
from tests.cli.test_drill_account import OVER, RECOVERING, WELL

ORDER = Order((KINDS["outage"],), sessions=1, seed=5)
DONE = Round(KINDS["outage"], (replace(WELL, told=(RECOVERING,)),))
BAD = Round(KINDS["reset"], (WELL, replace(WELL, number=2, lost_s=None, received=WELL.received[1:])))


class TextTests(SynchronousTestCase):
    """For people."""

    def test_opening(self) -> None:
        self.assertIn("1 fault, 1 session at once, transport websocket.\n", report.opening(ORDER))
        self.assertIn("embedded engine may take over", report.opening(replace(ORDER, may_fail_over=True)))

    def test_block(self) -> None:
        expected = """\
outage       every connection is reset, and every new one, for 3 s
             struck: 1 of 1 session
             told: 1 session, that the engine is being recovered (ENGINE_UNAVAILABLE), after 0.1 s at most
             heard again: 0.5 s at most
             verdict: ok: 4 words in 1 session, none lost, none doubled

"""
        self.assertEqual(report.block(DONE), expected)

    def test_a_block_where_nothing_was_told(self) -> None:
        told = report.block(BAD)
        self.assertIn("told: nothing, and nothing had to be told\n", told)
        self.assertIn("verdict: FAILED in 1 of 2 sessions\n", told)

    def test_table(self) -> None:
        rows = [line.split() for line in report.table([DONE, BAD]).splitlines()]
        self.assertEqual(rows[1], ["1", "outage", "en-US", "4", "4", "0", "0", "aa", "aa", "0.0", "ok"])
        self.assertEqual(" ".join(rows[3]), "2 reset en-US 4 3 0 1 aa aa ? no account, 1 missing")

    def test_a_session_that_failed_over(self) -> None:
        session = replace(WELL, received=(*WELL.received[:3], "now"), told=(OVER,))
        self.assertIn("ok, 1 words in another engine's spelling\n", report.table([Round(KINDS["outage"], (session,))]))

    def test_closing(self) -> None:
        self.assertEqual(
            report.closing(ORDER, [DONE], 9.6), "\nok: 4 words in 1 session, none lost, none doubled, in 10 s\n"
        )
        told = report.closing(ORDER, [DONE, BAD], 20.0)
        self.assertIn("FAILED in 1 of 3 sessions, in 20 s\n", told)
        self.assertIn("--faults reset --seed 5 --keep-log FILE", told)


class JsonTests(SynchronousTestCase):
    """For programs."""

    def test_content(self) -> None:
        content = report.content(ORDER, [DONE, BAD], 20.04)
        self.assertEqual((content["ok"], content["seed"], content["tookSeconds"]), (False, 5, 20.0))
        outage, reset = content["faults"]
        self.assertEqual(
            (outage["fault"], outage["ok"], outage["struck"], outage["heardAgainSeconds"]), ("outage", True, 1, 0.5)
        )
        self.assertEqual([told["longestSeconds"] for told in outage["told"]], [0.1])
        self.assertEqual(
            [(one["session"], one["ok"], one["missing"], one["lostSeconds"]) for one in reset["sessions"]],
            [(1, True, 0, 0.0), (2, False, 1, None)],
        )

    def test_an_exercise_without_rounds_is_not_well(self) -> None:
        self.assertFalse(report.content(ORDER, [], 0.0)["ok"])
