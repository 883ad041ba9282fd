"""The vendor's clients as processes, and a scripted service that they find on loopback, over TLS."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from alie.simulator.certificates import ThrowAwayAuthority
from alie.simulator.http2 import Http2Protocol
from tests.simulator.scripted_service import KEY_ID, SECRET, ScriptedService

# Two seconds of 16 kHz, in ten frames.
AUDIO = bytes(range(256)) * 250
FRAME_BYTES = 6400


def transcript(text: str, *, is_partial: bool) -> bytes:
    """The payload of a TranscriptEvent with one result."""
    word = {"Type": "pronunciation", "Content": text, "StartTime": 0.0, "EndTime": 0.5}
    result = {"ResultId": "r1", "StartTime": 0.0, "EndTime": 0.5, "IsPartial": is_partial}
    alternatives = [{"Transcript": text, "Items": [word]}]
    return json.dumps({"Transcript": {"Results": [{**result, "Alternatives": alternatives}]}}).encode()


class Http2Factory(Factory):
    """Connections on which HTTP/2 is spoken with one service."""

    noisy = False

    def __init__(self, service: ScriptedService) -> None:
        self._service = service

    def buildProtocol(self, address: IAddress | None) -> Http2Protocol:
        """One for each connection."""
        clock: Any = reactor
        return Http2Protocol(self._service, clock)


class LoopbackTestCase(TestCase):
    """A scripted service, and a way to run a client of it."""

    timeout = 60

    def setUp(self) -> None:
        authority = ThrowAwayAuthority()
        self.authority = str(Path(self.mktemp()).absolute())
        Path(self.authority).write_bytes(authority.pem)
        self.service = ScriptedService()
        listening: Any = reactor
        factory = Http2Factory(self.service)
        port = listening.listenSSL(0, factory, authority.options([b"h2"]), interface="127.0.0.1")
        self.addCleanup(port.stopListening)
        self.endpoint = f"https://localhost:{port.getHost().port}"

    def command(self, endpoint: str, authority: str, frame_bytes: int) -> tuple[list[str], dict[str, str]]:
        """Command and environment of a client, which prints a JSON value a line."""
        raise NotImplementedError

    async def transcribe(self, **settings: str) -> list[dict[str, Any]]:
        """Runs it over `AUDIO` with the scripted service's keys."""
        keys = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
        return await self.run_client(self.endpoint, self.authority, AUDIO, {**keys, **settings})

    async def run_client(
        self, endpoint: str, authority: str, audio: bytes, settings: dict[str, str]
    ) -> list[dict[str, Any]]:
        """What it printed."""
        command, environment = self.command(endpoint, authority, FRAME_BYTES)
        environment = {**os.environ, **environment, **settings}
        out, err, status = await getProcessOutputAndValue(command[0], command[1:], environment, stdinBytes=audio)
        self.assertEqual(status, 0, err.decode(errors="replace"))
        return [json.loads(line) for line in out.splitlines()]
