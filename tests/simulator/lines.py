"""A service on a test clock, and clients' lines that remember."""

from __future__ import annotations

import json
import uuid
from typing import Any

import numpy as np
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.faults import Plan
from alie.simulator.interface import Hearing
from alie.simulator.limits import SimulatorLimits
from alie.simulator.script import Script, script_of
from alie.simulator.service import SimulatedCredentials, SimulatedService
from alie.simulator.stamp import stamp

RATE_HZ = 16000
SPEAKER = 7
SESSION_ID = "7d8e7f0a-2f5c-4b52-9c1e-3b1d2e4f5a6b"
BASE = {"language-code": "en-US", "media-encoding": "pcm", "sample-rate": str(RATE_HZ)}
# Two segments of four words, half a second a word, with a pause of half a second between them.
SCRIPT = script_of("en-US", [(0.0, 2.0, "The patient sleeps well."), (2.5, 4.5, "No pain, she says.")])
RECORDING = stamp(np.random.default_rng(2).integers(-900, 900, 5 * RATE_HZ).astype("<i2").tobytes(), SPEAKER)


def seconds(start_s: float, end_s: float) -> bytes:
    """A part of the recording."""
    return RECORDING[2 * int(start_s * RATE_HZ) : 2 * int(end_s * RATE_HZ)]


class FakeLine:
    """See `alie.simulator.interface.Line`; what was done to it, in order, is in `acts`."""

    peer_port = 40_000

    def __init__(self) -> None:
        self.acts: list[Any] = []
        self.results: list[dict[str, Any]] = []
        self.events = 0

    def accept(self) -> None:
        self.acts.append("accept")

    def refuse(self, status: int, exception_type: str, message: str) -> None:
        self.acts.append((status, exception_type))

    def send_event(self, event_type: str, payload: bytes) -> None:
        self.events += 1
        self.results += json.loads(payload)["Transcript"]["Results"]

    def send_exception(self, exception_type: str, message: str) -> None:
        self.acts.append((exception_type, message))

    def close(self) -> None:
        self.acts.append("close")

    def reset(self) -> None:
        self.acts.append("reset")

    def pause_reading(self) -> None:
        self.acts.append("pause")

    def resume_reading(self) -> None:
        self.acts.append("resume")

    @property
    def finals(self) -> list[dict[str, Any]]:
        return [result for result in self.results if not result["IsPartial"]]

    @property
    def words(self) -> list[str]:
        """Of the finals."""
        items = [item for result in self.finals for item in result["Alternatives"][0]["Items"]]
        return [item["Content"] for item in items if item["Type"] == "pronunciation"]


class ServiceCase(SynchronousTestCase):
    """A service without a transport."""

    script: Script = SCRIPT

    def serve(self, plan: Plan | None = None, **limits: Any) -> None:
        self.clock = Clock()
        self.keys = SimulatedCredentials()
        self.service = SimulatedService(
            self.clock, {SPEAKER: self.script}, plan, SimulatorLimits(**limits), self.keys, seed=1
        )

    def open(
        self, transport: str = "websocket", session_id: str | None = None, **parameters: str
    ) -> tuple[FakeLine, Hearing | None]:
        line = FakeLine()
        self.service.secret_of(self.keys.access_key_id)
        named = {name.replace("_", "-"): value for name, value in parameters.items()}
        query = BASE | {"session-id": session_id or str(uuid.uuid4())} | named
        return line, self.service.open(transport, query, line)

    def opened(self, **parameters: str) -> tuple[FakeLine, Hearing]:
        line, hearing = self.open(**parameters)
        self.assertEqual(line.acts, ["accept"])
        assert hearing is not None
        return line, hearing

    def speak(self, hearing: Hearing, audio: bytes, frame_s: float = 0.1) -> None:
        """In real time."""
        step = 2 * int(frame_s * RATE_HZ)
        for at in range(0, len(audio), step):
            hearing.on_audio(audio[at : at + step])
            self.clock.advance(frame_s)
