"""The gateway bench's measures as a page to read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.gateway.measures import Row, Verdict
from bench.report import table

HEAD = (
    "sessions",
    "gateway",
    "CPU ms per session s",
    "its core",
    "round trip p50 / p99",
    "RSS per session",
    "reactor delay p99 / longest",
    "load's core",
    "other work",
)


def render(conditions: Mapping[str, str], rows: Sequence[Row], verdicts: Sequence[Verdict]) -> str:
    """Conditions, the table, what is wrong with rows of it, and the bars."""
    told = [f"{name:<21}{value}" for name, value in conditions.items()]
    notes = [f"{row.gateway} at {row.sessions}: {row.trouble}" for row in rows if row.trouble]
    lines = [*told, "", *table([HEAD, *map(cells, rows)]), "", *notes, *map(tell_bar, verdicts)]
    return "\n".join(lines)


def render_json(conditions: Mapping[str, str], rows: Sequence[Row], verdicts: Sequence[Verdict]) -> str:
    """The same for programs. JSON knows no infinity: what is beyond every bound is the text "unbounded"."""
    bars = [asdict(verdict) | {"is_met": verdict.is_met} for verdict in verdicts]
    told = {"conditions": conditions, "rows": [asdict(row) for row in rows], "bars": bars}
    return json.dumps(plain(told), ensure_ascii=False, indent=2, allow_nan=False)


def cells(row: Row) -> tuple[str, ...]:
    """A row as text."""
    if (cost := row.cost) is None:
        return (str(row.sessions), row.gateway, *["-"] * (len(HEAD) - 2))
    return (
        str(row.sessions),
        row.gateway,
        f"{cost.cpu_ms:.2f}{_spread(row, 'cpu_ms', 2)}",
        f"{cost.cpu_ms * row.sessions / 1000:.0%}",
        f"{cost.p50_ms:.1f} / {cost.p99_ms:.1f}{_spread(row, 'p99_ms', 1)} ms",
        f"{cost.rss_kb:.0f}{_spread(row, 'rss_kb', 0)} KB",
        f"{_bound(cost.delay_p99_s)} / {_bound(cost.delay_longest_s)}",
        f"{cost.load_cores:.0%}",
        f"{cost.others_cores:.2f} cores",
    )


def _spread(row: Row, name: str, digits: int) -> str:
    """The least and the most of the rounds that a median was taken of."""
    values = [getattr(cost, name) for cost in row.rounds]
    return f" ({min(values):.{digits}f}-{max(values):.{digits}f})" if values else ""


def _bound(delay_s: float | None) -> str:
    if delay_s is None:
        return "-"
    return "unbounded" if math.isinf(delay_s) else f"<= {delay_s * 1000:.0f} ms"


def tell_bar(verdict: Verdict) -> str:
    """A bar in a line."""
    if verdict.value is None:
        return f"{verdict.name}: not measured"
    compared = f"{verdict.value:.2f} {verdict.unit}, bar {verdict.bar:.2f} {verdict.unit}"
    return f"{verdict.name}: {compared}: {'met' if verdict.is_met else 'MISSED'}"


def plain(value: Any) -> Any:
    """The same without infinities, which JSON does not know."""
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return "unbounded" if isinstance(value, float) and math.isinf(value) else value
