"""How `alie doctor` ends: in time, whatever does not answer, and at Ctrl-C."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from tests.cli.files import folder_for
from tests.production.doctor_case import DoctorCase
from tests.support.nginx import listening_socket


class Running(ProcessProtocol):
    """A process: `spoken` fires when it has written something, `ended` with its status."""

    def __init__(self) -> None:
        self.err = b""
        self.spoken: Deferred[None] = Deferred()
        self.ended: Deferred[int] = Deferred()

    def outReceived(self, data: bytes) -> None:
        """It speaks."""
        if not self.spoken.called:
            self.spoken.callback(None)

    def errReceived(self, data: bytes) -> None:
        """It complains."""
        self.err += data

    def processEnded(self, reason: Failure) -> None:
        """It is gone."""
        self.ended.callback(reason.value.exitCode)


class SilenceTests(DoctorCase):
    """A server that takes connections, and never says a word."""

    def silent(self) -> str:
        """Its address."""
        listening = listening_socket()
        self.addCleanup(listening.close)
        return f"wss://127.0.0.1:{listening.getsockname()[1]}/ws"

    async def test_in_time(self) -> None:
        """It says what it could not see, and does not wait for what still waits."""
        daemon, port = await self.begin()
        found = await self.doctor(
            daemon, port, "port", "certificate", "route", "--url", self.silent(), "--timeout", "4"
        )
        self.assertEqual(found["port"][0]["state"], "ok")
        for step in ("certificate", "route"):
            self.assertEqual([one["detail"] for one in found[step]], ["no answer in time"])

    async def test_interrupted(self) -> None:
        """A line, and no traceback."""
        command, running = str(Path(sys.executable).with_name("alie")), Running()
        words = [command, "doctor", "port", "certificate", "--url", self.silent(), "--timeout", "600"]
        environ = {"PATH": os.environ["PATH"], "HOME": str(folder_for(self)), "PORT": "0"}
        process = reactor.spawnProcess(running, command, words, env=environ)  # type: ignore[attr-defined]
        await running.spoken
        process.signalProcess("INT")
        self.assertEqual((await running.ended, running.err), (130, b"alie: interrupted\n"))
