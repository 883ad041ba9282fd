"""A client that is nothing but a TCP socket: it sends any bytes, and reads the frames that come."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from tests.support.memory_web import UPGRADE, Frame, client_frame, read_frames, request

PATIENCE_S = 20.0


class RawSocket(Protocol):
    """One connection.

    Attributes:
        frames: all that came whole, once the connection is upgraded.
        head: of the HTTP answer.
        lost: fires when the connection is gone, with what ended it.
    """

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.head = b""
        self.lost: Deferred[BaseException] = Deferred()
        self._data = b""
        self._waiting: list[tuple[Callable[[], Any], Deferred[Any]]] = []

    def connectionMade(self) -> None:
        """Each write becomes a segment of its own."""
        self.transport.setTcpNoDelay(True)

    def dataReceived(self, data: bytes) -> None:
        """The head of the answer first, then frames."""
        self._data += data
        if not self.head and b"\r\n\r\n" in self._data:
            self.head, self._data = self._data.split(b"\r\n\r\n", 1)
        if self.head.startswith(b"HTTP/1.1 101"):
            found, self._data = read_frames(self._data)
            self.frames += found
        self._look()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is gone."""
        self.lost.callback(reason.value)
        for _, waiting in self._waiting:
            waiting.errback(reason)

    async def until(self, found: Callable[[], Any]) -> Any:
        """Waits until this gives something true, and returns it.

        Raises:
            TimeoutError: it does not within `PATIENCE_S`; or what ended the connection.
        """
        waiting: Deferred[Any] = Deferred()
        self._waiting.append((found, waiting))
        self._look()
        return await waiting.addTimeout(PATIENCE_S, reactor)

    async def message(self, type_: str) -> dict[str, Any]:
        """Waits for the first message of this type."""
        return await self.until(lambda: next((one for one in self.messages if one["type"] == type_), None))

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Texts that came, decoded."""
        return [frame.message for frame in self.frames if frame.opcode == 1]

    @property
    def close_code(self) -> int | None:
        """Of the close frame that came."""
        return next((frame.close[0] for frame in self.frames if frame.opcode == 8), None)

    def send(self, data: bytes) -> None:
        """Sends bytes."""
        self.transport.write(data)

    def say(self, type_: str, **fields: Any) -> None:
        """Sends a message in one frame."""
        self.send(client_frame(json.dumps({"type": type_, **fields}).encode()))

    def _look(self) -> None:
        for found, waiting in list(self._waiting):
            value = found()
            if value:
                self._waiting.remove((found, waiting))
                waiting.callback(value)


async def connect(url: str) -> RawSocket:
    """A TCP connection to a daemon at `url` (http://host:port), and no more."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    return await HostnameEndpoint(reactor, host, int(port)).connect(Factory.forProtocol(RawSocket))


async def dictate(url: str, **fields: Any) -> RawSocket:
    """A started session."""
    socket = await connect(url)
    socket.send(request("/ws", headers={**UPGRADE, "Host": url.removeprefix("http://")}))
    await socket.message("connection_established")
    socket.say(
        "start_transcription", **{"languageCode": "en-US", "sampleRate": 16000, "mode": "word_for_word", **fields}
    )
    await socket.message("stream_ready")
    return socket
