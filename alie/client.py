"""A dictation session as its client sees it: pure state, no socket and no clock.

The adapter gives it every text frame of the server (`receive`) and the end of the socket (`disconnected`),
and sends what `start`, `flush` and `stop` return; audio handed to the socket is counted by `sent`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from alie.audio import seconds
from alie.server_messages import (
    Ack,
    Completed,
    Flushed,
    Greeting,
    Ready,
    Segment,
    ServerMessage,
    Trouble,
    read,
)
from alie.speech import AUTO

PCM_RATE_HZ = 16000
_CLOSES = {
    1001: Trouble("SHUTTING_DOWN", "The server is going down"),
    1008: Trouble("REFUSED", "The server refused the session"),
    1009: Trouble("FRAME_TOO_LARGE", "The server found a message too large"),
    1011: Trouble("INTERNAL", "The server met an internal error"),
    1013: Trouble("CAPACITY", "The server has no free seat; try again shortly"),
}


class Phase(IntEnum):
    """How far the session has come; it only grows."""

    CONNECTING = 0
    GREETED = 1
    STARTING = 2
    READY = 3
    FINISHING = 4
    COMPLETE = 5


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What the session is asked to be.

    Attributes:
        language_code: "fr-CA", "en-US" or "auto".
        wants_words: asks for word times on finals.
        wants_partials: asks for partial results.
        vocabulary: at most 100 phrases of at most 100 characters.
        token: proof of who is speaking, where the server wants one.
    """

    language_code: str = AUTO
    wants_words: bool = True
    wants_partials: bool = True
    vocabulary: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)

    def encode(self) -> bytes:
        """The `start_transcription` message. Audio is always 16 kHz, acknowledged as it is taken."""
        message: dict[str, Any] = {
            "type": "start_transcription",
            "languageCode": self.language_code,
            "sampleRate": PCM_RATE_HZ,
            "mode": "smart_dictation",
            "ack": True,
            "words": self.wants_words,
            "partials": self.wants_partials,
        }
        if self.vocabulary:
            message["vocabulary"] = list(self.vocabulary)
        if self.token is not None:
            message["token"] = self.token
        return json.dumps(message).encode()


class TranscriptionClient:
    """One session, from greeting to goodbye.

    Attributes:
        request: what `start` will ask for.
        phase: how far the session has come.
        session_id: told by the greeting, else None.
        engine: "amazon" or "embedded", told when the stream is ready.
        language_code: what the stream listens for, as the server says.
        finals: final segments that have text, in order of arrival.
        troubles: every error so far, fatal or not, in order.
        completed: the server's account, once it has given it.
        failure: the trouble that ended the session before it was complete, else None.
        flushes: how many flushes were answered.
        sent_bytes: audio handed to the socket.
        heard_s: seconds of audio that an engine has heard, by the server's acks and by the results that came.
        is_closed: whether the socket is gone.
    """

    def __init__(self, request: StartRequest) -> None:
        self.request = request
        self.phase = Phase.CONNECTING
        self.session_id: str | None = None
        self.engine: str | None = None
        self.language_code: str | None = None
        self.finals: list[Segment] = []
        self.troubles: list[Trouble] = []
        self.completed: Completed | None = None
        self.failure: Trouble | None = None
        self.flushes = 0
        self.sent_bytes = 0
        self.heard_s = 0.0
        self.is_closed = False

    @property
    def sent_s(self) -> float:
        """Seconds of audio handed to the socket."""
        return seconds(self.sent_bytes, PCM_RATE_HZ)

    def start(self) -> bytes:
        """The message that opens the session; send it after the greeting."""
        self._advance(Phase.STARTING)
        return self.request.encode()

    def sent(self, byte_count: int) -> None:
        """Counts a frame of audio handed to the socket."""
        self.sent_bytes += byte_count

    def flush(self) -> bytes:
        """The message that asks for finals of all that was sent; `flushes` grows when it is answered."""
        return b'{"type":"flush"}'

    def stop(self) -> bytes:
        """The message that ends the audio; the server goes on to `Phase.COMPLETE`."""
        self._advance(Phase.FINISHING)
        return b'{"type":"stop_transcription"}'

    def receive(self, text: bytes) -> ServerMessage | None:
        """Takes one text frame of the server; returns what it says, or None: nothing to a client.

        A frame that is not of the protocol is a fatal `Trouble` "BAD_MESSAGE".
        """
        try:
            message = read(text)
        except ValueError:
            message = Trouble("BAD_MESSAGE", "The server sent a message that is not of the protocol")
        match message:
            case Greeting():
                self.session_id = message.session_id
                self._advance(Phase.GREETED)
            case Ready():
                self.engine, self.language_code = message.engine, message.language_code
                self._advance(Phase.READY)
            case Segment():
                self._hear_until(message.end_s)
                if message.is_final and message.text:
                    self.finals.append(message)
            case Ack():
                self._hear_until(seconds(message.received_bytes, PCM_RATE_HZ) - message.buffered_s)
            case Flushed():
                self.flushes += 1
            case Trouble():
                self.note(message)
            case Completed():
                self.completed = message
                self._advance(Phase.COMPLETE)
        return message

    def disconnected(self, code: int | None) -> None:
        """Takes the end of the socket: the close code received, None without a closing handshake."""
        if self.completed is None and self.failure is None:
            self.note(_close_trouble(code))
        self.is_closed = True

    def note(self, trouble: Trouble) -> None:
        """Takes a trouble; the first fatal one is the failure.

        The adapter calls it with what it found out by itself, such as a server that answers no more.
        """
        self.troubles.append(trouble)
        if trouble.is_fatal and self.failure is None:
            self.failure = trouble

    def _hear_until(self, heard_s: float) -> None:
        self.heard_s = max(self.heard_s, heard_s)

    def _advance(self, phase: Phase) -> None:
        self.phase = max(self.phase, phase)


def _close_trouble(code: int | None) -> Trouble:
    if code is None:
        return Trouble("CONNECTION_LOST", "The connection was lost before the transcription was complete")
    sentence = f"The server closed the connection (code {code}) before the transcription was complete"
    return _CLOSES.get(code) or Trouble("CLOSED", sentence)
