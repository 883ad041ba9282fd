"""The WebSocket transport: a presigned upgrade, then one event-stream message in every binary frame.

Source: docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html#streaming-websocket
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.defer import Deferred

from alie.simulator.interface import Hearing, Service
from alie.simulator.messages import BadMessage, decode_message, encode_event, encode_exception
from alie.simulator.signing import NotAuthentic, verify_query

PATH = "/stream-transcription-websocket"
MAX_MESSAGE_BYTES = 1_048_576
# Longer than a busy machine may take to answer: who is cut off here loses its last words.
CLOSING_S = 10


class TranscribeWebSocket(WebSocketServerProtocol):
    """One connection; the service sees it as an `interface.Line`. Every `onX` is synchronous: Autobahn never awaits
    one."""

    factory: TranscribeWebSocketFactory
    transport: Any
    _hearing: Hearing | None = None
    _body = b""

    def onConnect(self, request: ConnectionRequest) -> Any:
        """Verifies the request and asks the service, which may take its time."""
        self._answer: Deferred[None] = Deferred()
        self._waiting: list[Callable[[], None]] = []
        self._is_open = False
        path, _, query = self.http_request_uri.partition("?")
        if path != PATH:
            self.refuse(404, "UnknownOperationException", "There is no such path.")
            return self._answer
        try:
            parameters = verify_query(
                path,
                query,
                request.headers["host"],
                region=self.factory.region,
                now_s=self.factory.reactor.seconds(),
                secret_of=self.factory.service.secret_of,
            )
        except NotAuthentic as error:
            self.factory.service.note_bad_signature(f"{error.exception_type}: {error}")
            self.refuse(403, error.exception_type, str(error))
            return self._answer
        self._hearing = self.factory.service.open("websocket", parameters, self)
        return self._answer

    def onOpen(self) -> None:
        """The handshake is done: what was said before goes out."""
        self._is_open = True
        for act in self._waiting:
            act()
        self._waiting.clear()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """One event-stream message."""
        if self._hearing is None:
            return
        try:
            headers, audio = decode_message(payload)
        except BadMessage as error:
            self.factory.service.note_bad_signature(str(error))
            self.send_exception("BadRequestException", str(error))
            return
        if (headers.get(":message-type"), headers.get(":event-type")) != ("event", "AudioEvent"):
            self.send_exception("BadRequestException", "Only audio events may be sent.")
        elif audio:
            self._hearing.on_audio(audio)
        else:
            self._hearing.on_end()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """The connection is gone; called for handshakes that failed, too."""
        hearing, self._hearing = self._hearing, None
        if hearing is not None:
            hearing.on_lost()

    def sendHttpErrorResponse(self, code: int, reason: str, responseHeaders: Any = None) -> None:
        """As Autobahn's own, which has no place for a body."""
        head = f"HTTP/1.1 {code} {reason}\r\nx-amzn-ErrorType: {reason}\r\nContent-Type: application/json\r\n"
        self.sendData(f"{head}Content-Length: {len(self._body)}\r\n\r\n".encode() + self._body)

    # -- interface.Line -------------------------------------------------------------------------------------------

    @property
    def peer_port(self) -> int:
        """From which the client's connection came."""
        return int(self.transport.getPeer().port)

    def accept(self) -> None:
        """Answers 101."""
        self._answer.callback(None)

    def refuse(self, status: int, exception_type: str, message: str) -> None:
        """Answers with another status."""
        self._body = json.dumps({"Message": message}).encode()
        self._answer.errback(ConnectionDeny(status, exception_type))

    def send_event(self, event_type: str, payload: bytes) -> None:
        """Sends one event."""
        self._when_open(lambda: self._tell(encode_event(event_type, payload)))

    def send_exception(self, exception_type: str, message: str) -> None:
        """Sends an exception, then closes."""
        self._when_open(lambda: self._tell(encode_exception(exception_type, message)))
        self.close()

    def close(self) -> None:
        """Sends a close frame, and waits for the client's."""
        self._when_open(lambda: self.sendClose(1000))

    def reset(self) -> None:
        """Below TLS, which would say good-bye."""
        self.transport.transport.abortConnection()

    def pause_reading(self) -> None:
        """Reads nothing more."""
        self.transport.pauseProducing()

    def resume_reading(self) -> None:
        """Reads again."""
        self.transport.resumeProducing()

    def _when_open(self, act: Callable[[], None]) -> None:
        if self._is_open:
            act()
        else:
            self._waiting.append(act)

    def _tell(self, message: bytes) -> None:
        # The client may have begun to close.
        if self.state == self.STATE_OPEN:
            self.sendMessage(message, isBinary=True)


class TranscribeWebSocketFactory(WebSocketServerFactory):
    """Makes the connections' protocols.

    Args:
        reactor: for time and timers.
        service: that streams are opened at.
        region: that requests must be signed for.
    """

    def __init__(self, reactor: Any, service: Service, region: str) -> None:
        super().__init__(reactor=reactor)
        self.protocol = TranscribeWebSocket
        self.service = service
        self.region = region
        self.setProtocolOptions(
            webStatus=False,
            failByDrop=False,
            maxFramePayloadSize=MAX_MESSAGE_BYTES,
            maxMessagePayloadSize=MAX_MESSAGE_BYTES,
            openHandshakeTimeout=0,
            closeHandshakeTimeout=CLOSING_S,
        )
