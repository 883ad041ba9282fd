"""One outgoing WebSocket on Autobahn: tells its owner, in plain values, what happens on it."""

from __future__ import annotations

from socket import SO_SNDBUF, SOL_SOCKET
from typing import Any, Protocol

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

import alie

HANDSHAKE_TIMEOUT_S = 10
LARGEST_MESSAGE_BYTES = 16 * 1024 * 1024
# Two seconds of audio, which a line of 1 Mbit/s carries in half a second.
SEND_BUFFER_BYTES = 64 * 1024


class SocketOwner(Protocol):
    """What a socket tells, on the reactor thread."""

    def on_open(self, socket: OutgoingSocket) -> None:
        """The upgrade went through."""

    def on_text(self, payload: bytes) -> None:
        """A text frame came."""

    def on_ping(self) -> None:
        """The server has shown that it is there."""

    def on_refused(self, status: int | None, error: BaseException) -> None:
        """There will be no WebSocket: the HTTP status answered, if any, and what ended the connection."""

    def on_closed(self, code: int | None) -> None:
        """An open socket is gone: the close code received, None without a closing handshake."""


class OutgoingSocket(WebSocketClientProtocol):
    """Autobahn's side of it. Its callbacks are synchronous: Autobahn awaits none."""

    def __init__(self, owner: SocketOwner) -> None:
        super().__init__()
        self._owner = owner
        self._was_open = False
        self._lost_by: BaseException | None = None

    def dataReceived(self, data: bytes) -> None:
        """Twisted: bytes came. Autobahn reads the head of an answer as UTF-8, and falls over what is none."""
        try:
            super().dataReceived(data)
        except UnicodeDecodeError:
            self.drop()

    def onOpen(self) -> None:
        """Autobahn: the upgrade went through."""
        self._was_open = True
        self._owner.on_open(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Autobahn: a whole message came; the server sends no binary ones, and none after its close frame."""
        if not isBinary and not self.wasClean:
            self._owner.on_text(payload)

    def onPing(self, payload: bytes) -> None:
        """Autobahn: a ping came; it is answered."""
        super().onPing(payload)
        self._owner.on_ping()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted: TCP or TLS is gone. The cause is kept, for `onClose` is only given a text."""
        self._lost_by = reason.value
        super().connectionLost(reason)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Autobahn: the socket is gone, whether it ever was open or not."""
        if self._was_open:
            self._owner.on_closed((code or 1005) if wasClean else None)
        else:
            self._owner.on_refused(self._http_status(), self._lost_by or ConnectionError(reason))

    def keep_little_in_flight(self) -> None:
        """Lets the kernel hold little: our pongs wait behind all that it holds, and may not wait for long."""
        tcp: Any = getattr(self.transport, "transport", self.transport)  # below TLS, if there is any
        tcp.getHandle().setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES)

    def send(self, payload: bytes, is_binary: bool) -> None:
        """Sends one message; nothing, where nobody listens any more: `on_closed` follows."""
        if self.state == self.STATE_OPEN:
            self.sendMessage(payload, isBinary=is_binary)

    def close(self) -> None:
        """Says goodbye, if there is anybody to say it to."""
        if self.state == self.STATE_OPEN:
            self.sendClose(1000)
        elif self.state != self.STATE_CLOSED:
            self.drop()

    def drop(self) -> None:
        """Cuts the connection without a word more."""
        self.dropConnection(abort=True)

    def _http_status(self) -> int | None:
        # Autobahn keeps the status line only once it has read one.
        parts = getattr(self, "http_status_line", "").split()
        return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else None


class OutgoingSocketFactory(WebSocketClientFactory):
    """Makes the one socket of an owner.

    Args:
        url: of the WebSocket; decides the request line and the Host header.
        owner: who is told.
        reactor: for Autobahn's timers.
    """

    noisy = False

    def __init__(self, url: str, owner: SocketOwner, reactor: Any) -> None:
        super().__init__(url, useragent=f"alie/{alie.__version__}", reactor=reactor)
        self._owner = owner
        if ":" in self.host:
            self.host = f"[{self.host}]"  # Autobahn writes it into the Host header as it is
        self.setProtocolOptions(
            failByDrop=False,
            maxFramePayloadSize=LARGEST_MESSAGE_BYTES,
            maxMessagePayloadSize=LARGEST_MESSAGE_BYTES,
            openHandshakeTimeout=HANDSHAKE_TIMEOUT_S,
        )

    def buildProtocol(self, addr: object) -> OutgoingSocket:
        """Twisted: the connection stands; speak on it."""
        socket = OutgoingSocket(self._owner)
        socket.factory = self
        return socket
