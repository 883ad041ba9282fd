"""What was measured of gateways, and what it says about them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import median
from typing import Any

# A client on the gateway's way from a busy core is late itself: its round trips say nothing about the gateway.
LOAD_LIMIT = 0.9
# A gateway may put one partial in the place of another when a client reads slowly; more than that is loss.
RESULTS_LIMIT = 0.99
BARS_AT = 400
DELAY_BAR_AT, DELAY_BAR_S = 200, 0.01
GROWTH_FROM = 100


@dataclass(frozen=True, slots=True)
class Heard:
    """What the load saw.

    Attributes:
        frames: sent in the measured window, over all sessions.
        results: received in it and just after; the service answers every frame with one. Not so before it: while a
            stream is being opened its audio waits, and may then go on in fewer, larger frames.
        unanswered: frames that no result covered seconds after the last was sent.
        p50_ms: from sending a frame to the first result that covers it, for frames of the measured window.
        p99_ms: the same.
        failures: why sessions failed, one sentence each.
    """

    frames: int
    results: int
    unanswered: int
    p50_ms: float
    p99_ms: float
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """What one gateway took for one number of sessions.

    Attributes:
        cpu_ms: of the gateway's process, per session and second.
        p50_ms: from a frame to the first result that covers it, at the client.
        p99_ms: the same.
        rss_kb: resident memory at the end less that before the first session, per session.
        delay_p99_s: bound below which 99 % of its reactor's delays were; None if it does not tell.
        delay_longest_s: bound that none of them passed; None as above.
        load_cores: how busy the core was that the load shares with the service, 0..1.
        others_cores: cores that were busy with anything but the bench.
    """

    cpu_ms: float
    p50_ms: float
    p99_ms: float
    rss_kb: float
    delay_p99_s: float | None
    delay_longest_s: float | None
    load_cores: float
    others_cores: float


@dataclass(frozen=True, slots=True)
class Row:
    """One gateway with so many sessions.

    Attributes:
        cost: None if it could not be measured.
        trouble: what is wrong with it, else None. With trouble, nothing is concluded from it.
        rounds: what `cost` is the medians of, where there were several.
    """

    gateway: str
    sessions: int
    cost: Cost | None
    trouble: str | None = None
    rounds: tuple[Cost, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One bar.

    Attributes:
        name: what is compared.
        value: what was measured; None if it was not.
        bar: what it may be at most.
        unit: of both: "x" or "ms".
    """

    name: str
    value: float | None
    bar: float
    unit: str = "x"

    @property
    def is_met(self) -> bool | None:
        """None if it was not measured."""
        return None if self.value is None else self.value <= self.bar


def complaint(heard: Heard) -> str | None:
    """Why what the load saw is no measure of a gateway that works; None if it is one."""
    if heard.failures:
        return f"{len(heard.failures)} sessions failed, the first: {heard.failures[0]}"
    if heard.unanswered:
        return f"{heard.unanswered} of {heard.frames} frames had no result"
    if heard.results < RESULTS_LIMIT * heard.frames:
        return f"{heard.frames - heard.results} of {heard.frames} results are missing"
    return None


def merge(rounds: Sequence[Row]) -> Row:
    """The same row of several rounds: medians over those without trouble, or the first trouble if there is none."""
    good = [row for row in rounds if row.trouble is None]
    if not good:
        return rounds[0]
    costs = [row.cost for row in good if row.cost]
    lost = _rounds_lost(len(rounds) - len(good), rounds)
    return Row(good[0].gateway, good[0].sessions, _medians(costs), lost, tuple(costs) if len(costs) > 1 else ())


def judge(rows: Sequence[Row], gateway: str = "alie", baseline: str = "node") -> list[Verdict]:
    """Holds a gateway against the baseline of the same run, and against itself."""
    ours, theirs = _cost(rows, gateway, BARS_AT), _cost(rows, baseline, BARS_AT)
    few, busy = _cost(rows, gateway, GROWTH_FROM), _cost(rows, gateway, DELAY_BAR_AT)
    delay_s = busy.delay_p99_s if busy else None
    return [
        Verdict(f"CPU at {BARS_AT}, {gateway} / {baseline}", _ratio(ours, theirs, "cpu_ms"), 0.65),
        Verdict(f"round trip p99 at {BARS_AT}, {gateway} / {baseline}", _ratio(ours, theirs, "p99_ms"), 0.3),
        Verdict(f"RSS per session at {BARS_AT}, {gateway} / {baseline}", _ratio(ours, theirs, "rss_kb"), 0.25),
        Verdict(f"CPU per session of {gateway}, {BARS_AT} / {GROWTH_FROM}", _ratio(ours, few, "cpu_ms"), 1.0),
        Verdict(
            f"reactor delay p99 of {gateway} at {DELAY_BAR_AT}",
            None if delay_s is None else delay_s * 1000,
            DELAY_BAR_S * 1000,
            "ms",
        ),
    ]


def _rounds_lost(lost: int, rounds: Sequence[Row]) -> str | None:
    first = next((row.trouble for row in rounds if row.trouble), None)
    return f"{lost} of {len(rounds)} rounds: {first}" if lost else None


def _medians(costs: Sequence[Cost]) -> Cost:
    values = {field.name: [getattr(cost, field.name) for cost in costs] for field in fields(Cost)}
    medians: dict[str, Any] = {name: None if None in found else median(found) for name, found in values.items()}
    return Cost(**medians)


def _cost(rows: Sequence[Row], gateway: str, sessions: int) -> Cost | None:
    found = [row for row in rows if (row.gateway, row.sessions) == (gateway, sessions) and row.trouble is None]
    return found[0].cost if found else None


def _ratio(ours: Cost | None, theirs: Cost | None, name: str) -> float | None:
    if ours is None or theirs is None or getattr(theirs, name) <= 0:
        return None
    return float(getattr(ours, name) / getattr(theirs, name))
