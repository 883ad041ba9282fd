"""A server that serves the dictation page and plays a script instead of recognising speech.

    python -m tests.support.scripted_server

It prints `Alie listens on http://127.0.0.1:PORT` like the daemon. Tests drive it over HTTP from the same host:

* `PUT /script` with a JSON object sets how sessions go from now on (see `Script`);
* `GET /journal` answers what arrived, by session: `[{"messages": [...], "audioBytes": n, "closeCode": n}, ...]`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet import endpoints, task
from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from alie.web.builtin import INDEX, PageFolder, page_files

BYTES_PER_SECOND = 32000
SESSION_ID = "7d8e7f0a-2f5c-4b52-9c1e-3b1d2e4f5a6b"


@dataclass
class Script:
    """How sessions go.

    Attributes:
        finals: texts, each final `seconds_per_final` of audio after the one before; its partials grow word by word.
        seconds_per_final: seconds of audio.
        last_words: a final that comes only after `stop_transcription`.
        closed: the upgrade is answered with 503.
        refuse: fields of a fatal `transcription_error` that answers the start.
        error: fields of a `transcription_error` sent after the first frame; closes if it is fatal.
        drop_after_seconds: the connection is cut without a close frame after so much audio.
        deaf: audio is taken and nothing is said.
        engine_status: fields of an `engine_status` sent after the first frame.
        draining: whether `server_draining` is sent after the first frame.
        lost_seconds: what `transcription_complete` admits.
        config: what `/api/config` says; a `supabaseUrl` of "" is this server itself.
        password: with which anybody may sign in; the token is "token-1", the next one "token-2", and so on.
        token_seconds: how long such a token lives.
        expiring: whether `auth_expiring` is said after the first frame.
    """

    finals: list[str] = field(default_factory=list)
    seconds_per_final: float = 1.0
    last_words: str | None = None
    closed: bool = False
    refuse: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    drop_after_seconds: float | None = None
    deaf: bool = False
    engine_status: dict[str, Any] | None = None
    draining: bool = False
    lost_seconds: float = 0.0
    config: dict[str, Any] = field(default_factory=dict)
    password: str = "good"
    token_seconds: int = 3600
    expiring: bool = False


class ScriptedSession(WebSocketServerProtocol):
    """One session that follows the factory's script."""

    factory: ScriptedFactory

    def onConnect(self, request: ConnectionRequest) -> None:
        if self.factory.script.closed:
            raise ConnectionDeny(503, "Closed")

    def onOpen(self) -> None:
        self._script = self.factory.script
        self._audio_bytes = 0
        self._finals = 0
        self._partial = ""
        self._seq = 0
        self._entry: dict[str, Any] = {"messages": [], "audioBytes": 0, "closeCode": None}
        self.factory.journal.append(self._entry)
        self._say(type="connection_established", payload={"sessionId": SESSION_ID, "protocol": 1})

    def onMessage(self, payload: bytes, is_binary: bool) -> None:
        if is_binary:
            self._on_audio(len(payload))
            return
        message = json.loads(payload)
        if message["type"] == "ping":
            self._say(type="pong", id=message.get("id"))
            return
        self._entry["messages"].append(message)
        match message["type"]:
            case "start_transcription":
                self._on_start(message)
            case "flush":
                self._say(type="flushed", seq=self._seq)
            case "stop_transcription":
                self._on_stop()

    def onClose(self, was_clean: bool, code: int | None, reason: str | None) -> None:
        if hasattr(self, "_entry"):
            self._entry["closeCode"] = code

    def _on_start(self, message: dict[str, Any]) -> None:
        if self._script.refuse:
            self._fail(self._script.refuse)
            return
        language = message["languageCode"]
        self._say(
            type="stream_ready",
            sessionId=SESSION_ID,
            engine="embedded",
            languageCode=language,
            sampleRate=16000,
            speakerLabels=False,
        )

    def _on_audio(self, count: int) -> None:
        is_first = self._audio_bytes == 0
        self._audio_bytes += count
        self._entry["audioBytes"] = self._audio_bytes
        if is_first:
            self._on_first_audio()
        if not self._script.deaf:
            self._tell_results()
        limit = self._script.drop_after_seconds
        if limit is not None and self._seconds >= limit:
            transport: Any = self.transport
            transport.abortConnection()

    @property
    def _seconds(self) -> float:
        return self._audio_bytes / BYTES_PER_SECOND

    def _on_first_audio(self) -> None:
        if self._script.engine_status:
            self._say(type="engine_status", **self._script.engine_status)
        if self._script.draining:
            self._say(type="server_draining", reconnectAfterSeconds=5)
        if self._script.expiring:
            self._say(type="auth_expiring", expiresInSeconds=120)
        if self._script.error:
            self._fail(self._script.error)

    def _tell_results(self) -> None:
        step = self._script.seconds_per_final
        while self._finals < len(self._script.finals) and self._seconds >= (self._finals + 1) * step:
            self._result(self._script.finals[self._finals], (self._finals + 1) * step, is_final=True)
            self._finals += 1
            self._partial = ""
        if self._finals < len(self._script.finals):
            words = self._script.finals[self._finals].split()
            done = int(len(words) * (self._seconds - self._finals * step) / step)
            partial = " ".join(words[:done])
            if partial != self._partial:
                self._partial = partial
                self._result(partial, self._seconds, is_final=False)

    def _on_stop(self) -> None:
        if self._script.deaf:
            return
        if self._script.last_words:
            self._result(self._script.last_words, self._seconds, is_final=True)
        self._say(
            type="transcription_complete",
            audioSeconds=self._seconds,
            finals=self._finals,
            lostSeconds=self._script.lost_seconds,
        )
        self.sendClose(1000)

    def _result(self, text: str, end_s: float, *, is_final: bool) -> None:
        self._seq += 1
        self._say(
            type="transcription_result",
            resultId=f"segment-{self._finals}",
            startTime=self._finals * self._script.seconds_per_final,
            endTime=end_s,
            text=text,
            isFinal=is_final,
            speaker=None,
            seq=self._seq,
            engine="embedded",
        )

    def _fail(self, fields: dict[str, Any]) -> None:
        self._say(type="transcription_error", **fields)
        if fields["fatal"]:
            self.sendCloseFrame(fields.get("closeCode", 1011))

    def _say(self, **message: Any) -> None:
        # A client may well ping while it is being refused.
        if self.state == WebSocketServerProtocol.STATE_OPEN:
            self.sendMessage(json.dumps(message).encode())


class ScriptedFactory(WebSocketServerFactory):
    """Makes sessions by one script, and keeps what arrives in them."""

    def __init__(self) -> None:
        super().__init__()
        self.protocol = ScriptedSession
        self.script = Script()
        self.journal: list[dict[str, Any]] = []


class ScriptResource(Resource):
    """`PUT /script`."""

    def __init__(self, factory: ScriptedFactory) -> None:
        super().__init__()
        self._factory = factory

    def render_PUT(self, request: Request) -> bytes:
        content: Any = request.content
        self._factory.script = Script(**json.loads(content.read()))
        return b""


class JournalResource(Resource):
    """`GET /journal`."""

    def __init__(self, factory: ScriptedFactory) -> None:
        super().__init__()
        self._factory = factory

    def render_GET(self, request: Request) -> bytes:
        request.setHeader(b"content-type", b"application/json")
        return json.dumps(self._factory.journal).encode()


class ConfigResource(Resource):
    """`GET /api/config`."""

    def __init__(self, factory: ScriptedFactory) -> None:
        super().__init__()
        self._factory = factory

    def render_GET(self, request: Request) -> bytes:
        request.setHeader(b"content-type", b"application/json")
        return json.dumps(self._factory.script.config).encode()


class TokenResource(Resource):
    """`POST /auth/v1/token`, as Supabase Auth answers it."""

    def __init__(self, factory: ScriptedFactory) -> None:
        super().__init__()
        self._factory = factory
        self._granted = 0

    def render_POST(self, request: Request) -> bytes:
        content: Any = request.content
        script, asked = self._factory.script, json.loads(content.read())
        request.setHeader(b"content-type", b"application/json")
        if asked.get("password", script.password) != script.password:
            request.setResponseCode(400)
            return b'{"code": 400, "error_code": "invalid_credentials"}'
        self._granted += 1
        granted = {"access_token": f"token-{self._granted}", "refresh_token": "r", "expires_in": script.token_seconds}
        return json.dumps(granted).encode()


def tree(**children: Resource) -> Resource:
    """A resource that has only children."""
    root = Resource()
    for name, child in children.items():
        root.putChild(name.encode(), child)
    return root


def site() -> Site:
    """The page as the daemon serves it, the scripted WebSocket, and the two resources that drive it."""
    factory = ScriptedFactory()
    factory.startFactory()
    root = Resource()
    pages = page_files()
    root.putChild(b"", pages[INDEX])
    root.putChild(b"page", PageFolder(pages))
    root.putChild(b"ws", tree(transcription=WebSocketResource(factory)))
    root.putChild(b"api", tree(config=ConfigResource(factory)))
    root.putChild(b"auth", tree(v1=tree(token=TokenResource(factory))))
    root.putChild(b"script", ScriptResource(factory))
    root.putChild(b"journal", JournalResource(factory))
    return Site(root)


def main(reactor: Any) -> Deferred[None]:
    """Listens on a free port until the process is ended."""

    def tell(port: Any) -> None:
        print(f"Alie listens on http://127.0.0.1:{port.getHost().port}", flush=True)

    listening = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(site())
    listening.addCallback(tell)
    # It never fires: only a signal ends the server.
    forever: Deferred[None] = Deferred()
    listening.addErrback(forever.errback)
    return forever


if __name__ == "__main__":
    task.react(main)
