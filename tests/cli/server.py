"""A real server on loopback whose answers are scripted, for clients to be tried against."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import txaio
from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import Site

from alie import replies, wire
from alie.cli.address import Address, parse
from alie.errors import AlieError, SessionNotFound
from alie.transcript import Result

READY = replies.stream_ready(
    "s-1", engine="embedded", language_code="en-US", sample_rate_hz=16000, speaker_labels=False
)
RESUMABLE = READY | {"resumeToken": "secret", "resumePath": "/ws/transcription"}
Message = dict[str, Any]


@dataclass
class Script:
    """What the server does, and what it saw.

    Attributes:
        denied_with: HTTP status that answers the upgrade.
        on_start: answers to `start_transcription`.
        closes_with: close code sent after them.
        finals: what is heard, each once so many bytes of audio have come.
        drops_at: bytes of audio after which the connection is cut.
        reads_on: when given, the server stops reading at the first audio until it fires.
        lost_s: what the account at the end admits.
        knows_sessions: whether a session is still known on another socket.
        hosts: the Host header of each upgrade.
        messages: text messages that came, decoded.
        audio: bytes of audio that came.
        closes: how each socket ended: (was clean, code).
        heard: fires when the first audio has come.
    """

    denied_with: int | None = None
    on_start: tuple[Message, ...] = (READY,)
    closes_with: int | None = None
    finals: tuple[tuple[int, Result], ...] = ()
    drops_at: int | None = None
    reads_on: Deferred[None] | None = None
    lost_s: float = 0.0
    knows_sessions: bool = True
    hosts: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    audio: int = 0
    closes: list[tuple[bool, int]] = field(default_factory=list)
    heard: Deferred[None] = field(default_factory=Deferred)


def final(result_id: str, start_s: float, end_s: float, text: str) -> Result:
    """A final without words."""
    return Result(segment_id=result_id, start_s=start_s, end_s=end_s, text=text, is_final=True)


def fatal(error: AlieError) -> Message:
    """The message that comes before a close."""
    return replies.transcription_error(error, is_fatal=True)


class _Session(WebSocketServerProtocol):
    factory: _Factory

    def onConnect(self, request: ConnectionRequest) -> None:
        self.factory.script.hosts.append(request.headers["host"])
        if self.factory.script.denied_with is not None:
            raise ConnectionDeny(self.factory.script.denied_with, "denied")

    def onOpen(self) -> None:
        self._finals_sent = 0
        self._came = 0
        self.ended: Deferred[None] = Deferred()
        self.factory.sessions.append(self)
        self.tell(replies.connection_established("s-1", "2026-01-01T00:00:00Z"))

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if isBinary:
            self._on_audio(len(payload))
            return
        message = json.loads(payload)
        if message["type"] == "ping":
            self.tell(replies.pong(message.get("id")))
            return
        script = self.factory.script
        script.messages.append(message)
        if message["type"] == "start_transcription":
            for answer in script.on_start:
                self.tell(answer)
            if script.closes_with is not None:
                self.sendCloseFrame(script.closes_with, None)
        elif message["type"] == "resume_transcription":
            self._resume()
        elif message["type"] == "flush":
            self._send_finals(everything=True)
            self.tell(replies.flushed(self._finals_sent))
        elif message["type"] == "stop_transcription":
            self._send_finals(everything=True)
            self.tell(
                replies.transcription_complete(
                    audio_s=self._came / 32000, finals=self._finals_sent, lost_s=script.lost_s
                )
            )
            self.sendClose(1000)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        self.factory.script.closes.append((wasClean, code))
        if hasattr(self, "ended"):
            self.ended.callback(None)

    def tell(self, message: Message) -> None:
        self.sendMessage(wire.encode(message))

    def _resume(self) -> None:
        """All that came on the socket before was told there as well."""
        script = self.factory.script
        if not script.knows_sessions:
            self.tell(replies.transcription_error(SessionNotFound(), is_fatal=False))
            return
        self._came, self._finals_sent = script.audio, len(script.finals)
        self.tell(replies.stream_resumed("s-1", received_bytes=script.audio, resume_token="next"))

    def _on_audio(self, length: int) -> None:
        script = self.factory.script
        self._came += length
        script.audio += length
        if not script.heard.called:
            if script.reads_on is not None:
                self.transport.pauseProducing()
                script.reads_on.addCallback(lambda _: self.transport.resumeProducing())
            script.heard.callback(None)
        if script.drops_at is not None and self._came >= script.drops_at:
            self.transport.abortConnection()
            return
        self._send_finals()

    def _send_finals(self, *, everything: bool = False) -> None:
        script = self.factory.script
        while self._finals_sent < len(script.finals):
            due, result = script.finals[self._finals_sent]
            if self._came < due and not everything:
                break
            self._finals_sent += 1
            self.tell(
                replies.transcription_result(
                    result, result_id=result.segment_id, seq=self._finals_sent, engine="embedded", with_words=True
                )
            )


class _Factory(WebSocketServerFactory):
    protocol = _Session

    def __init__(self, script: Script) -> None:
        super().__init__()
        self.setProtocolOptions(webStatus=False, failByDrop=False)
        self.script = script
        self.sessions: list[_Session] = []


class _Json(Resource):
    isLeaf = True

    def __init__(self, status: int, body: Message) -> None:
        super().__init__()
        self._status = status
        self._body = body

    def render_GET(self, request: Any) -> bytes:
        request.setResponseCode(self._status)
        return json.dumps(self._body).encode()


HEALTHY: dict[str, tuple[int, Message]] = {
    "/healthz": (200, {"status": "ok", "uptime": 5.0}),
    "/readyz": (200, {"ready": True}),
    "/api/config": (200, {"wsRequireAuth": False, "publicWsUrl": "ws://x/ws", "engine": "embedded"}),
}


class ServerTestCase(TestCase):
    """Serves scripts on loopback and leaves nothing behind."""

    timeout = 120

    def serve(
        self,
        script: Script,
        rest: dict[str, tuple[int, Message]] | None = None,
        listen: Callable[[Site], Any] | None = None,
    ) -> Address:
        """Starts a server; its WebSocket is at /ws/transcription."""
        self.patch(txaio.config, "loop", reactor)
        factory = _Factory(script)
        site = Site(_tree(factory, HEALTHY if rest is None else rest))
        port = listen(site) if listen else reactor.listenTCP(0, site, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(port.stopListening)
        self.addCleanup(lambda: DeferredList([session.ended for session in factory.sessions]))
        host = port.getHost()
        return parse(f"http://[{host.host}]:{host.port}" if ":" in host.host else f"http://{host.host}:{host.port}")

    def closed_port(self) -> Address:
        """An address at which nothing listens any more."""
        port = reactor.listenTCP(0, Site(Resource()), interface="127.0.0.1")  # type: ignore[attr-defined]
        number = port.getHost().port
        self.addCleanup(port.stopListening)
        port.stopListening()
        return parse(f"http://127.0.0.1:{number}")


def _tree(factory: _Factory, rest: dict[str, tuple[int, Message]]) -> Resource:
    root, ws, api = Resource(), Resource(), Resource()
    root.putChild(b"ws", ws)
    root.putChild(b"api", api)
    ws.putChild(b"transcription", WebSocketResource(factory))
    for path, (status, body) in rest.items():
        parent = api if path.startswith("/api/") else root
        parent.putChild(path.rsplit("/", 1)[1].encode(), _Json(status, body))
    return root
