"""The Autobahn adapter: frames in, frames out. What they mean is decided in session.py.

Defaults of Autobahn that are dangerous here are set in `alie.web.factory`. Fragments are counted here.
"""

from __future__ import annotations

from typing import Any

from autobahn.twisted.websocket import WebSocketServerProtocol
from autobahn.websocket.types import ConnectionRequest
from twisted.internet.interfaces import IDelayedCall

from alie import actions as do
from alie import events as on
from alie.errors import FrameTooLarge
from alie.frames import MAX_PAYLOAD_BYTES, WholeFrames, joined, text_frame
from alie.masking import apply_mask
from alie.outbox import Outbox
from alie.performer import Performer
from alie.prompt_write import write_now
from alie.sockets import ENGINE
from alie.web.entrance import Entrance
from alie.web.heartbeat import Heartbeat
from alie.write_flow import WriteFlow

MAX_FRAGMENTS = 1024
# Above the protocol's own 64 KiB, so that a client that goes beyond those is told so; beyond this it is only cut off.
MAX_MESSAGE_BYTES = 1_048_576
MAX_REASON_BYTES = 123
# What may wait for a client that reads too slowly, before it is not read itself any more.
MAX_WAITING_BYTES = 262_144
OUTBOX = "outbox"
BUFFER_BYTES = 65_536
"""What twisted's transport takes before it says that it is full."""

READ_BYTES = 16_384
"""Taken from the system at a time, a quarter of what twisted takes: two frames as pages send them, but thousands of the
smallest there are, and all that is read together is done in one turn of the reactor."""

CLOSE_TIMEOUT_S = 10


class Nobody:
    """Is told what a client does whose session has another socket."""

    session_id = ""

    def receive(self, event: object) -> None:
        """Nothing comes of it."""

    def lost(self, event: on.Lost) -> None:
        """Nothing comes of it."""


NOBODY = Nobody()


class DictationProtocol(WebSocketServerProtocol):
    """One client's socket. Every `onX` is synchronous: Autobahn never awaits one."""

    factory: Any  # a DictationFactory
    transport: Any
    entrance = Entrance()
    _is_answered = _is_blocked = False
    _leaving: IDelayedCall | None = None

    def onConnect(self, request: ConnectionRequest) -> str | None:
        """Takes the first subprotocol, if any is offered."""
        return next(filter(None, request.protocols), None)

    def onOpen(self) -> None:
        """The handshake is done."""
        self.is_closed.addCallback(lambda protocol: None)  # it would be its own Deferred's result, and hold itself
        self._outbox = Outbox()
        self._unread_for: set[str] = set()
        self._owed_pong: bytes | None = None
        self._fragments = 0
        self._frames = WholeFrames(self.factory.frame_bytes, apply_mask)
        self._heartbeat = Heartbeat(self.factory.clock, self.factory.ping_s, self._probe, self._give_up)
        # The HTTP channel that took the request is still registered, and would pause itself.
        self.transport.unregisterProducer()
        self.transport.bufferSize = READ_BYTES
        self.transport.registerProducer(WriteFlow(self._set_blocked), True)
        self._performer: Performer | Nobody = self.factory.add(self)
        self._heartbeat.start()
        self._performer.open()

    def dataReceived(self, data: bytes) -> None:
        """Bytes came. Whole audio frames are taken out here, at a third of what Autobahn's own way costs; it gets
        everything else, and does not make a debug text of it first."""
        if self.state == self.STATE_OPEN and not (self.data or self.current_frame or self.inside_message):
            payloads, data = self._frames.feed(data)
            for payload in joined(payloads, self.factory.frame_bytes):
                self.onMessage(payload, True)
            if not data:
                return
        elif self.state == self.STATE_CLOSING:
            data = self._frames.release() + data  # of a frame in whose middle we have closed
        self._dataReceived(data)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        """Writes bytes; nothing here is sent in pieces or later."""
        self.transport.write(data)

    def onMessageBegin(self, isBinary: bool) -> None:
        """A message begins."""
        self._fragments = 0
        super().onMessageBegin(isBinary)

    def onMessageFrameBegin(self, length: int) -> None:
        """A frame of `length` bytes begins: what is too large is refused before it is received."""
        super().onMessageFrameBegin(length)
        self._fragments += 1
        if self.failedByMe and not (self.wasMaxFramePayloadSizeExceeded or self.wasMaxMessagePayloadSizeExceeded):
            return  # Autobahn reads on after a breach of the protocol, but nothing counts any more
        if self._fragments > MAX_FRAGMENTS:
            self._performer.receive(on.Malformed(FrameTooLarge("Message in too many fragments")))
        elif self.message_data_total_length > self.factory.frame_bytes:
            self._performer.receive(on.Malformed(FrameTooLarge()))

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """A whole message."""
        self._performer.receive(on.Audio(payload) if isBinary else on.Text(payload))

    def onPing(self, payload: bytes) -> None:
        """Answered at once; while the client reads too slowly, only its newest ping is (RFC 6455, section 5.5.3)."""
        if self._is_blocked:
            self._owed_pong = payload
        else:
            super().onPing(payload)

    def onPong(self, payload: bytes) -> None:
        """The client lives."""
        self._heartbeat.pong()
        self._performer.receive(on.Answered())

    def onCloseFrame(self, code: Any, reasonRaw: Any) -> bool | None:
        """The client closes. If it does so wrongly, Autobahn would cut the connection, and with it the close frame that
        says why (RFC 6455, section 7.1.7)."""
        self._is_answered = True
        return super().onCloseFrame(code, reasonRaw)

    def dropConnection(self, abort: bool = False) -> None:
        """Ends the connection; unless it is cut, what was said goes out before, if the client takes it in time."""
        is_cut = abort and not self._is_answered
        if not is_cut and self._leaving is None:
            self._leaving = self.factory.clock.callLater(CLOSE_TIMEOUT_S, self.transport.abortConnection)
        super().dropConnection(is_cut)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """The socket is gone; called for handshakes that failed, too."""
        self.entrance.leave()
        if self._leaving is not None and self._leaving.active():
            self._leaving.cancel()
        performer = getattr(self, "_performer", None)
        if performer is not None:
            self._heartbeat.stop()
            # A code that stays away (1005) is what browsers send for a plain close().
            is_farewell = wasClean and self.remoteCloseCode in (None, 1000)
            performer.lost(on.Lost(is_clean=wasClean, is_farewell=is_farewell))
            self._performer = NOBODY  # it would hold on to its session, and that to what was said
            self.factory.remove(self)

    def _probe(self) -> None:
        self.sendPing()
        # What waits to be sent would be overtaken by the ping, and so not be answered for.
        if not self._is_blocked:
            self._performer.receive(on.Probed())

    def _give_up(self) -> None:
        self.dropConnection(abort=True)

    def drain(self, event: on.Drain) -> None:
        """The daemon goes down."""
        self._performer.receive(event)

    # -- what the performer needs (Socket) -----------------------------------------------------------------------

    def send(self, message: do.Send) -> None:
        """Sends, or keeps, one message."""
        if self._is_blocked:
            self._outbox.put(message.payload, partial_of=message.partial_of, final_of=message.final_of)
            if self._outbox.byte_count > self.factory.waiting_bytes:
                self.pause_reading(OUTBOX)
        else:
            self._send_text(message.payload)

    def close(self, code: int, reason: str) -> None:
        """Sends what is kept, then the close frame; the client's own is waited for, so it must be read."""
        self._send_kept()
        for cause in list(self._unread_for):
            self.resume_reading(cause)
        # sendClose refuses the codes below 3000 that a server needs; the reason must fit a control frame.
        self.sendCloseFrame(code, reason.encode()[:MAX_REASON_BYTES])

    @property
    def session_id(self) -> str:
        """Of the session that this client has here; empty: it has none, or not any more."""
        return self._performer.session_id

    @property
    def waiting_bytes(self) -> int:
        """What waits for the client; the transport's own buffer, which takes as much before it says so, is not seen."""
        return self._outbox.byte_count + (BUFFER_BYTES if self._is_blocked else 0)

    def pause_reading(self, cause: str = ENGINE) -> None:
        """Stops reading, and so in the end the client's sending."""
        self._unread_for.add(cause)
        self._heartbeat.hold()
        self.transport.pauseProducing()

    def resume_reading(self, cause: str = ENGINE) -> None:
        """Reads again, if there is no other cause not to."""
        self._unread_for.discard(cause)
        self._expect_answers()
        if not self._unread_for and self.state == self.STATE_OPEN:
            self.transport.resumeProducing()

    def _expect_answers(self) -> None:
        # Behind what the client has not read yet, or in a socket that is not read, a pong cannot come in time.
        if not (self._unread_for or self._is_blocked):
            self._heartbeat.release()

    def serve(self, performer: Performer | None) -> None:
        """Tells this performer what the client does; None: nobody, since another socket has its session."""
        self._performer = performer or NOBODY

    def _set_blocked(self, is_blocked: bool) -> None:
        self._is_blocked = is_blocked
        if is_blocked:
            self._heartbeat.hold()
            return
        self._send_kept()
        if self._owed_pong is not None:
            payload, self._owed_pong = self._owed_pong, None
            self.onPing(payload)
        self._expect_answers()
        if OUTBOX in self._unread_for:
            self.resume_reading(OUTBOX)

    def _send_kept(self) -> None:
        for payload in self._outbox.take_all():
            self._send_text(payload)

    def _send_text(self, payload: bytes) -> None:
        if self.state != self.STATE_OPEN:
            return
        if len(payload) > MAX_PAYLOAD_BYTES:
            self.sendMessage(payload, isBinary=False)
        else:
            write_now(self.transport, text_frame(payload))
