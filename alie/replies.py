"""Every message the server sends, as the JSON object of docs/protocol.md. Times are seconds on the session's clock."""

from __future__ import annotations

from typing import Any

from alie.errors import AlieError
from alie.transcript import Result, Word
from alie.wire import PROTOCOL_VERSION

Message = dict[str, Any]


def connection_established(session_id: str, timestamp: str) -> Message:
    """The greeting; `timestamp` is ISO 8601 in UTC, ending in Z."""
    payload = {"sessionId": session_id, "timestamp": timestamp, "protocol": PROTOCOL_VERSION}
    return {"type": "connection_established", "payload": payload}


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


def transcription_result(
    result: Result, *, result_id: str, seq: int, engine: str, offset_s: float = 0.0, with_words: bool = False
) -> Message:
    """A partial or final result.

    Args:
        result: as the engine gave it.
        result_id: the segment's name on the wire.
        seq: 1, 2, 3 ... over all results of the session.
        engine: name of the engine that heard it.
        offset_s: where the engine's clock began, in seconds on the session's clock.
        with_words: whether to tell the words of a final.
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
        "engine": engine,
    }
    if result.language_code is not None:
        message["language_detected"] = result.language_code
    if result.confidence is not None:
        message["confidence_score"] = round(result.confidence, 4)
    if with_words and result.is_final:
        message["words"] = [_word(word, offset_s) for word in result.words]
    return message


def transcription_error(error: AlieError, *, is_fatal: bool) -> Message:
    """Something went wrong; a fatal one is followed by the close."""
    return {
        "type": "transcription_error",
        "error": error.sentence,
        "code": error.code,
        "retryable": error.retryable,
        "fatal": is_fatal,
    }


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


def audio_init_ack(sample_rate_hz: int) -> Message:
    """What the server takes the audio to be, until its bytes say otherwise."""
    return {"type": "cmd_ack", "cmd": "audio_init", "ok": True, "sampleRate": sample_rate_hz}


def authenticated(expires_at: str | None) -> Message:
    """The token is good; `expires_at` is ISO 8601 in UTC, or None where there is nothing to expire."""
    return {"type": "authenticated", "expiresAt": expires_at}


def pong(id_: str | int | float | None) -> Message:
    """Answers a ping."""
    return {"type": "pong"} if id_ is None else {"type": "pong", "id": id_}


def flushed(seq: int) -> Message:
    """All that was heard before the flush has been sent; `seq` is the last result's."""
    return {"type": "flushed", "seq": seq}


def server_draining(reconnect_after_s: int) -> Message:
    """The server is going down."""
    return {"type": "server_draining", "reconnectAfterSeconds": reconnect_after_s}


def transcription_final(finals: list[Result]) -> Message:
    """The whole of an ambient session, in the shape that Amazon's batch results have (contract section 3).

    Numbers are strings there; speakers and their segments are told where the engine gave them.
    """
    words = [word for result in finals for word in result.words]
    segments = [_speaker_segment(result) for result in finals if result.speaker]
    speakers = {word.speaker for word in words if word.speaker}
    return {
        "type": "transcription_final",
        "mode": "ambient",
        "payload": {
            "results": {
                "transcripts": [{"transcript": result.text} for result in finals],
                "items": [_item(word) for word in words],
            },
            "speaker_labels": {"speakers": len(speakers), "segments": segments},
        },
    }


def _item(word: Word) -> Message:
    confidence = "0.0" if word.confidence is None else _text(word.confidence)
    alternative = {"confidence": confidence, "content": word.text}
    item: Message = {
        "start_time": _text(word.start_s),
        "end_time": _text(word.end_s),
        "alternatives": [alternative],
        "type": "punctuation" if word.is_punctuation else "pronunciation",
    }
    if word.speaker:
        item |= {"Speaker": word.speaker, "speaker": word.speaker}
    return item


def _speaker_segment(result: Result) -> Message:
    items = [
        {"start_time": _text(word.start_s), "end_time": _text(word.end_s), "speaker_label": word.speaker}
        for word in result.words
        if word.speaker
    ]
    return {
        "start_time": _text(result.start_s),
        "end_time": _text(result.end_s),
        "speaker_label": result.speaker,
        "items": items,
    }


def _word(word: Word, offset_s: float) -> Message:
    return {
        "text": word.text,
        "startTime": _seconds(word.start_s + offset_s),
        "endTime": _seconds(word.end_s + offset_s),
        "confidence": None if word.confidence is None else round(word.confidence, 4),
    }


def _seconds(value: float) -> float:
    return round(value, 3)


def _text(value: float) -> str:
    rounded = round(value, 3)
    return str(int(rounded)) if rounded == int(rounded) else str(rounded)
