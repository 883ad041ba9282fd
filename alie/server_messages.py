"""What the server says, read by a client: text frames of docs/protocol.md in, frozen values out.

Times are seconds since the first sample sent. Only what a client acts on is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alie.transcript import Word


@dataclass(frozen=True, slots=True)
class Greeting:
    """The server is there."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Audio may be sent now; what a plain server does not tell is None."""

    engine: str | None
    language_code: str | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A partial or final reading of one segment of speech.

    Attributes:
        confidence: 0..1, None where the server gave none.
        words: in order, punctuation included; empty where the server gave none.
        language_code: what the engine identified, or None.
    """

    result_id: str
    start_s: float
    end_s: float
    text: str
    is_final: bool
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    language_code: str | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """How much audio the server holds, in bytes since the start, and how much of it waits for the engine."""

    received_bytes: int
    buffered_s: float


@dataclass(frozen=True, slots=True)
class Flushed:
    """All that was sent before a flush has come back as finals."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that went wrong: the server's own `transcription_error`, or what the end of the socket means.

    Attributes:
        code: of the protocol, or the client's own word where the server named none.
        sentence: for the user.
        is_fatal: whether it ends the session.
    """

    code: str
    sentence: str
    is_fatal: bool = True


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """The engine behind the session has come into another state; the session goes on.

    Attributes:
        state: "recovering", "live" or "failed_over"; a newer server may have others.
        engine: name of the engine that is in it, or None.
        code: of the error behind it, or None.
    """

    state: str
    engine: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Completed:
    """The session's last word, in seconds of audio."""

    audio_s: float
    lost_s: float


ServerMessage = Greeting | Ready | Segment | Ack | Flushed | EngineStatus | Trouble | Completed


def read(text: bytes) -> ServerMessage | None:
    """Reads one text frame of the server; None where a client has nothing to do.

    Raises:
        ValueError: not a JSON object with a `type`, or a known type with bad fields.
    """
    try:
        message = json.loads(text)
        reader = _READERS.get(message["type"])
        return None if reader is None else reader(message)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a message of the protocol") from error


def _greeting(message: dict[str, Any]) -> Greeting:
    return Greeting(str(message["payload"]["sessionId"]))


def _ready(message: dict[str, Any]) -> Ready:
    return Ready(_text(message, "engine"), _text(message, "languageCode"))


def _segment(message: dict[str, Any]) -> Segment:
    # Times may be null on a plain server.
    start_s = float(message.get("startTime") or 0)
    return Segment(
        result_id=str(message["resultId"]),
        start_s=start_s,
        end_s=max(start_s, float(message.get("endTime") or 0)),
        text=str(message["text"]).strip(),
        is_final=message["isFinal"] is True,
        confidence=_number(message, "confidence_score"),
        words=tuple(_word(word) for word in message.get("words") or ()),
        language_code=_text(message, "language_detected"),
    )


def _word(fields: dict[str, Any]) -> Word:
    text = str(fields["text"])
    return Word(
        text=text,
        start_s=float(fields["startTime"]),
        end_s=float(fields["endTime"]),
        confidence=_number(fields, "confidence"),
        is_punctuation=not any(character.isalnum() for character in text),
    )


def _trouble(message: dict[str, Any]) -> Trouble:
    # A plain server gives no code and does not say whether it goes on: the close that follows tells.
    return Trouble(_text(message, "code") or "ERROR", str(message["error"]), message.get("fatal") is True)


def _number(fields: dict[str, Any], name: str) -> float | None:
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None


_READERS: dict[str, Callable[[dict[str, Any]], ServerMessage]] = {
    "connection_established": _greeting,
    "stream_ready": _ready,
    "transcription_result": _segment,
    "audio_ack": lambda message: Ack(int(message["receivedBytes"]), float(message["bufferedSeconds"])),
    "flushed": lambda message: Flushed(),
    "engine_status": lambda message: EngineStatus(
        str(message["state"]), _text(message, "engine"), _text(message, "code")
    ),
    "transcription_error": _trouble,
    "transcription_complete": lambda message: Completed(float(message["audioSeconds"]), float(message["lostSeconds"])),
}
