"""A real daemon as a child process: `twistd --nodaemon alie` on a free port of loopback."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Self

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from alie.cli.address import Address, parse
from alie.cli.rest import get

READY_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 40.0
_POLL_S = 0.25
_LISTENS = re.compile(rb"Alie listens on (http://[\w.:\[\]-]+)")
# As the script `twistd` does, wherever that is installed; the working directory is no place for modules.
_COMMAND = ("-P", "-c", "from twisted.scripts.twistd import run; run()", "--nodaemon", "--pidfile=", "alie")


class DaemonFailed(Exception):
    """The daemon did not start, or ended; the text ends with the last lines of its log."""


class Daemon(ProcessProtocol):
    """One daemon process. Made by `start`.

    Args:
        log: takes all that it logs; None: only the end is kept, in memory.

    Attributes:
        pid: of the process; all its threads count.
        address: where it listens.
    """

    def __init__(self, log: BinaryIO | None = None) -> None:
        self._log = log
        self._folder = TemporaryDirectory(prefix="alie-")
        self._tail = bytearray()
        self._listening: Deferred[Address] = Deferred()
        self._ended: Deferred[None] = Deferred()
        self.pid = 0
        self.address = parse("http://127.0.0.1")

    @classmethod
    async def start(cls, reactor: Any, environment: Mapping[str, str], log: BinaryIO | None = None) -> Self:
        """Starts one and waits until it is ready.

        Args:
            reactor: what spawns and waits.
            environment: all of it, but for where to listen.
            log: takes all that it logs.

        Raises:
            DaemonFailed: it ended, or was not ready within two minutes.
        """
        daemon = cls(log)
        arguments = [sys.executable, *_COMMAND]
        # Its audit log is none of this machine's own daemon, which may be running.
        own = {**environment, "HOST": "127.0.0.1", "PORT": "0", "ALIE_STATE_DIR": f"{daemon._folder.name}/state"}
        daemon.pid = reactor.spawnProcess(daemon, sys.executable, arguments, env=own).pid
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

    def must_run(self) -> None:
        """Raises `DaemonFailed` when it has ended."""
        if self._ended.called:
            raise DaemonFailed(f"it ended\n{self._last_lines()}")

    def outReceived(self, data: bytes) -> None:
        """Twisted: it wrote to its log."""
        if self._log is not None:
            self._log.write(data)
        self._tail += data
        # Only the end is ever shown, and the address comes first.
        if not self._listening.called and (found := _LISTENS.search(self._tail)):
            self._listening.callback(parse(found[1].decode()))
        del self._tail[:-8000]

    errReceived = outReceived

    def processEnded(self, reason: Failure) -> None:
        """Twisted: it is gone."""
        self._folder.cleanup()
        self._ended.callback(None)
        if not self._listening.called:
            self._listening.errback(DaemonFailed(f"it ended at once\n{self._last_lines()}"))

    def _last_lines(self) -> str:
        return "\n".join(self._tail.decode(errors="replace").splitlines()[-12:])
