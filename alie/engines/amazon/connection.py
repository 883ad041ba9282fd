"""One WebSocket connection to the service, on Autobahn: what it asks, and what becomes of it.

Every default of Autobahn that does harm here is set in `ConnectionFactory`; every `onX` is synchronous, since Autobahn
awaits none.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any, Protocol

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.types import ConnectingRequest
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from alie.engines.amazon import errors
from alie.engines.amazon.eventstream import MAX_MESSAGE_BYTES
from alie.engines.amazon.options import Address
from alie.faults import Fault, StreamFailed
from alie.frames import MAX_PAYLOAD_BYTES, WholeFrames, masked_binary_frame
from alie.masking import apply_mask, fresh_mask
from alie.write_flow import WriteFlow

HANDSHAKE_TIMEOUT_S = 5
"""For TLS and the upgrade, after TCP has connected."""
CLOSE_TIMEOUT_S = 1

SEND_BUFFER_BYTES = 65_536
"""Of the system, which doubles it: left to itself it takes minutes of audio from us before we learn that none goes."""

_MAX_HANDSHAKE_BYTES = 65_536
_CLEAN_CODES = (None, 1000, 1001)
_CLOSE_FAULTS = {1009: Fault.OVERSIZE}

_log = Logger()


class ConnectionListener(Protocol):
    """Told what becomes of one connection; nothing after `on_over`, which comes exactly once."""

    def on_upgraded(self) -> None:
        """The service has answered 101."""

    def on_message(self, payload: bytes) -> None:
        """One binary message."""

    def on_blocked(self, is_blocked: bool) -> None:
        """Over 64 KiB wait to be sent (True), or nothing does (False)."""

    def on_over(self, error: StreamFailed | None) -> None:
        """The service has closed in good order (None), or it failed."""

    def on_gone(self) -> None:
        """The connection is gone; comes last, also after `Connection.drop`."""


class Connection(WebSocketClientProtocol):
    """One connection. Reactor thread.

    Args:
        resource: path and query to ask for.
        address: what the Host header says; it is signed.
        listener: hears what becomes of it.
    """

    factory: ConnectionFactory
    transport: Any

    def __init__(self, resource: str, address: Address, listener: ConnectionListener) -> None:
        super().__init__()
        self.is_closed.addCallback(lambda protocol: None)  # it would be its own Deferred's result, and hold itself
        self._resource = resource
        self._address = address
        self._listener = listener
        self._is_upgraded = False
        self._is_over = False
        self._lost: BaseException | None = None
        self._closing: IDelayedCall | None = None
        self._frames = WholeFrames(MAX_MESSAGE_BYTES, None)

    def send(self, message: bytes) -> None:
        """Sends one binary message; nothing if it is not open any more."""
        if self.state != self.STATE_OPEN:
            return
        if len(message) > MAX_PAYLOAD_BYTES:
            self.sendMessage(message, isBinary=True)
        else:
            self.transport.write(masked_binary_frame(message, fresh_mask(), apply_mask))

    def drop(self) -> None:
        """Drops the connection at once; the listener hears only `on_gone`."""
        self._is_over = True
        self.wasClean = True  # or Autobahn would log a warning of its own
        self.dropConnection(abort=True)

    def leave(self) -> None:
        """Closes in good order; the listener hears only `on_gone`."""
        self._is_over = True
        self.wasClean = True
        self._close_in_good_order()

    # -- called by Twisted and Autobahn --------------------------------------------------------------------------

    def connectionMade(self) -> None:
        """TCP has connected."""
        handle = getattr(self.transport, "socket", None)
        if handle is not None:
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        super().connectionMade()
        # Autobahn tries before it knows its own options, fails, and keeps that to itself.
        self.transport.setTcpNoDelay(True)

    def onConnecting(self, transport_details: Any) -> ConnectingRequest:
        """What to ask for; Autobahn would take it from the factory, which is the same for all."""
        host = self._address.netloc.rpartition(":")[0]
        return ConnectingRequest(host, self._address.port, self._resource, useragent="Alie")

    def dataReceived(self, data: bytes) -> None:
        """Bytes came. Autobahn's own first makes a debug text of them, which costs more than the rest."""
        if self.state == self.STATE_CONNECTING and len(self.data) > _MAX_HANDSHAKE_BYTES:
            self._end(StreamFailed(Fault.SERVICE, "handshake too long"))
            return
        self._guard(self._take, data)

    def _take(self, data: bytes) -> None:
        # Whole messages are taken out here, at a third of what Autobahn's own way costs; it gets everything else.
        if self.state == self.STATE_OPEN and not (self.data or self.current_frame or self.inside_message):
            payloads, data = self._frames.feed(data)
            for payload in payloads:
                if not self._is_over:
                    self._listener.on_message(payload)
            if not data:
                return
        self._dataReceived(data)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """Writes bytes; as above, without a debug text of each. Nothing here is sent in pieces or later."""
        self.transport.write(data)

    def failHandshake(self, reason: str) -> None:
        """The answer is not the one hoped for; its body may still be on its way."""
        if not self._lacks_body():
            self._end(self._refusal())

    def _onOpen(self) -> None:
        # Autobahn's own keeps a copy of the peer's certificate for each connection.
        self.onOpen()

    def onOpen(self) -> None:
        """The service has answered 101."""
        self._is_upgraded = True
        self.http_request_data = b""  # holds the signature
        self.transport.registerProducer(WriteFlow(self._listener.on_blocked), True)
        self._guard(self._listener.on_upgraded)

    def onMessageEnd(self) -> None:
        """A message is whole. Autobahn's own also fires a signal for it that nobody here waits for."""
        if not self.failedByMe and not self._is_over:
            self._guard(self._listener.on_message, b"".join(self.message_data))
        self.message_data = []

    def onCloseFrame(self, code: int | None, reasonRaw: bytes | None) -> bool | None:
        """The service closes: there is nothing to wait for."""
        if self.failedByMe or not _is_utf8(reasonRaw or b""):
            self._end(StreamFailed(Fault.SERVICE, "protocol violation"))
        elif code in _CLEAN_CODES:
            self._end(None)
        else:
            self._end(StreamFailed(_CLOSE_FAULTS.get(code or 0, Fault.SERVICE), f"close {code}"))
        return None

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone. Autobahn's own would log what OpenSSL says."""
        self._lost = reason.value
        if self._closing is not None and self._closing.active():
            self._closing.cancel()
        self._connectionLost(reason)
        self._listener.on_gone()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """As above, once Autobahn has put its own things in order."""
        if self.failedByMe:
            self._end(StreamFailed(Fault.SERVICE, "protocol violation"))
        elif self._status():
            self._end(self._refusal())
        elif self._is_upgraded and isinstance(self._lost, ConnectionDone):
            self._end(None)
        else:
            detail = "handshake timeout" if self.wasOpenHandshakeTimeout else _name(self._lost)
            self._end(StreamFailed(Fault.CONNECTION, detail))

    # -- ends --------------------------------------------------------------------------------------------------------

    def _guard(self, call: Callable[..., None], *args: Any) -> None:
        # Autobahn would keep some exceptions to itself and drop the connection for others.
        try:
            call(*args)
        except Exception:
            _log.failure("What the service sent could not be taken", event="engine.not_understood")
            self._end(StreamFailed(Fault.SERVICE, "not understood"))

    def _end(self, error: StreamFailed | None) -> None:
        if self._is_over:
            return
        self._is_over = True
        self.wasClean = True  # or Autobahn would log a warning of its own
        if error is None:
            self._close_in_good_order()
        else:
            self.dropConnection(abort=True)
        self._listener.on_over(error)

    def _close_in_good_order(self) -> None:
        # Audio that still waits, or a peer that does not say good-bye in turn, must not hold the connection.
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(1000, isReply=True)
            self._closing = self.factory.reactor.callLater(CLOSE_TIMEOUT_S, self.transport.abortConnection)
        self.dropConnection()

    def _status(self) -> int:
        """Of an answer that is not 101; 0 if none came."""
        line = getattr(self, "http_status_line", "").split()
        return int(line[1]) if len(line) > 1 and line[1].isdecimal() and line[1] != "101" else 0

    def _body(self) -> bytes:
        return bytes(self.data[len(self.http_response_data) :])

    def _lacks_body(self) -> bool:
        length = getattr(self, "http_headers", {}).get("content-length", "")
        return bool(self._status()) and length.isdecimal() and len(self._body()) < min(int(length), 8192)

    def _refusal(self) -> StreamFailed:
        status = self._status()
        if not status:
            return StreamFailed(Fault.SERVICE, "no WebSocket")
        return errors.from_response(status, self.http_headers.get("x-amzn-errortype", ""), self._body())


class ConnectionFactory(WebSocketClientFactory):
    """The options of all connections.

    Args:
        reactor: for Autobahn, whose timers follow `txaio.config.loop` all the same.
    """

    def __init__(self, reactor: IReactorTime) -> None:
        super().__init__(reactor=reactor)
        self.setProtocolOptions(
            maxFramePayloadSize=MAX_MESSAGE_BYTES,
            maxMessagePayloadSize=MAX_MESSAGE_BYTES,
            failByDrop=False,
            openHandshakeTimeout=HANDSHAKE_TIMEOUT_S,
            closeHandshakeTimeout=CLOSE_TIMEOUT_S,
            perMessageCompressionOffers=[],
            autoPingInterval=0,
        )


class OneConnection(Factory):
    """For an endpoint: gives it one connection with the options of `shared`, and lets go of `made`: Twisted's connector
    holds the factory, and itself, until a collection of garbage."""

    noisy = False

    def __init__(self, shared: ConnectionFactory, made: Callable[[], Connection]) -> None:
        self._shared = shared
        self._made: Callable[[], Connection] | None = made

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Makes it, once."""
        make, self._made = self._made, None
        if make is None:
            return None
        made = make()
        made.factory = self._shared
        return made


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _name(error: BaseException | None) -> str:
    """Kind of trouble, for the log; of OpenSSL's errors the reason, which is a constant of its own."""
    if isinstance(error, ssl.SSLError) and error.reason:
        return f"TLS: {error.reason.lower().replace('_', ' ')}"
    return type(error).__name__
