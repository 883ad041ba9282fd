"""What a soak is judged by, and its page. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bench.measures import share_below
from bench.soak.sample import Sample, series
from bench.soak.slopes import Bound, Verdict, judge
from bench.soak.stage import Soaked

BOUNDS = (
    Bound("rss_mb", "MB", 4.0, once=32.0),
    Bound("blocks", "blocks", 20_000.0, once=200_000.0),
    Bound("descriptors", "", 4.0, once=4.0),
    Bound("threads", "", 0.5, once=10.0),
    Bound("timers", "", 20.0, once=20.0),
    Bound("objects", "", 20.0, once=20.0),
)
"""What each figure may grow by in an hour, and besides. Twisted's garbage of some thousand legs, 10 KB each, waits for
a full collection; threads look up names; sessions come and go at random, which moves the rest."""
# Sessions that the load found broken are no soak.
_GOOD_ENDS = ("stop", "drop", "leave")
# Over what there was before the first session: connections that are kept, and the load's own last ones.
# Threads are those of Twisted's pool, which looks up names.
_DESCRIPTORS_LEFT, _TIMERS_LEFT, _THREADS_LEFT = 8, 8, 10
# Of the looks: a machine that is busy with something else may let one pass in vain.
_MISSED_SHARE = 0.01
# A callback of the daemon that takes longer is a defect.
LATE_S = 0.01
_LATE_SHARE = 0.99


def judge_all(soaked: Soaked) -> list[Verdict]:
    """Every figure that has a bound."""
    return [judge(bound, series(soaked.samples, bound.name)) for bound in BOUNDS]


def shortcomings(soaked: Soaked, verdicts: list[Verdict]) -> list[str]:
    """What is not as it should be, in sentences; "unclear" is not among it."""
    found = [f"{one.bound.name} grows by {one.slope.per_hour:.1f} an hour" for one in verdicts if one.word == "grows"]
    found += [
        f"{count} sessions ended with: {how}" for how, count in soaked.heard.ends.items() if how not in _GOOD_ENDS
    ]
    before, after = soaked.before, soaked.after
    for name in ("sockets", "sessions", "legs", "objects"):
        if getattr(after, name):
            found.append(f"{getattr(after, name):.0f} {name} are left after the last session")
    for name, most in (("descriptors", _DESCRIPTORS_LEFT), ("timers", _TIMERS_LEFT), ("threads", _THREADS_LEFT)):
        if getattr(after, name) > getattr(before, name) + most:
            found.append(
                f"{getattr(after, name):.0f} {name} after the last session, {getattr(before, name):.0f} before"
            )
    if soaked.missed > _MISSED_SHARE * len(soaked.samples):
        found.append(f"{soaked.missed} times the daemon did not answer /metrics")
    early, late = lateness(soaked)
    if late is not None and early is not None and late > max(LATE_S, early):
        found.append(f"the reactor is later at the end ({late * 1000:g} ms) than at the beginning")
    return found


def lateness(soaked: Soaked) -> tuple[float | None, float | None]:
    """The bound below which 99 % of the reactor's delays were, in the first half and in the second; in seconds."""
    first, middle, last = (soaked.samples[place].delays for place in (0, len(soaked.samples) // 2, -1))
    return _late(first, middle), _late(middle, last)


def _late(before: Mapping[float, float], after: Mapping[float, float]) -> float | None:
    return share_below(before, after, _LATE_SHARE)


def line(sample: Sample) -> str:
    """One sample, for whoever watches."""
    return (
        f"{sample.at_s:7.0f} s  {sample.rss_mb:7.1f} MB  {sample.descriptors:4.0f} descriptors  "
        f"{sample.threads:3.0f} threads  {sample.timers:4.0f} timers  {sample.sessions:4.0f} sessions  "
        f"{sample.objects:4.0f} objects"
    )


def render(conditions: Mapping[str, str], soaked: Soaked) -> str:
    """A page."""
    verdicts = judge_all(soaked)
    early, late = lateness(soaked)
    heard, wall_s = soaked.heard, soaked.samples[-1].at_s - soaked.samples[0].at_s
    rows = [
        f"| {one.bound.name} | {one.first:.1f} | {one.last:.1f} | {one.slope.per_hour:+.2f} | "
        f"{one.slope.low:+.2f} .. {one.slope.high:+.2f} | {one.bound.most(wall_s):.3g} {one.bound.unit} | {one.word} |"
        for one in verdicts
    ]
    found = shortcomings(soaked, verdicts)
    return "\n".join(
        [
            *(f"{name:14} {value}" for name, value in conditions.items()),
            "",
            "| figure | first tenth | last tenth | growth per hour | 95 % confidence | may be | verdict |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"{heard.sessions} sessions: {', '.join(f'{count} {how}' for how, count in sorted(heard.ends.items()))}",
            f"{heard.frames} frames, {heard.results} results, "
            f"round trip p50 / p99 {heard.p50_ms:.1f} / {heard.p99_ms:.1f} ms",
            f"reactor delay p99: <= {_ms(early)} in the first half, <= {_ms(late)} in the second",
            f"daemon: {soaked.cpu_s / wall_s:.0%} of a core; {soaked.missed} of "
            f"{len(soaked.samples) + soaked.missed} looks at it were not answered",
            _after(soaked),
            "",
            *found,
            "FAILED" if found else "ok" if all(one.word == "flat" for one in verdicts) else "ok; too short to be sure",
        ]
    )


def _after(soaked: Soaked) -> str:
    before, after = soaked.before, soaked.after
    figures = [
        f"{getattr(after, name):.0f} {name} ({getattr(before, name):.0f} before the first)"
        for name in ("objects", "timers", "descriptors", "rss_mb")
    ]
    return f"{after.at_s - soaked.samples[-1].at_s:.0f} s after the end: {', '.join(figures)}"


def render_json(conditions: Mapping[str, str], soaked: Soaked) -> str:
    """One object, with every sample."""
    verdicts = judge_all(soaked)
    content: dict[str, Any] = {
        "conditions": dict(conditions),
        "verdicts": [asdict(one) for one in verdicts],
        "shortcomings": shortcomings(soaked, verdicts),
        **asdict(soaked),
    }
    return json.dumps(content, indent=1)


def _ms(value_s: float | None) -> str:
    return "-" if value_s is None else f"{value_s * 1000:g} ms"
