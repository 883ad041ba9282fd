"""The daemon between two proxies: clients on the one side, a simulated Amazon Transcribe on the other."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from twisted.internet.task import deferLater

from alie.cli.address import Address, parse
from alie.cli.reasons import SessionFailed
from alie.cli.rest import fetch, get
from alie.simulator.faults import LegFault, Occasion
from alie.simulator.limits import SimulatorLimits
from alie.simulator.simulator import Simulator
from bench.chaos.blows import Blow, Strike
from bench.chaos.plan import Part, Plan, at_accept
from bench.chaos.proxy import Proxy
from bench.chaos.story import LegSeen
from bench.gateway.gateways import bare
from bench.gateway.process import Process
from tests.support.recordings import Take

ROOT = Path(__file__).parents[2]
_COMMAND = (str(Path(sys.executable).with_name("twistd")), "--nodaemon", "--pidfile=", "alie")
_LISTENS = r"Alie listens on (http://[\w.:\[\]-]+)"
_START_WITHIN_S = 60.0
_PLENTY = "2000"
# Short, so that a dead socket is found while somebody speaks; twice this is the longest that a client may be stalled.
PING_S = 4
DRAIN_S = 8


class Stage:
    """One daemon, which may be ended and started again, and its engine.

    Args:
        reactor: of the proxies and the simulator; the daemon is a process of its own.
        plan: what befalls whom.
        takes: what is said, of every speaker.

    Attributes:
        kills: when the daemon was ended, and by which signal.
        starts: how often it was started.
    """

    def __init__(self, reactor: Any, plan: Plan, takes: Iterable[Take]) -> None:
        self.kills: list[tuple[float, str]] = []
        self.starts = 0
        self._reactor = reactor
        self._plan = plan
        self._parts = {part.speaker: part for part in plan.parts}
        self._folder = TemporaryDirectory(prefix="alie-chaos-")
        scripts = {take.speaker: take.script for take in takes}
        limits = SimulatorLimits(streams=10_000, opens_per_s=10_000)
        self.simulator = Simulator(reactor, scripts, plan=self._aim, limits=limits, seed=plan.seed)
        self._engine: Proxy | None = None
        self._speakers: dict[int, int] = {}
        self._proxies: dict[int, Proxy] = {}
        self._port = 0
        self._daemon: Process | None = None

    async def start(self) -> None:
        """Starts all of it; raises `ProcessFailed`: the daemon did not start."""
        await self.simulator.start()
        seed = self._plan.seed
        self._engine = Proxy(self._reactor, self.simulator.port, lambda serial: at_accept(seed, serial))
        self._engine.start()
        self._port = _free_port()
        await self._start_daemon()

    async def stop(self) -> None:
        """Ends all of it, and waits until it has."""
        for proxy in list(self._proxies.values()):
            await proxy.stop()
        if self._daemon is not None:
            await self._daemon.stop(self._reactor)
        if self._engine is not None:
            await self._engine.stop()
        await self.simulator.stop()
        self._folder.cleanup()

    async def restart(self, signal: str) -> None:
        """Ends the daemon, by "KILL" or by "TERM" (then it drains first), and starts another on the same port."""
        assert self._daemon is not None
        self.kills.append((self._reactor.seconds(), signal))
        await (self._daemon.kill() if signal == "KILL" else self._daemon.stop(self._reactor))
        await self._start_daemon()

    async def metrics(self) -> str:
        """What the daemon exposes."""
        status, body = await fetch(self._reactor, self.address, "/metrics")
        return body.decode() if status == 200 else ""

    @property
    def address(self) -> Address:
        """Of the daemon itself, without a proxy."""
        return parse(f"http://127.0.0.1:{self._port}")

    @property
    def daemon(self) -> Process:
        """The one that runs; raises `RuntimeError`: none was started."""
        if self._daemon is None:
            raise RuntimeError("the daemon has not been started")
        return self._daemon

    # -- the clients' leg ----------------------------------------------------------------------------------------

    def way_for(self, part: Part) -> Proxy:
        """A proxy of its own for one speaker, so that it is known whose connection is which."""

        def deal(serial: int) -> Sequence[Blow]:
            return part.on_client[serial] if serial < len(part.on_client) else ()

        proxy = self._proxies[part.speaker] = Proxy(self._reactor, self._port, deal)
        proxy.start()
        return proxy

    async def end_way(self, part: Part) -> None:
        """The speaker is done: what is left of its connections is cut."""
        await self._proxies.pop(part.speaker).stop()

    # -- the engine's leg ----------------------------------------------------------------------------------------

    def engine_strikes(self, speaker: int) -> tuple[Strike, ...]:
        """What befell the daemon's legs for that speaker."""
        assert self._engine is not None
        return tuple(one for one in self._engine.strikes if self._speakers.get(one.serial) == speaker)

    def legs(self, speaker: int) -> tuple[LegSeen, ...]:
        """The legs that heard that speaker."""
        legs = [leg for leg in self.simulator.legs if speaker in leg.speakers]
        return tuple(LegSeen(leg.opened_s, leg.closed_s, leg.ended_by) for leg in legs)

    def strikes(self) -> list[Strike]:
        """All that befell the daemon's legs."""
        return self._engine.strikes if self._engine is not None else []

    def _aim(self, occasion: Occasion) -> LegFault | None:
        """The simulator's plan: it fails by itself in nothing, but it is known here whose leg this is."""
        assert self._engine is not None
        carried = self._engine.by_port.get(occasion.peer_port)
        if occasion.speaker is None or occasion.speaker_leg is None or carried is None:
            return None
        self._speakers[carried.serial] = occasion.speaker
        part = self._parts[occasion.speaker]
        if occasion.speaker_leg < len(part.on_engine):
            for blow in part.on_engine[occasion.speaker_leg]:
                carried.aim(blow)
        return None

    # -- the daemon ----------------------------------------------------------------------------------------------

    async def _start_daemon(self) -> None:
        cores = os.sched_getaffinity(0)
        self._daemon = Process.start(self._reactor, "the daemon", _COMMAND, self._environment(), cores)
        self.starts += 1
        await self._daemon.expect(self._reactor, _LISTENS, _START_WITHIN_S)
        deadline = self._reactor.seconds() + _START_WITHIN_S
        while not await self._is_ready() and self._reactor.seconds() < deadline:
            await deferLater(self._reactor, 0.1)

    async def _is_ready(self) -> bool:
        try:
            return (await get(self._reactor, self.address, "/readyz"))[0] == 200
        except SessionFailed:
            return False

    def _environment(self) -> dict[str, str]:
        assert self._engine is not None
        keys = self.simulator.credentials
        return bare(
            Path(self._folder.name),
            PYTHONPATH=str(ROOT),
            HOST="127.0.0.1",
            PORT=str(self._port),
            AWS_REGION=self.simulator.region,
            AWS_ACCESS_KEY_ID=keys.access_key_id,
            AWS_SECRET_ACCESS_KEY=keys.secret_access_key,
            ALIE_STATE_DIR=f"{self._folder.name}/state",
            ALIE_ENGINE="amazon",
            ALIE_FAILOVER="off",
            ALIE_TRANSCRIBE_ENDPOINT=f"https://localhost:{self._engine.port}",
            ALIE_TRANSCRIBE_CA_FILE=self.simulator.ca_file,
            ALIE_TRANSCRIBE_QUOTA=_PLENTY,
            ALIE_TRANSCRIBE_OPENS_PER_SECOND=_PLENTY,
            ALIE_MAX_SESSIONS=_PLENTY,
            ALIE_PING_SECONDS=str(PING_S),
            ALIE_DRAIN_SECONDS=str(DRAIN_S),
        )


def _free_port() -> int:
    """One that stays the same when the daemon is started again; nothing else on this machine should take it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
