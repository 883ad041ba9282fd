"""A simulator on loopback and the sdk transport that speaks to it, for tests."""

from __future__ import annotations

import random
import struct
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import TestCase

from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.sdk import SdkTransport
from alie.faults import Fault, StreamFailed
from alie.simulator.script import script_of_text
from alie.simulator.simulator import Simulator
from alie.simulator.stamp import stamp

RATE_HZ = 16000
SPEAKER = 7
FRAME_BYTES = 8192
TEXT = "The patient sleeps well. There is no pain in the left knee."


class Keys(NamedTuple):
    """As botocore freezes them."""

    access_key: str
    secret_key: str
    token: str | None


class ScriptedKeys:
    """Gives what it is told to."""

    def __init__(self, answer: Callable[[], Deferred[Any]]) -> None:
        self._answer = answer

        self.refused: list[Any] = []

    def get(self) -> Deferred[Any]:
        return self._answer()

    def renew(self, refused: Any) -> None:
        self.refused.append(refused)


class RecordingWireListener:
    """Remembers what it is told, and sees that it is told on the reactor's thread."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.results: list[Mapping[str, Any]] = []
        self.error: StreamFailed | None = None
        self.opened: Deferred[None] = Deferred()
        self.full: Deferred[None] = Deferred()
        self.over: Deferred[None] = Deferred()
        self.threads: set[str] = set()

    def _note(self, name: str) -> None:
        self.names.append(name)
        self.threads.add(threading.current_thread().name)

    def on_open(self) -> None:
        self._note("open")
        self.opened.callback(None)

    def on_results(self, results: Sequence[Mapping[str, Any]]) -> None:
        self._note("results")
        self.results.extend(results)

    def on_end(self) -> None:
        self._note("end")
        self.over.callback(None)

    def on_failed(self, error: StreamFailed) -> None:
        self._note("failed")
        self.error = error
        self.over.callback(None)

    def on_backlog(self, is_full: bool) -> None:
        self._note(f"backlog {is_full}")
        if is_full and not self.full.called:
            self.full.callback(None)

    @property
    def fault(self) -> Fault | None:
        return self.error.fault if self.error else None

    @property
    def words(self) -> list[str]:
        return [
            item["Content"]
            for result in self.results
            if not result["IsPartial"]
            for item in result["Alternatives"][0]["Items"]
            if item["Type"] == "pronunciation"
        ]


class SimulatorTestCase(TestCase):
    """A simulator and a transport that trusts it."""

    timeout = 30
    open_timeout_s = 10.0

    async def begin(self, keys: Callable[[], Deferred[Keys]] | None = None, **how: Any) -> None:
        self.simulator = Simulator(reactor, {SPEAKER: script_of_text("en-US", TEXT, 4.0)}, **how)
        await self.simulator.start()
        self.addCleanup(self.simulator.stop)
        good = self.simulator.credentials
        frozen = Keys(good.access_key_id, good.secret_access_key, good.session_token)
        self.transport = self.new_transport(keys or (lambda: succeed(frozen)))
        self.listener = RecordingWireListener()

    def setUp(self) -> None:
        self.stopped: list[SdkTransport] = []

    def new_transport(self, keys: Callable[[], Deferred[Keys]], url: str = "", ca_file: str = "") -> SdkTransport:
        clock: Any = reactor
        options = AmazonOptions(
            endpoint=url or self.simulator.endpoint, ca_file=ca_file or self.simulator.ca_file, transport="sdk"
        )
        self.keys = ScriptedKeys(keys)
        transport = SdkTransport(clock, options, self.keys, open_timeout_s=self.open_timeout_s)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.stop(transport)))
        return transport

    async def stop(self, transport: SdkTransport) -> None:
        """At the end of a test, unless it has done so."""
        if transport in self.stopped:
            return
        self.stopped.append(transport)
        await transport.stop()

    def open(self, **more: str) -> Any:
        self.parameters = {
            "language-code": "en-US",
            "sample-rate": str(RATE_HZ),
            "media-encoding": "pcm",
            "session-id": str(uuid.uuid4()),
            **{name.replace("_", "-"): text for name, text in more.items()},
        }
        return self.transport.open(self.parameters, self.listener)

    def speak(self, wire: Any, audio: bytes, frame_bytes: int = FRAME_BYTES) -> None:
        for at in range(0, len(audio), frame_bytes):
            wire.send(audio[at : at + frame_bytes])


def recording(duration_s: float = 4.0) -> bytes:
    """Noise with stamps."""
    noise = random.Random(3)
    return stamp(
        b"".join(struct.pack("<h", noise.randint(-900, 900)) for _ in range(int(duration_s * RATE_HZ))), SPEAKER
    )
