"""A bench's measures as a page to read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.measures import RunMeasure, seconds

_HEAD = ("sessions", "language", "WER", "first partial p50 / p95", "final p50 / p95", "sentences missed")


def render(conditions: Mapping[str, str], runs: Sequence[RunMeasure]) -> str:
    """Conditions, a table of what speakers saw, and a line for what each run cost."""
    told = [f"{name:<15}{value}" for name, value in conditions.items()]
    rows = [
        (
            str(run.sessions),
            one.language,
            f"{one.error_rate:.1%}",
            f"{seconds(one.partial_p50_s)} / {seconds(one.partial_p95_s)} s",
            f"{seconds(one.final_p50_s)} / {seconds(one.final_p95_s)} s",
            f"{one.missed} of {one.sentences}",
        )
        for run in runs
        for one in run.languages
    ]
    return "\n".join([*told, "", *table([_HEAD, *rows]), "", *map(_cost, runs)])


def render_json(conditions: Mapping[str, str], runs: Sequence[RunMeasure]) -> str:
    """The same for programs. JSON knows no infinity: a delay beyond every bound is the text "unbounded"."""
    return json.dumps({"conditions": conditions, "runs": [_plain(run) for run in runs]}, ensure_ascii=False, indent=2)


def _plain(run: RunMeasure) -> dict[str, Any]:
    is_unbounded = run.late_p99_s is not None and math.isinf(run.late_p99_s)
    return asdict(run) | ({"late_p99_s": "unbounded"} if is_unbounded else {})


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows, the first of them the head, as lines of a table in Markdown."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _cost(run: RunMeasure) -> str:
    late = "not told" if run.late_p99_s is None else f"99 % below {run.late_p99_s * 1000:.0f} ms"
    lines = [
        f"{run.sessions} at once: {run.cpu_s:.2f} CPU s per s of audio, {run.sessions_per_core:.1f} sessions per core;"
        f" reactor late: {late}; peak {run.peak_mb:.0f} MB; {run.lost_s:.1f} s of {run.audio_s:.0f} s of audio lost;"
        f" other work on this machine kept {run.others_cores:.1f} cores busy"
    ]
    if run.extra:
        lines.append(f"  one session more was {run.extra}")
    if run.failures:
        lines.append(f"  sessions that failed: {', '.join(run.failures)}")
    return "\n".join(lines)
