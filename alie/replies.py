"""Every message the server sends, as the JSON object of docs/protocol.md. Times are seconds on the session's clock."""

from __future__ import annotations

from typing import Any

from alie.ambient.final import Consultation
from alie.errors import AlieError
from alie.transcript import Entity, Result, Word
from alie.wire import PROTOCOL_VERSION

Message = dict[str, Any]


def connection_established(session_id: str, timestamp: str) -> Message:
    """The greeting; `timestamp` is ISO 8601 in UTC, ending in Z."""
    payload = {"sessionId": session_id, "timestamp": timestamp, "protocol": PROTOCOL_VERSION}
    return {"type": "connection_established", "payload": payload}


RESUME_PATH = "/ws/transcription"
"""Where a client comes back to a daemon that is the only one."""


def resume_path(instance: str) -> str:
    """Where a client comes back to the daemon that is called `instance`; empty: it is the only one."""
    return f"/ws/i/{instance}" if instance else RESUME_PATH


def stream_ready(
    session_id: str, *, engine: str, language_code: str, sample_rate_hz: int, speaker_labels: bool
) -> Message:
    """Send audio now."""
    return {
        "type": "stream_ready",
        "sessionId": session_id,
        "engine": engine,
        "languageCode": language_code,
        "sampleRate": sample_rate_hz,
        "speakerLabels": speaker_labels,
    }


def resumable(resume_token: str, window_s: float, path: str = RESUME_PATH) -> Message:
    """Fields of `stream_ready` that say how to come back: with which secret, within how many seconds, and where to."""
    return {"resumeToken": resume_token, "resumeWindowSeconds": _seconds(window_s), "resumePath": path}


def stream_resumed(session_id: str, *, received_bytes: int, resume_token: str) -> Message:
    """All that was missed has been sent again; go on with the audio from this byte."""
    return {
        "type": "stream_resumed",
        "sessionId": session_id,
        "receivedBytes": received_bytes,
        "resumeToken": resume_token,
    }


def audio_ack(*, received_bytes: int, final_bytes: int, buffered_s: float) -> Message:
    """How much audio came, before which byte every word has been sent as a final, how much the engine has not heard."""
    return {
        "type": "audio_ack",
        "receivedBytes": received_bytes,
        "finalBytes": final_bytes,
        "bufferedSeconds": _seconds(buffered_s),
    }


def transcription_result(
    result: Result, *, result_id: str, seq: int, engine: str, offset_s: float = 0.0, with_words: bool = False
) -> Message:
    """A partial or final result.

    Args:
        result: as the engine gave it.
        result_id: the segment's name on the wire.
        seq: 1, 2, 3 ... over all results of the session.
        engine: name of the engine that heard it, where the result does not say.
        offset_s: where the engine's clock began, in seconds on the session's clock.
        with_words: whether to tell the words: of a final always, of a partial where the engine gave them.
    """
    message: Message = {
        "type": "transcription_result",
        "resultId": result_id,
        "startTime": _seconds(result.start_s + offset_s),
        "endTime": _seconds(result.end_s + offset_s),
        "text": result.text,
        "isFinal": result.is_final,
        "speaker": result.speaker,
        "seq": seq,
        "engine": result.engine or engine,
    }
    if result.language_code is not None:
        message["language_detected"] = result.language_code
    confidence = result.confidence
    if confidence is not None:
        message["confidence_score"] = _rounded(confidence)
    if with_words and (result.is_final or result.words):
        message["words"] = [_word(word, offset_s) for word in result.words]
    if result.is_final and result.entities:
        message["entities"] = [_entity(entity, offset_s) for entity in result.entities]
    return message


def transcription_error(error: AlieError, *, is_fatal: bool) -> Message:
    """Something went wrong; a fatal one is followed by the close. Where it is known, it says when to try again."""
    told: Message = {
        "type": "transcription_error",
        "error": error.sentence,
        "code": error.code,
        "retryable": error.retryable,
        "fatal": is_fatal,
    }
    return told if error.retry_after_s is None else told | {"retryAfterSeconds": error.retry_after_s}


def engine_status(state: str, engine: str, error: AlieError | None) -> Message:
    """How the engine leg is: "recovering", "live" or "failed_over"; `code` says what the trouble is."""
    message: Message = {"type": "engine_status", "state": state, "engine": engine}
    return message if error is None else message | {"code": error.code}


def transcription_complete(*, audio_s: float, finals: int, lost_s: float) -> Message:
    """The session's last word."""
    return {
        "type": "transcription_complete",
        "audioSeconds": _seconds(audio_s),
        "finals": finals,
        "lostSeconds": _seconds(lost_s),
    }


def cmd_ack(command: str, error: AlieError | None = None) -> Message:
    """Says the truth about a command: done, or not and why."""
    message: Message = {"type": "cmd_ack", "cmd": command, "ok": error is None}
    if error is not None:
        message |= {"code": error.code, "error": error.sentence}
    return message


def export_ack(url: str, expires_at: str) -> Message:
    """The export can be fetched at `url` until `expires_at` (ISO 8601 in UTC, ending in Z)."""
    return cmd_ack("export") | {"url": url, "expiresAt": expires_at}


def audio_init_ack(sample_rate_hz: int) -> Message:
    """What the server takes the audio to be, until its bytes say otherwise."""
    return {"type": "cmd_ack", "cmd": "audio_init", "ok": True, "sampleRate": sample_rate_hz}


def authenticated(expires_at: str | None) -> Message:
    """The token is good; `expires_at` is ISO 8601 in UTC, or None where there is nothing to expire."""
    return {"type": "authenticated", "expiresAt": expires_at}


def auth_expiring(expires_in_s: int) -> Message:
    """The token must be renewed within this time."""
    return {"type": "auth_expiring", "expiresInSeconds": expires_in_s}


def pong(id_: str | int | float | None) -> Message:
    """Answers a ping."""
    return {"type": "pong"} if id_ is None else {"type": "pong", "id": id_}


def flushed(seq: int) -> Message:
    """All that was heard before the flush has been sent; `seq` is the last result's."""
    return {"type": "flushed", "seq": seq}


def server_draining(reconnect_after_s: int) -> Message:
    """The server is going down."""
    return {"type": "server_draining", "reconnectAfterSeconds": reconnect_after_s}


def transcription_final(consultation: Consultation) -> bytes:
    """The whole of an ambient session, encoded already since it may be long."""
    return b'{"type":"transcription_final","mode":"ambient","payload":%b}' % consultation.payload()


def _word(word: Word, offset_s: float) -> Message:
    message: Message = {
        "text": word.text,
        "startTime": _seconds(word.start_s + offset_s),
        "endTime": _seconds(word.end_s + offset_s),
        "confidence": _rounded(word.confidence),
    }
    if word.is_stable is not None:
        message["stable"] = word.is_stable
    return message


def _entity(entity: Entity, offset_s: float) -> Message:
    return {
        "category": entity.category,
        "type": entity.type,
        "startTime": _seconds(entity.start_s + offset_s),
        "endTime": _seconds(entity.end_s + offset_s),
        "confidence": _rounded(entity.confidence),
    }


def _rounded(confidence: float | None) -> float | None:
    return None if confidence is None else round(confidence, 4)


def _seconds(value: float) -> float:
    return round(value, 3)
