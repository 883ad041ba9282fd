"""The daemon, its service and its load, each a process; looked at from here."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.task import deferLater

from alie.cli.reasons import SessionFailed
from alie.cli.rest import fetch
from bench.gateway.certificate import write_certificate
from bench.gateway.gateways import GATEWAYS, bare
from bench.gateway.process import Process, ProcessFailed
from bench.gateway.stage import ROOT, Plan, Scene, set_scene
from bench.soak.load import Heard
from bench.soak.sample import Sample, read_sample

# For the last close, and for sessions whose client might have come back.
_EMPTY_WITHIN_S = 60.0
_LOOK_S = 1.0
# Its sessions stop, and wait for their last results.
_LOAD_ENDS_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done.

    Attributes:
        sessions: at once.
        seconds: of the soak, from the first sample on.
        warm_up_s: before it, with all sessions running.
        every_s: between samples.
        longest_s: a session lasts so long at most, and a twelfth of it at least; memory is steady only after that long.
        seed: of what the sessions do.
        cores: of the daemon, and of everything else.
    """

    sessions: int
    seconds: float
    warm_up_s: float
    every_s: float
    longest_s: float
    seed: int
    cores: tuple[set[int], set[int]]


@dataclass(frozen=True, slots=True)
class Soaked:
    """What was seen.

    Attributes:
        before: the daemon before its first session.
        samples: in the soak.
        after: the daemon when the last session has ended; how long that took is the difference to the last sample.
        heard: by the load.
        cpu_s: of the daemon, in the soak.
        missed: looks at the daemon that it did not answer.
    """

    before: Sample
    samples: tuple[Sample, ...]
    after: Sample
    heard: Heard
    cpu_s: float
    missed: int = 0


async def soak(reactor: Any, order: Order, tell: Callable[[Sample], None]) -> Soaked:
    """Starts all, looks, stops all.

    Raises:
        ProcessFailed: one of them did not start, or ended.
    """
    with tempfile.TemporaryDirectory(prefix="alie-soak-") as folder:
        plan = Plan(*write_certificate(Path(folder)), order.warm_up_s, order.seconds, cores=order.cores)
        async with set_scene(reactor, GATEWAYS["alie"], plan) as scene:
            this = _Soak(reactor, order, scene, tell)
            try:
                return await this.run(plan.key.parent)
            finally:
                await this.stop()


class _Soak:
    def __init__(self, reactor: Any, order: Order, scene: Scene, tell: Callable[[Sample], None]) -> None:
        self._reactor = reactor
        self._order = order
        self._scene = scene
        self._tell = tell
        self._began_s = reactor.seconds()
        self._load: Process | None = None
        self._missed = 0

    async def run(self, folder: Path) -> Soaked:
        order, daemon = self._order, self._scene.gateway
        before = await self._look()
        self._load = load = self._start_load(folder)
        await deferLater(self._reactor, order.warm_up_s)
        self._began_s, cpu_s = self._reactor.seconds(), daemon.cpu_s()
        samples = await self._samples()
        cpu_s = daemon.cpu_s() - cpu_s
        said = await load.expect(self._reactor, r"\{.*\}\n", _LOAD_ENDS_WITHIN_S + order.every_s)
        heard = Heard(**json.loads(said[0]))
        return Soaked(before, tuple(samples), await self._empty(), heard, cpu_s, self._missed)

    async def stop(self) -> None:
        if self._load is not None:
            await self._load.stop(self._reactor)

    async def _samples(self) -> list[Sample]:
        samples: list[Sample] = []
        while (due_s := (len(samples) + self._missed) * self._order.every_s) <= self._order.seconds:
            await deferLater(self._reactor, max(0.0, self._began_s + due_s - self._reactor.seconds()))
            try:
                samples.append(await self._look())
                self._tell(samples[-1])
            except SessionFailed:
                self._scene.gateway.cpu_s()  # says so if it has ended
                self._missed += 1
        return samples

    async def _empty(self) -> Sample:
        """Looks until nothing is left, or it has been long enough."""
        deadline = self._reactor.seconds() + _EMPTY_WITHIN_S
        while True:
            sample = await self._look()
            is_empty = not (sample.objects or sample.sockets or sample.sessions or sample.legs)
            if is_empty or self._reactor.seconds() > deadline:
                return sample
            await deferLater(self._reactor, _LOOK_S)

    async def _look(self) -> Sample:
        status, body = await fetch(self._reactor, self._scene.address, "/metrics")
        if status != 200:
            raise ProcessFailed(f"/metrics answered with {status}")
        return read_sample(self._reactor.seconds() - self._began_s, self._scene.gateway.pid, body.decode())

    def _start_load(self, folder: Path) -> Process:
        order = self._order
        command = [sys.executable, "-m", "bench.soak.load", self._scene.address.websocket_url]
        lasts_s = order.warm_up_s + order.seconds
        command += ["--seed", str(order.seed), "--sessions", str(order.sessions), "--seconds", str(lasts_s)]
        command += ["--longest", str(order.longest_s)]
        environment = bare(folder, PYTHONPATH=str(ROOT))
        return Process.start(self._reactor, "the load", command, environment, order.cores[1])
