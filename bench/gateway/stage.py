"""One row of the table: a gateway between the load and the service, each in a process of its own, and the meter."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from twisted.internet.task import deferLater

from alie.cli.address import Address, parse
from alie.cli.reasons import SessionFailed
from alie.cli.rest import get
from bench.conditions import others_cpu_s
from bench.daemon import reactor_delays
from bench.gateway.gateways import Gateway, bare
from bench.gateway.measures import LOAD_LIMIT, Cost, Heard, Row, complaint
from bench.gateway.process import Process, ProcessFailed
from bench.gateway.profiler import start_profile
from bench.measures import share_below
from tests.support.node import MODULES

ROOT = Path(__file__).parents[2]
_LISTENS = r"listens on ([\w.:/\[\]-]+)"
_START_WITHIN_S = 30.0
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """How rows are measured.

    Attributes:
        certificate: of the service; also what it is verified with.
        key: of the certificate.
        warm_up_s: seconds from all sessions ready to the measured window.
        seconds: length of that window.
        profile: where a profile of Alie in the window goes, if anywhere.
        cores: the gateway's, and the one of the load and the service.
    """

    certificate: Path
    key: Path
    warm_up_s: float
    seconds: float
    profile: Path | None = None
    cores: tuple[set[int], set[int]] = field(default_factory=lambda: divide(os.sched_getaffinity(0)))


@dataclass(frozen=True, slots=True)
class Scene:
    """What a row is measured on: processes, and where the gateway listens."""

    service: Process
    gateway: Process
    address: Address


def divide(cores: set[int]) -> tuple[set[int], set[int]]:
    """A core for the gateway, one for the load and the service: the same where there is only one."""
    ordered = sorted(cores)
    return {ordered[-1]}, {ordered[0]}


async def measure(reactor: Any, gateway: Gateway, sessions: int, plan: Plan) -> Row:
    """Starts all, measures, stops all."""
    try:
        async with set_scene(reactor, gateway, plan) as scene:
            return await _measure(reactor, gateway, sessions, plan, scene)
    except (ProcessFailed, SessionFailed) as error:
        return Row(gateway.name, sessions, None, str(error))


@asynccontextmanager
async def set_scene(reactor: Any, gateway: Gateway, plan: Plan) -> AsyncIterator[Scene]:
    """Starts a service and a gateway that is ready; ends both.

    Raises:
        ProcessFailed: one of them did not start.
    """
    own_core, other_cores = plan.cores
    command, environment = gateway.service(plan.certificate, plan.key), bare(plan.key.parent, NODE_PATH=str(MODULES))
    service = Process.start(reactor, "the service", command, environment, other_cores)
    started = [service]
    try:
        endpoint = (await service.expect(reactor, _LISTENS, _START_WITHIN_S))[1]
        environment = gateway.environment(endpoint, plan.certificate)
        process = Process.start(
            reactor, gateway.name, gateway.command(endpoint, plan.certificate), environment, own_core
        )
        started.append(process)
        address = parse((await process.expect(reactor, _LISTENS, _START_WITHIN_S))[1])
        if gateway.is_alie:
            await _become_ready(reactor, address)
        yield Scene(service, process, address)
    finally:
        for one in reversed(started):
            await one.stop(reactor)


async def _become_ready(reactor: Any, address: Address) -> None:
    deadline = reactor.seconds() + _START_WITHIN_S
    while (await get(reactor, address, "/readyz"))[0] != 200:
        if reactor.seconds() > deadline:
            raise ProcessFailed(f"alie was not ready within {_START_WITHIN_S:.0f} s")
        await deferLater(reactor, _POLL_S)


async def _measure(reactor: Any, gateway: Gateway, sessions: int, plan: Plan, scene: Scene) -> Row:
    rss_kb = scene.gateway.rss_kb()
    load = _start_load(reactor, gateway, sessions, plan, scene)
    try:
        # Connecting takes 10 ms for each.
        await load.expect(reactor, "begins", _START_WITHIN_S + plan.warm_up_s + sessions / 50)
        delays = await reactor_delays(reactor, scene.address) if gateway.is_alie else {}
        before = _Look.at(reactor, scene, load)
        if gateway.is_alie and plan.profile:
            start_profile(reactor, scene.gateway.pid, plan.profile, plan.seconds, plan.cores[1])
        await load.expect(reactor, "ends", _START_WITHIN_S + plan.seconds)
        after = _Look.at(reactor, scene, load)
        rss_kb = scene.gateway.rss_kb() - rss_kb
        late = await reactor_delays(reactor, scene.address) if gateway.is_alie else {}
        said = await load.expect(reactor, r"\{.*\}\n", _START_WITHIN_S)
    finally:
        await load.stop(reactor)
    heard = Heard(**json.loads(said[0]))
    wall_s = after.at_s - before.at_s
    cost = Cost(
        cpu_ms=(after.gateway_s - before.gateway_s) / wall_s / sessions * 1000,
        p50_ms=heard.p50_ms,
        p99_ms=heard.p99_ms,
        rss_kb=rss_kb / sessions,
        delay_p99_s=share_below(delays, late, 0.99),
        delay_longest_s=share_below(delays, late, 1.0),
        load_cores=(after.load_s - before.load_s) / wall_s,
        others_cores=max(0.0, after.others_s - before.others_s) / wall_s,
    )
    if cost.load_cores > LOAD_LIMIT:
        busy = f"not measured: load and service kept their core {cost.load_cores:.0%} busy"
        return Row(gateway.name, sessions, None, busy)
    return Row(gateway.name, sessions, cost, complaint(heard))


def _start_load(reactor: Any, gateway: Gateway, sessions: int, plan: Plan, scene: Scene) -> Process:
    command = [sys.executable, "-m", "bench.gateway.load", scene.address.websocket_url]
    command += ["--sessions", f"{sessions}", "--warm-up", f"{plan.warm_up_s}", "--seconds", f"{plan.seconds}"]
    command += ["--resumable"] if gateway.is_resumable else []
    environment = bare(plan.key.parent, PYTHONPATH=str(ROOT))
    return Process.start(reactor, "the load", command, environment, plan.cores[1])


@dataclass(frozen=True, slots=True)
class _Look:
    """CPU seconds so far."""

    at_s: float
    gateway_s: float
    load_s: float
    others_s: float

    @classmethod
    def at(cls, reactor: Any, scene: Scene, load: Process) -> _Look:
        gateway_s, load_s = scene.gateway.cpu_s(), scene.service.cpu_s() + load.cpu_s()
        return cls(reactor.seconds(), gateway_s, load_s, others_cpu_s(gateway_s + load_s))
