"""A client over loopback and TLS: Autobahn carries, botocore signs and reads messages."""

from __future__ import annotations

import json
import struct
import uuid
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import txaio
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.eventstream import EventStreamBuffer
from twisted.internet import reactor, ssl
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from alie.simulator.script import Script, script_of_text
from alie.simulator.service import SimulatedCredentials
from alie.simulator.simulator import Simulator
from alie.simulator.stamp import stamp
from tests.support.dictating_client import said, speech

RATE_HZ = 16000
SPEAKER = 7
NAME = "fr-02-conf-invalid"


def client_message(payload: bytes, event_type: str = "AudioEvent") -> bytes:
    """An audio event, by hand."""
    headers = b""
    for name, value in ((":message-type", "event"), (":event-type", event_type)):
        headers += struct.pack(f"!B{len(name)}sBH", len(name), name.encode(), 7, len(value)) + value.encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    body = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + payload
    return body + struct.pack("!I", zlib.crc32(body))


class Client(WebSocketClientProtocol):
    """Remembers all it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: Deferred[Client] = Deferred()
        self.gone: Deferred[Client] = Deferred()
        self.messages: list[tuple[dict[str, Any], Any]] = []
        self.http_status: int | None = None
        self.close_code: int | None = None

    def onOpen(self) -> None:
        self.opened.callback(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        buffer: Any = EventStreamBuffer()
        buffer.add_data(payload)
        for message in buffer:
            self.messages.append((message.headers, json.loads(message.payload)))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = reason
        super().connectionLost(reason)

    def processHandshake(self) -> None:
        self.http_response = bytes(self.data)
        super().processHandshake()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.close_code = code
        self.gone.callback(self)
        if not self.opened.called:
            self.opened.callback(self)

    @property
    def exceptions(self) -> list[str]:
        return [headers[":exception-type"] for headers, _ in self.messages if ":exception-type" in headers]

    @property
    def results(self) -> list[dict[str, Any]]:
        return [
            result
            for headers, body in self.messages
            if headers[":message-type"] == "event"
            for result in body["Transcript"]["Results"]
        ]


class LoopbackCase(TestCase):
    """A started simulator, and clients that sign as AWS's own library does."""

    timeout = 30

    async def begin(self, **how: Any) -> None:
        self.addCleanup(setattr, txaio.config, "loop", getattr(txaio.config, "loop", None))
        txaio.config.loop = reactor
        spoken = speech(NAME)
        self.recording = stamp(spoken, SPEAKER)
        self.script: Script = script_of_text("fr-CA", said(NAME), len(spoken) / (2 * RATE_HZ))
        self.simulator = Simulator(reactor, {SPEAKER: self.script}, **how)
        await self.simulator.start()
        self.addCleanup(self.simulator.stop)

    def url(self, keys: SimulatedCredentials | None = None, **parameters: str) -> str:
        keys = keys or self.simulator.credentials
        query = {
            "language-code": "fr-CA",
            "media-encoding": "pcm",
            "sample-rate": str(RATE_HZ),
            "session-id": str(uuid.uuid4()),
        } | {name.replace("_", "-"): value for name, value in parameters.items()}
        request = AWSRequest("GET", f"{self.simulator.endpoint}/stream-transcription-websocket?{urlencode(query)}")
        credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
        SigV4QueryAuth(credentials, "transcribe", self.simulator.region, expires=300).add_auth(request)
        return str(request.url).replace("https:", "wss:")

    async def connect(self, url: str) -> Client:
        """Opened, or refused."""
        factory = WebSocketClientFactory(url, reactor=reactor)
        factory.protocol = Client
        # However busy the machine is, nobody is cut off.
        factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0, serverConnectionDropTimeout=0)
        authority = ssl.Certificate.loadPEM(Path(self.simulator.ca_file).read_bytes())
        options = ssl.optionsForClientTLS("localhost", trustRoot=authority)
        endpoint = wrapClientTLS(options, HostnameEndpoint(reactor, b"127.0.0.1", self.simulator.port))
        client: Client = await endpoint.connect(factory)
        await client.opened
        return client

    def speak(self, client: Client, audio: bytes, step: int = 3200) -> None:
        for at in range(0, len(audio), step):
            client.sendMessage(client_message(audio[at : at + step]), isBinary=True)
