"""What was saved is told and drawn as it was measured."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.gateway.measures import Row, judge
from bench.gateway.pictures import draw_all, read_rows, tell
from bench.gateway.report import render_json
from tests.bench.test_gateway_connecting import ROW
from tests.bench.test_gateway_measures import COST, NODE

ROUNDS = (COST, replace(COST, cpu_ms=1.5, delay_longest_s=math.inf))
ROWS = [Row("alie", 400, COST, rounds=ROUNDS), Row("node", 400, NODE), Row("sdk", 100, None, "ended")]


class PicturesTests(SynchronousTestCase):
    """Nothing is measured here."""

    def saved(self) -> dict[str, object]:
        read: dict[str, object] = json.loads(render_json({"machine": "x"}, ROWS, judge(ROWS)))
        return read

    def test_rows_come_back_as_they_were_saved(self) -> None:
        self.assertEqual(read_rows(self.saved()), ROWS)
        self.assertIn("1.25 (1.25-1.50)", "\n".join(tell(self.saved())))
        self.assertIn("CPU at 400, alie / node: 0.62 x, bar 0.65 x: met", tell(self.saved()))

    def test_so_does_what_it_costs_to_connect(self) -> None:
        told = tell({"conditions": {}, "connecting": [asdict(ROW) | {"rounds": []}]})
        self.assertIn("800", told[-1])

    def test_the_same_numbers_make_the_same_pictures(self) -> None:
        folders = [Path(self.mktemp()), Path(self.mktemp())]
        for folder in folders:
            folder.mkdir()
            draw_all(ROWS, folder / "run")
        first, second = ({path.name: path.read_text() for path in folder.iterdir()} for folder in folders)
        self.assertEqual(first, second)
        self.assertEqual(sorted(first), ["run-cpu.svg", "run-p99.svg", "run-rss.svg"])
        self.assertIn("alie, 400", first["run-cpu.svg"])
        self.assertNotIn("sdk, 100", first["run-cpu.svg"])
