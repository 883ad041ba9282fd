"""The vendor's clients as processes, and a service that they find on loopback."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
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


class LoopbackTestCase(TestCase):
    """A scripted service behind TLS, and a way to run clients of it."""

    timeout = 60

    def setUp(self) -> None:
        authority = ThrowAwayAuthority()
        self.authority = Path(self.mktemp()).absolute()
        self.authority.write_bytes(authority.pem)
        self.service = ScriptedService()
        factory = Factory()
        factory.noisy = False
        factory.buildProtocol = self.connect  # type: ignore[method-assign]
        listening: Any = reactor
        self.port = listening.listenSSL(0, factory, authority.options([b"h2"]), interface="127.0.0.1")
        self.addCleanup(self.port.stopListening)
        self.endpoint = f"https://localhost:{self.port.getHost().port}"

    def connect(self, address: IAddress) -> Http2Protocol:
        """Speaks HTTP/2 on a connection."""
        clock: Any = reactor
        return Http2Protocol(self.service, clock)

    async def run_client(self, command: Sequence[str], **environment: str) -> list[dict[str, Any]]:
        """Runs a client that gets audio on its standard input, and returns what it printed, a JSON value a line."""
        settings = {**os.environ, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, **environment}
        out, err, status = await getProcessOutputAndValue(command[0], command[1:], settings, stdinBytes=AUDIO)
        self.assertEqual(status, 0, err.decode(errors="replace"))
        return [json.loads(line) for line in out.splitlines()]
