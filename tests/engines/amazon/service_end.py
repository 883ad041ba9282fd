"""The service's end of a WebSocket in memory: reads what the client sends, says what a test wants."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from typing import Any

from botocore.eventstream import EventStreamBuffer  # type: ignore[import-untyped]
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IHostnameResolver, IReactorPluggableNameResolver
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from zope.interface import implementer

from tests.engines.amazon.test_eventstream import event
from tests.support.memory_web import MemoryTransport, frame_head

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@implementer(IReactorPluggableNameResolver, IHostnameResolver)
class MemoryNet(MemoryReactorClock):
    """A reactor whose every name is 127.0.0.1, or none is."""

    has_names = True

    def __init__(self) -> None:
        super().__init__()
        self.nameResolver = self

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, *args: Any, **kw: Any) -> Any:
        receiver.resolutionBegan(self)
        if self.has_names:
            receiver.addressResolved(IPv4Address("TCP", "127.0.0.1", portNumber))
        receiver.resolutionComplete()
        return receiver


class ClientTransport(MemoryTransport):
    """The client's side of TCP."""


class ServiceEnd:
    """Accepts the newest connection attempt."""

    def __init__(self, net: MemoryNet) -> None:
        self.host, self.port, factory, self.timeout_s = net.tcpClients[-1][:4]
        self.transport = ClientTransport("127.0.0.1")
        self.protocol = factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", self.port))
        self.transport.protocol = self.protocol
        self._read = b""
        self.protocol.makeConnection(self.transport)

    @property
    def is_connected(self) -> bool:
        return bool(self.transport.connected)

    def request(self) -> tuple[str, dict[str, str]]:
        """Path and headers of the upgrade."""
        head, _, rest = self._received().partition(b"\r\n\r\n")
        self._read = rest
        first, *lines = head.decode().split("\r\n")
        return first.split(" ")[1], {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }

    def accept(self, and_then: bytes = b"") -> tuple[str, dict[str, str]]:
        """Answers 101; what the service says at once may come in the same segment."""
        path, headers = self.request()
        self.send(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_of(headers).encode() + b"\r\n\r\n" + and_then
        )
        return path, headers

    def refuse(self, status: int, exception_type: str = "", body: bytes = b"", length: int | None = None) -> None:
        """Answers with an error."""
        kind = f"x-amzn-ErrorType: {exception_type}\r\n" if exception_type else ""
        head = f"HTTP/1.1 {status} No\r\n{kind}Content-Length: {len(body) if length is None else length}\r\n\r\n"
        self.send(head.encode() + body)

    def send(self, data: bytes) -> None:
        """Bytes, while the client reads."""
        self.protocol.dataReceived(data)

    @staticmethod
    def frame(payload: bytes, opcode: int = 2) -> bytes:
        """A frame as the service sends it."""
        return frame_head(len(payload), opcode, masked=False) + payload

    def say(self, *results: Any) -> None:
        """A TranscriptEvent."""
        self.send(self.frame(transcript(*results)))

    def fail(self, exception_type: str, message: str = "", headers: dict[str, str] | None = None) -> None:
        """An exception."""
        kind = headers or {":message-type": "exception", ":exception-type": exception_type}
        self.send(self.frame(event(json.dumps({"Message": message}).encode(), kind)))

    def close(self, code: int | None = 1000) -> None:
        """A close frame."""
        self.send(self.frame(b"" if code is None else struct.pack("!H", code), 8))

    def lose(self, error: Exception | None = None) -> None:
        """The connection ends; by default not in good order."""
        self.transport.connected = False
        self.protocol.connectionLost(Failure(error or ConnectionLost()))

    def frames(self) -> list[tuple[int, bytes]]:
        """Opcode and payload of all that the client has sent."""
        data, found = self._received(), []
        while data:
            assert data[1] & 0x80, "a client must mask"
            length, start = data[1] & 0x7F, 2
            if length == 126:
                length, start = struct.unpack("!H", data[2:4])[0], 4
            mask, payload = data[start : start + 4], data[start + 4 : start + 4 + length]
            found.append((data[0] & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))))
            data = data[start + 4 + length :]
        self._read = b""
        return found

    def audio(self) -> list[bytes]:
        """Payloads of the AudioEvents that came, read by botocore."""
        buffer = EventStreamBuffer()
        for opcode, payload in self.frames():
            assert opcode == 2, opcode
            buffer.add_data(payload)
        return [message.payload for message in buffer]

    def _received(self) -> bytes:
        self._read += self.transport.value()
        self.transport.clear()
        return self._read


def accept_of(headers: dict[str, str]) -> str:
    """What answers the key of an upgrade (RFC 6455, section 4.2.2)."""
    return base64.b64encode(hashlib.sha1(headers["sec-websocket-key"].encode() + _MAGIC).digest()).decode()


def transcript(*results: Any) -> bytes:
    """The event-stream message of a TranscriptEvent."""
    return event(json.dumps({"Transcript": {"Results": list(results)}}).encode())
