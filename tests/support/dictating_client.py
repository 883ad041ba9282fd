"""A client on Autobahn, without anything of Alie's own: what goes over the wire is written out here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.ssl import optionsForClientTLS

FRAME_BYTES = 8192
SPEECH = Path(__file__).parents[1] / "speech"


def speech(name: str) -> bytes:
    """A recording of tests/speech as 16 kHz PCM16 mono."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=16000)
    with av.open(str(SPEECH / f"{name}.flac")) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    return b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)


def said(name: str) -> str:
    """What is said in it."""
    lines = (SPEECH / "manifest.tsv").read_text().splitlines()
    return next(line.split("\t")[3] for line in lines if line.startswith(f"{name}.flac"))


class DictatingClient(WebSocketClientProtocol):
    """Keeps every message, and fires who waits for one.

    Attributes:
        messages: all that came, decoded.
        arrived_s: when each of them did, on the reactor's clock.
        closed: fires with the close code.
    """

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.arrived_s: list[float] = []
        self.opened: Deferred[None] = Deferred()
        self.closed: Deferred[int] = Deferred()
        self._waiting: list[tuple[str, Deferred[dict[str, Any]]]] = []

    def onOpen(self) -> None:
        """The handshake is done."""
        self.opened.callback(None)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """A message came."""
        message = json.loads(payload)
        self.messages.append(message)
        self.arrived_s.append(reactor.seconds())  # type: ignore[attr-defined]
        for type_, waiting in list(self._waiting):
            if type_ == message["type"]:
                self._waiting.remove((type_, waiting))
                waiting.callback(message)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        """The connection is gone."""
        self.closed.callback(code)

    def message(self, type_: str) -> Deferred[dict[str, Any]]:
        """Fires with the first message of a type, whether it came already or not."""
        waiting: Deferred[dict[str, Any]] = Deferred()
        for message in self.messages:
            if message["type"] == type_:
                waiting.callback(message)
                return waiting
        self._waiting.append((type_, waiting))
        return waiting

    def say(self, type_: str, **fields: Any) -> None:
        """Sends a message."""
        self.sendMessage(json.dumps({"type": type_, **fields}).encode())

    def speak(self, pcm: bytes) -> None:
        """Sends audio, in frames as the pages cut them."""
        for start in range(0, len(pcm), FRAME_BYTES):
            self.sendMessage(pcm[start : start + FRAME_BYTES], isBinary=True)

    @property
    def text(self) -> str:
        """All finals."""
        return " ".join(one["text"] for one in self.messages if one.get("isFinal"))


async def connect(url: str, path: str = "/ws", trusted: Any = None) -> DictatingClient:
    """Opens a socket to a daemon at `url` (http://host:port, or https: with a root that is trusted)."""
    factory = WebSocketClientFactory(url.replace("http", "ws") + path)
    factory.protocol = DictatingClient
    factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0, serverConnectionDropTimeout=0)
    scheme, _, address = url.partition("://")
    host, _, port = address.rpartition(":")
    endpoint: Any = HostnameEndpoint(reactor, host, int(port))
    if scheme == "https":
        endpoint = wrapClientTLS(optionsForClientTLS(host, trusted), endpoint)
    client = await endpoint.connect(factory)
    await client.opened
    return client
