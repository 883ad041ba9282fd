"""What was saved of gateway benches, as tables and pictures: `make bench-report`.

Reads what `--save` has written to `bench/results`, measures nothing, writes pictures beside it and tables to stdout:
the page and its pictures come from the same numbers. Drawn by matplotlib, which is what draws everywhere: axes, legends
and scales by hand would be more code than the bench has.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib

from bench.gateway.connecting import HEAD as CONNECTING_HEAD
from bench.gateway.connecting import cells as connecting_cells
from bench.gateway.connecting_measures import Connecting
from bench.gateway.measures import Cost, Row, Verdict
from bench.gateway.report import HEAD, cells, tell_bar
from bench.report import table

matplotlib.use("svg")
# The same numbers make the same file: no date, no random names.
matplotlib.rcParams |= {
    "svg.hashsalt": "alie",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}

RESULTS = Path(__file__).parents[1] / "results"
_PICTURES = (
    ("cpu_ms", "CPU of the gateway, ms per session and second", "cpu"),
    ("p99_ms", "Round trip p99, ms", "p99"),
    ("rss_kb", "Resident memory per session, KB", "rss"),
)


def main() -> None:
    """Writes tables and pictures. Exit status 1: nothing was saved yet."""
    paths = sorted(RESULTS.glob("*.json"))
    if not paths:
        sys.exit(f"Nothing is saved in {RESULTS}: run the benches with --save")
    for path in paths:
        saved = json.loads(path.read_text())
        print("\n".join([f"== {path.stem}", "", *tell(saved), ""]))
        if "rows" in saved:
            draw_all(read_rows(saved), path.with_suffix(""))


def tell(saved: Mapping[str, Any]) -> list[str]:
    """What one run saved: its conditions, its table and its bars."""
    conditions = [f"{key:<21}{value}" for key, value in saved["conditions"].items()]
    if "rows" in saved:
        rows = [HEAD, *map(cells, read_rows(saved))]
        verdicts = [Verdict(*(bar[name] for name in ("name", "value", "bar", "unit"))) for bar in saved["bars"]]
        return [*conditions, "", *table(rows), "", *(tell_bar(one) for one in verdicts if one.value is not None)]
    fields = Connecting.__dataclass_fields__
    told = [Connecting(**{key: row[key] for key in fields}) for row in saved["connecting"]]
    return [*conditions, "", *table([CONNECTING_HEAD, *map(connecting_cells, told)])]


def read_rows(saved: Mapping[str, Any]) -> list[Row]:
    """The rows as they were measured."""
    return [
        Row(
            row["gateway"],
            row["sessions"],
            None if row["cost"] is None else _cost(row["cost"]),
            row["trouble"],
            tuple(_cost(one) for one in row["rounds"]),
        )
        for row in saved["rows"]
    ]


def _cost(saved: Mapping[str, Any]) -> Cost:
    return Cost(**{name: float("inf") if value == "unbounded" else value for name, value in saved.items()})


def draw_all(rows: Sequence[Row], stem: Path) -> None:
    """One picture for each number that bars are about; their names begin with `stem`."""
    for name, title, suffix in _PICTURES:
        shown = [row for row in rows if row.cost is not None and row.sessions > 1]
        draw(shown, name, title, stem.with_name(f"{stem.name}-{suffix}.svg"))


def draw(rows: Sequence[Row], name: str, title: str, path: Path) -> None:
    """Bars of the medians with whiskers from the least to the most of the rounds, one group for each gateway."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7.5, 0.32 * len(rows) + 1.0), layout="constrained")
    for place, row in enumerate(rows):
        value = getattr(row.cost, name)
        rounds = [getattr(one, name) for one in row.rounds] or [value]
        whiskers = [[max(0.0, value - min(rounds))], [max(0.0, max(rounds) - value)]]
        colour = {"alie": "#1b6e53", "node": "#8a8a8a"}.get(row.gateway.split(",")[0], "#c9c9c9")
        axes.barh(place, value, color=colour, xerr=whiskers, error_kw={"lw": 1, "capsize": 2})
        place_of_text = {"xytext": (5, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(f"{value:.3g}", (max(value, *rounds), place), **place_of_text)
    axes.set_yticks(range(len(rows)), [f"{row.gateway}, {row.sessions}" for row in rows])
    axes.invert_yaxis()
    axes.set_title(title, loc="left")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()
