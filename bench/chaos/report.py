"""The account as text for people and as JSON for programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from bench.chaos.account import Account, Group
from bench.chaos.plan import Plan

_COLUMNS = (
    ("sessions", "sessions"),
    ("complete", "complete"),
    ("cut", "cut"),
    ("resumed", "resumed"),
    ("begun_anew", "begun anew"),
    ("words", "words"),
    ("once", "once"),
    ("doubled", "doubled"),
)
_SECONDS = (
    ("recorded_s", "recorded s"),
    ("final_s", "final s"),
    ("told_lost_s", "told lost s"),
    ("cut_off_s", "cut off s"),
    ("unaccounted_s", "unaccounted s"),
    ("replayed_s", "replayed s"),
)


def render(plan: Plan, account: Account) -> str:
    """A page."""
    lines = [
        f"seed {plan.seed}: {len(plan.parts)} sessions, {len(plan.blows)} blows planned, in {account.took_s:.0f} s",
        f"the daemon got: {', '.join(f'SIG{name}' for name in account.kills) or 'nothing'}",
        f"on clients' legs: {_counts(account.on_clients)}",
        f"on the engine's legs: {_counts(account.on_engines)}",
        f"a client whose leg was cut was back after {_seconds(account.noticed_p50_s)} (median), "
        f"{_seconds(account.noticed_worst_s)} at worst",
        f"this process, with clients, proxies and service, was at most {account.late_s:.2f} s late with a timer",
        "",
        _row("client", [title for _, title in (*_COLUMNS, *_SECONDS)]),
        _row("---", ["---" for _ in (*_COLUMNS, *_SECONDS)]),
        _row("alie", _cells(account.alie)),
        _row("plain", _cells(account.plain)),
        "",
        *account.found,
        verdict(plan, account),
    ]
    return "\n".join(lines)


def render_json(plan: Plan, account: Account) -> str:
    """One object."""
    return json.dumps({"seed": plan.seed, "planned": len(plan.blows), **asdict(account)}, indent=2)


def verdict(plan: Plan, account: Account) -> str:
    """In one line, and how to see it again."""
    if account.found:
        return f"FAILED: {len(account.found)} findings; again with --seed {plan.seed}"
    return "ok: every second is accounted for, no word is doubled"


def _cells(group: Group) -> list[str]:
    counts = [str(getattr(group, name)) for name, _ in _COLUMNS]
    return counts + [f"{getattr(group, name):.1f}" for name, _ in _SECONDS]


def _row(head: str, cells: list[str]) -> str:
    return f"| {' | '.join([head, *cells])} |"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "nothing"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
