"""What the server says, read by a client: text frames of docs/protocol.md in, frozen values out.

Times are seconds since the first sample of the session. Only what a client acts on is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from alie.transcript import Word

# JSON may hold numbers that no clock shows, which could not be counted in samples.
_LONGEST_S = 1e6


@dataclass(frozen=True, slots=True)
class Greeting:
    """The server is there."""

    session_id: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Audio may be sent now; what a plain server does not tell is None.

    Attributes:
        resume_token: takes the session over on another socket; None where that is not offered.
        resume_path: URL path of that socket.
    """

    engine: str | None
    language_code: str | None
    session_id: str | None = None
    resume_token: str | None = field(default=None, repr=False)
    resume_path: str | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """The session was taken over, and goes on from a place.

    Attributes:
        received_bytes: how much of its audio the server has.
        resume_token: takes it over the next time.
    """

    received_bytes: int
    resume_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Segment:
    """A partial or final reading of one segment of speech.

    Attributes:
        confidence: 0..1, None where the server gave none.
        words: in order, punctuation included; empty where the server gave none.
        language_code: what the engine identified, or None.
        seq: number among all results of the session, None on a plain server.
    """

    result_id: str
    start_s: float
    end_s: float
    text: str
    is_final: bool
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    language_code: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """How far audio has come.

    Attributes:
        received_bytes: held by the server, since the session's start.
        final_bytes: every word before has been told as a final.
        buffered_s: seconds of it that wait for the engine.
    """

    received_bytes: int
    final_bytes: int
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
        is_retryable: whether the same may succeed later, unchanged.
    """

    code: str
    sentence: str
    is_fatal: bool = True
    is_retryable: bool = False


@dataclass(frozen=True, slots=True)
class Expiring:
    """The token that was shown expires soon."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A token that was shown is good."""


@dataclass(frozen=True, slots=True)
class Draining:
    """The server is going down; another try makes sense after `back_in_s` seconds."""

    back_in_s: float


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


ServerMessage = (
    Greeting
    | Ready
    | Resumed
    | Segment
    | Ack
    | Flushed
    | EngineStatus
    | Trouble
    | Expiring
    | Authenticated
    | Draining
    | Completed
)


def read(text: bytes) -> ServerMessage | None:
    """Reads one text frame of the server; None where a client has nothing to do.

    Raises:
        ValueError: not a JSON object with a `type`, or a known type with bad fields.
    """
    try:
        message = json.loads(text)
        reader = _READERS.get(message["type"])
        return None if reader is None else reader(message)
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError("not a message of the protocol") from error


def _greeting(message: dict[str, Any]) -> Greeting:
    return Greeting(str(message["payload"]["sessionId"]))


def _ready(message: dict[str, Any]) -> Ready:
    return Ready(
        engine=_text(message, "engine"),
        language_code=_text(message, "languageCode"),
        session_id=_text(message, "sessionId"),
        resume_token=_text(message, "resumeToken"),
        resume_path=_text(message, "resumePath"),
    )


def _segment(message: dict[str, Any]) -> Segment:
    # Times may be null on a plain server.
    start_s = _seconds(message.get("startTime") or 0)
    return Segment(
        result_id=str(message["resultId"]),
        start_s=start_s,
        end_s=max(start_s, _seconds(message.get("endTime") or 0)),
        text=str(message["text"]).strip(),
        is_final=message["isFinal"] is True,
        confidence=_number(message, "confidence_score"),
        words=tuple(_word(word) for word in message.get("words") or ()),
        language_code=_text(message, "language_detected"),
        seq=_whole(message, "seq"),
    )


def _word(fields: dict[str, Any]) -> Word:
    text = str(fields["text"])
    return Word(
        text=text,
        start_s=_seconds(fields["startTime"]),
        end_s=_seconds(fields["endTime"]),
        confidence=_number(fields, "confidence"),
        is_punctuation=not any(character.isalnum() for character in text),
    )


def _trouble(message: dict[str, Any]) -> Trouble:
    # A plain server gives no code and does not say whether it goes on: the close that follows tells.
    return Trouble(
        code=_text(message, "code") or "ERROR",
        sentence=str(message["error"]),
        is_fatal=message.get("fatal") is True,
        is_retryable=message.get("retryable") is True,
    )


def _seconds(value: Any) -> float:
    time_s = float(value)
    if not abs(time_s) < _LONGEST_S:
        raise ValueError("not a time of a dictation")
    return time_s


def _number(fields: dict[str, Any], name: str) -> float | None:
    value = fields.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(fields: dict[str, Any], name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None


_READERS: dict[str, Callable[[dict[str, Any]], ServerMessage]] = {
    "connection_established": _greeting,
    "stream_ready": _ready,
    "transcription_result": _segment,
    "stream_resumed": lambda message: Resumed(int(message["receivedBytes"]), str(message["resumeToken"])),
    "audio_ack": lambda message: Ack(
        int(message["receivedBytes"]), int(message["finalBytes"]), float(message["bufferedSeconds"])
    ),
    "flushed": lambda message: Flushed(),
    "engine_status": lambda message: EngineStatus(
        str(message["state"]), _text(message, "engine"), _text(message, "code")
    ),
    "transcription_error": _trouble,
    "auth_expiring": lambda message: Expiring(),
    "authenticated": lambda message: Authenticated(),
    "server_draining": lambda message: Draining(float(message["reconnectAfterSeconds"])),
    "transcription_complete": lambda message: Completed(float(message["audioSeconds"]), float(message["lostSeconds"])),
}
