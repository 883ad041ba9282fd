"""A real daemon to measure: `twistd --nodaemon alie` on a free port, its CPU time, its memory, its metrics."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from alie.cli.address import Address, parse
from alie.cli.rest import fetch, get

READY_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 40.0
_POLL_S = 0.25
_LISTENS = re.compile(rb"Alie listens on (http://\S+)")


class DaemonFailed(Exception):
    """The daemon did not start; the text ends with the last lines of its log."""


class Daemon(ProcessProtocol):
    """One daemon process. Made by `start`.

    Attributes:
        pid: of the process; all its threads count.
        address: where it listens.
    """

    def __init__(self) -> None:
        self._log = bytearray()
        self._listening: Deferred[Address] = Deferred()
        self._ended: Deferred[None] = Deferred()
        self.pid = 0
        self.address = parse("http://127.0.0.1")

    @classmethod
    async def start(cls, reactor: Any) -> Daemon:
        """Starts one with the environment of this process and waits until it is ready.

        Raises:
            DaemonFailed: it ended, or was not ready within two minutes.
        """
        daemon = cls()
        twistd = str(Path(sys.executable).with_name("twistd"))
        arguments = [twistd, "--nodaemon", "--pidfile=", "alie"]
        process = reactor.spawnProcess(daemon, twistd, arguments, env={**os.environ, "HOST": "127.0.0.1", "PORT": "0"})
        daemon.pid = process.pid
        try:
            await daemon._become_ready(reactor)
        except BaseException:
            await daemon.stop(reactor)
            raise
        return daemon

    async def _become_ready(self, reactor: Any) -> None:
        self.address = await self._listening
        deadline = reactor.seconds() + READY_TIMEOUT_S
        while (await get(reactor, self.address, "/readyz"))[0] != 200:
            if reactor.seconds() > deadline:
                raise DaemonFailed(f"not ready within {READY_TIMEOUT_S:.0f} s\n{self._last_lines()}")
            await deferLater(reactor, _POLL_S)

    async def stop(self, reactor: Any) -> None:
        """Asks it to end, and waits until it has."""
        if self._ended.called:
            return
        os.kill(self.pid, signal.SIGTERM)
        killer = reactor.callLater(STOP_TIMEOUT_S, os.kill, self.pid, signal.SIGKILL)
        await self._ended
        if killer.active():
            killer.cancel()

    def cpu_s(self) -> float:
        """CPU seconds of all its threads since it started, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """The most memory that it ever had resident, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    async def delays(self, reactor: Any) -> dict[float, float]:
        """See `reactor_delays`."""
        return await reactor_delays(reactor, self.address)

    def outReceived(self, data: bytes) -> None:
        """Twisted: it wrote to its log."""
        self._log += data
        # Only the end is ever shown, and the address comes first.
        if not self._listening.called and (found := _LISTENS.search(self._log)):
            self._listening.callback(parse(found[1].decode()))
        del self._log[:-8000]

    errReceived = outReceived

    def processEnded(self, reason: Failure) -> None:
        """Twisted: it is gone."""
        self._ended.callback(None)
        if not self._listening.called:
            self._listening.errback(DaemonFailed(f"it ended at once\n{self._last_lines()}"))

    def _last_lines(self) -> str:
        return "\n".join(self._log.decode(errors="replace").splitlines()[-12:])


async def reactor_delays(reactor: Any, address: Address) -> dict[float, float]:
    """How often a daemon's reactor was late by at most so many seconds, since it started; empty if it does not tell."""
    status, body = await fetch(reactor, address, "/metrics")
    if status != 200:
        return {}
    return {
        float(sample.labels["le"]): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
        if sample.name == "alie_reactor_delay_seconds_bucket"
    }
