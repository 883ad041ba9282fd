"""The simulator as a whole: a service, its listener, and what it has to report.

    simulator = Simulator(reactor, {7: script_of_text("en-US", text, 4.0)})
    await simulator.start()
    # A client that trusts simulator.ca_file and has simulator.credentials speaks stamp(pcm, 7) to simulator.endpoint.
    assert simulator.heard_by(7).recording == stamp(pcm, 7)
    await simulator.stop()

The protocol is chosen when TLS has negotiated it: HTTP/2 for "h2", WebSocket for "http/1.1" and for none.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import SSL4ServerEndpoint
from twisted.internet.interfaces import IAddress, IListeningPort, IProtocol, IStreamServerEndpoint
from twisted.internet.task import deferLater

from alie.simulator.certificates import ThrowAwayAuthority
from alie.simulator.faults import Plan
from alie.simulator.http2 import Http2Protocol
from alie.simulator.limits import SimulatorLimits
from alie.simulator.listening import ChooserFactory
from alie.simulator.records import Heard, LegRecord
from alie.simulator.script import Script
from alie.simulator.service import SimulatedCredentials, SimulatedService
from alie.simulator.websocket import TranscribeWebSocketFactory


class Simulator:
    """A simulated Amazon Transcribe on loopback, over TLS.

    Args:
        reactor: on whose thread all of it runs.
        scripts: what is said in the recordings, by the number on their stamps (`stamp.stamp`, `script.script_of`).
        plan: gives faults to legs; None: none fails by plan.
        limits: that are always watched.
        credentials: that are good; made up unless given.
        region: that requests must be signed for.
        seed: of whatever is random in what it says.
    """

    def __init__(
        self,
        reactor: Any,
        scripts: Mapping[int, Script],
        *,
        plan: Plan | None = None,
        limits: SimulatorLimits | None = None,
        credentials: SimulatedCredentials | None = None,
        region: str = "ca-central-1",
        seed: int = 0,
    ) -> None:
        self.credentials = credentials or SimulatedCredentials()
        self.region = region
        self.service = SimulatedService(reactor, scripts, plan, limits or SimulatorLimits(), self.credentials, seed)
        self._reactor = reactor
        self._authority = ThrowAwayAuthority()
        self._folder = tempfile.TemporaryDirectory(prefix="alie-simulator-")
        self._sockets = TranscribeWebSocketFactory(reactor, self.service, region)
        self._factory = ChooserFactory(self._build, lambda: self.service.is_out)
        self._port: IListeningPort | None = None
        self.ca_file = str(Path(self._folder.name, "authority.pem"))
        """Path of the certificate that clients must trust; gone after `stop`."""
        Path(self.ca_file).write_bytes(self._authority.pem)

    def start(self) -> Deferred[None]:
        """Listens on 127.0.0.1, on a free port; fires when it does."""
        options = self._authority.options([b"h2", b"http/1.1"])
        endpoint = SSL4ServerEndpoint(self._reactor, 0, options, interface="127.0.0.1")
        return Deferred.fromCoroutine(self._start(endpoint))

    def stop(self) -> Deferred[None]:
        """Stops listening and resets what is open; fires when all connections are gone. May be called twice."""
        return Deferred.fromCoroutine(self._stop())

    @property
    def port(self) -> int:
        """Where it listens.

        Raises:
            RuntimeError: it does not.
        """
        if self._port is None:
            raise RuntimeError("The simulator has not been started")
        host: Any = self._port.getHost()
        return int(host.port)

    @property
    def endpoint(self) -> str:
        """Its URL, without a path."""
        return f"https://localhost:{self.port}"

    @property
    def legs(self) -> list[LegRecord]:
        """Every leg that got as far as a verified request, in the order they came."""
        return self.service.legs

    def heard_by(self, speaker: int) -> Heard:
        """The recording of one speaker as all legs together got it."""
        return self.service.heard_by(speaker)

    def begin_outage(self, for_s: float) -> None:
        """Resets every connection, and every new one for so many seconds."""
        self.service.on_outage(for_s)
        self._factory.reset_all()

    def report(self) -> dict[str, Any]:
        """All of it for JSON: legs, recordings, signatures that were wrong. No text and no audio."""
        return {
            "legs": [leg.summary() for leg in self.legs],
            "recordings": {speaker: self.heard_by(speaker).summary() for speaker in self.service.speakers},
            "badSignatures": list(self.service.bad_signatures),
        }

    async def _start(self, endpoint: IStreamServerEndpoint) -> None:
        self._port = await endpoint.listen(self._factory)

    async def _stop(self) -> None:
        if self._port is not None:
            port, self._port = self._port, None
            await maybeDeferred(port.stopListening)
        await self._factory.reset_all()
        # Timers of the WebSocket library are cancelled one turn after a connection's end.
        await deferLater(self._reactor, 0)
        self._folder.cleanup()

    def _build(self, negotiated: bytes | None, peer: IAddress) -> IProtocol:
        if negotiated == b"h2":
            return Http2Protocol(self.service, self._reactor)
        protocol: Any = self._sockets.buildProtocol(peer)
        return protocol  # type: ignore[no-any-return]
