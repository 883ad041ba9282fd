"""The whole daemon in memory: the assembled site, a clock, a scripted engine, and connections made of bytes."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any, ClassVar

import txaio
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from alie import config
from alie.parts import Parts
from alie.service import AlieService
from tests.support.scripted_engine import ScriptedEngine

MASK = b"\x37\xfa\x21\x3d"


class FakeListening:
    """A listening socket as far as its address goes."""

    family = 2

    def __init__(self, port: int = 3001) -> None:
        self._port = port

    def getsockname(self) -> tuple[str, int]:
        """Where it listens."""
        return ("127.0.0.1", self._port)

    def fileno(self) -> int:
        """None of the system's."""
        return 9999

    def close(self) -> None:
        """Nothing is open."""


class MemoryTransport(StringTransportWithDisconnection):
    """A connection: what the server writes is kept, what the client sends waits while the server does not read.

    Attributes:
        is_stuck: whether the client takes nothing, so that a connection ends only where it is cut.
    """

    is_stuck = False
    bufferSize = 65_536

    def __init__(self, peer: str) -> None:
        super().__init__(IPv4Address("TCP", "127.0.0.1", 3001), IPv4Address("TCP", peer, 50000), lenient=True)
        self.arriving = b""
        self.is_aborted = False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Part of ITCPTransport."""

    def unregisterProducer(self) -> None:
        """As a real one: there need not be any."""
        self.producer = None

    def deliver(self) -> None:
        """Hands over what has arrived, while the server reads."""
        while self.arriving and self.connected and self.producerState == "producing":
            data, self.arriving = self.arriving, b""
            self.protocol.dataReceived(data)

    def loseConnection(self) -> None:
        """As a real one: it says so before the protocol hears of it, and lets go of it then."""
        self.disconnecting = True
        if not self.is_stuck:
            super().loseConnection()
            self.protocol = self.producer = None

    def abortConnection(self) -> None:
        """Dropped without more ado."""
        self.is_aborted = True
        self.is_stuck = False
        self.loseConnection()


@dataclass
class Response:
    """One HTTP response."""

    status: int
    headers: Headers
    body: bytes

    def json(self) -> Any:
        """Its body, decoded."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """One header, or None."""
        values = self.headers.getRawHeaders(name)
        return None if values is None else ", ".join(values)


@dataclass
class Frame:
    """One WebSocket frame of the server."""

    opcode: int
    payload: bytes
    message: Any = field(default=None)

    @property
    def close(self) -> tuple[int, str]:
        """Code and reason of a close frame."""
        return struct.unpack("!H", self.payload[:2])[0], self.payload[2:].decode()


def client_frame(payload: bytes, opcode: int = 1, *, fin: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """A frame as a client sends it; the options make it wrong."""
    return frame_head(len(payload), opcode, fin=fin, masked=masked, reserved=reserved) + (
        bytes(byte ^ MASK[index % 4] for index, byte in enumerate(payload)) if masked else payload
    )


def frame_head(length: int, opcode: int = 1, *, fin: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """The head of a frame alone, to be followed by its payload or not."""
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    flag = 0x80 if masked else 0
    if length < 126:
        head = struct.pack("!BB", first, flag | length)
    elif length < 65536:
        head = struct.pack("!BBH", first, flag | 126, length)
    else:
        head = struct.pack("!BBQ", first, flag | 127, length)
    return head + (MASK if masked else b"")


def read_frames(data: bytes) -> tuple[list[Frame], bytes]:
    """Frames of a server that are whole, and the rest."""
    found = []
    while len(data) >= 2:
        length, start = data[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(data[2:4]), 4
        elif length == 127:
            length, start = int.from_bytes(data[2:10]), 10
        if len(data) < start + length:
            break
        frame = Frame(data[0] & 0x0F, data[start : start + length])
        if frame.opcode == 1:
            frame.message = json.loads(frame.payload.decode())
        found.append(frame)
        data = data[start + length :]
    return found, data


class Connection:
    """A client's end.

    Args:
        site: what it connects to.
        peer: the address it comes from.
    """

    def __init__(self, site: Any, peer: str = "127.0.0.1") -> None:
        self.transport = MemoryTransport(peer)
        protocol = site.buildProtocol(self.transport.getPeer())
        self.transport.protocol = protocol
        protocol.makeConnection(self.transport)
        self._read = b""

    @property
    def is_open(self) -> bool:
        """Whether the server still holds it."""
        return bool(self.transport.connected)

    def send(self, data: bytes) -> None:
        """Sends bytes."""
        self.transport.arriving += data
        self.transport.deliver()

    def received(self) -> bytes:
        """All bytes that came and were not read yet."""
        self._read += self.transport.value()
        self.transport.clear()
        return self._read

    def response(self) -> Response:
        """Reads one response."""
        head, _, rest = self.received().partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        headers = Headers()
        for line in lines:
            name, _, value = line.partition(b":")
            headers.addRawHeader(name, value.strip())
        (length,) = headers.getRawHeaders(b"content-length", [b"0"])
        status = int(first.split()[1])
        if status in (101, 204, 304):
            length = b"0"
        self._read = rest[int(length) :]
        return Response(status, headers, rest[: int(length)])

    # -- once it is a WebSocket ----------------------------------------------------------------------------------

    def frames(self) -> list[Frame]:
        """Reads all frames that came whole."""
        found, self._read = read_frames(self.received())
        return found

    def messages(self) -> list[Any]:
        """Reads all messages that came."""
        return [frame.message for frame in self.frames() if frame.opcode == 1]

    def say(self, type_: str, **fields: Any) -> None:
        """Sends a message."""
        self.send(client_frame(json.dumps({"type": type_, **fields}).encode()))

    def speak(self, frame: bytes = bytes(8192)) -> None:
        """Sends audio."""
        self.send(client_frame(frame, 2))

    def start(self, **fields: Any) -> None:
        """Starts as the pages do."""
        self.say("start_transcription", **{"languageCode": "en-US", "sampleRate": 16000, **fields})


def request(path: str, method: str = "GET", headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """An HTTP request as bytes."""
    lines = {"Host": "127.0.0.1:3001", **({"Content-Length": str(len(body))} if body else {}), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


class WebCase(SynchronousTestCase):
    """A daemon of its own for each test; `settings` are what the operator has set."""

    settings: ClassVar[dict[str, str]] = {}

    def setUp(self) -> None:
        self.addCleanup(setattr, txaio.config, "loop", getattr(txaio.config, "loop", None))
        self.clock = Clock()
        self.engine = ScriptedEngine()
        self.build(**self.settings)

    def build(self, parts: Parts | None = None, **settings: str) -> None:
        """Assembles the daemon from these settings and parts."""
        found = config.read(settings)
        listening: Any = FakeListening()
        secure: Any = FakeListening(found.tls.port) if found.tls.is_on else None
        made = AlieService(self.clock, found, (self.engine, "For the tests."), listening, parts, secure)
        self.service, self.site, self.admission = made, made.site, made.admission

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        peer: str = "127.0.0.1",
    ) -> Response:
        """One request on a connection of its own."""
        connection = Connection(self.site, peer)
        connection.send(request(path, method, headers, body))
        return connection.response()

    def upgrade(self, path: str = "/ws", **headers: str) -> tuple[Connection, Response]:
        """Asks for a WebSocket; header names are written with underscores."""
        connection = Connection(self.site)
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.send(request(path, headers={**UPGRADE, **own}))
        return connection, connection.response()

    def connect(self) -> Connection:
        """An open WebSocket, greeted; the greeting is read."""
        connection, response = self.upgrade()
        assert response.status == 101, response
        (greeting,) = connection.messages()
        assert greeting["type"] == "connection_established"
        return connection

    def dictate(self, **fields: Any) -> Connection:
        """A started session that has spoken; all is read."""
        connection = self.connect()
        connection.start(**fields)
        connection.speak()
        connection.messages()
        return connection
