"""Errors of a dictation: told on the WebSocket by `code`, and on REST, where one comes about there too."""

from __future__ import annotations

from typing import ClassVar

from alie.errors.base import AlieError, Internal


class InvalidMessage(AlieError):
    """A message that is not of the protocol."""

    code = rest_code = "INVALID_MESSAGE"
    close_code = 1008
    http_status = 400
    retryable = False
    default_sentence = "Expected start_transcription JSON"


class UnsupportedLanguage(AlieError):
    """A language that no engine here understands."""

    code = rest_code = "UNSUPPORTED_LANGUAGE"
    close_code = 1008
    http_status = 400
    retryable = False
    default_sentence = "Invalid languageCode"


class AuthRequired(AlieError):
    """Nobody has said who is speaking."""

    code = "AUTH_REQUIRED"
    rest_code = "MISSING_TOKEN"
    rest_error = "UNAUTHORIZED"
    close_code = 1008
    http_status = 401
    retryable = False
    default_sentence = "Authentication required"


class AuthInvalid(AlieError):
    """A token that proves nothing."""

    code = "AUTH_INVALID"
    rest_code = "INVALID_TOKEN"
    rest_error: ClassVar[str | None] = "UNAUTHORIZED"
    close_code = 1008
    http_status = 401
    retryable = False
    default_sentence = "Invalid token"


class AuthExpired(AlieError):
    """A token that was good once."""

    code = "AUTH_EXPIRED"
    rest_code = "TOKEN_EXPIRED"
    rest_error = "UNAUTHORIZED"
    close_code = 1008
    http_status = 401
    retryable = False
    default_sentence = "Token expired"


class AuthServiceError(Internal):
    """Whether a token is good cannot be told now."""

    rest_code = "AUTH_SERVICE_ERROR"
    default_sentence = "Authentication service unavailable"


class Capacity(AlieError):
    """No seat is free: sessions, cores or quota."""

    code = rest_code = "CAPACITY"
    close_code = 1013
    http_status = 503
    default_sentence = "All dictation seats are taken; try again shortly"


class StartTimeout(AlieError):
    """No first message came in time."""

    code = rest_code = "START_TIMEOUT"
    close_code = 1008
    http_status = 408
    default_sentence = "No start_transcription in time"


class IdleTimeout(AlieError):
    """No audio for too long."""

    code = rest_code = "IDLE_TIMEOUT"
    close_code = 4408
    http_status = 408
    default_sentence = "No audio for too long"


class TakenOver(AlieError):
    """Another socket resumed this session."""

    code = rest_code = "TAKEN_OVER"
    close_code = 4409
    http_status = 409
    retryable = False
    default_sentence = "Another connection resumed this session"


class MaxDuration(AlieError):
    """The session lasted as long as one may."""

    code = rest_code = "MAX_DURATION"
    close_code = 4410
    http_status = 408
    default_sentence = "The session has reached its maximum duration"


class FrameTooLarge(AlieError):
    """A frame above the limit."""

    code = rest_code = "FRAME_TOO_LARGE"
    close_code = 1009
    http_status = 413
    retryable = False
    default_sentence = "Frame too large"


class EngineUnavailable(AlieError):
    """No engine is left to listen."""

    code = rest_code = "ENGINE_UNAVAILABLE"
    http_status = 503
    default_sentence = "No speech engine is available"


class EngineThrottled(AlieError):
    """The engine has us wait for a seat."""

    code = rest_code = "ENGINE_THROTTLED"
    http_status = 503
    default_sentence = "Waiting for a seat at the speech engine"


class EngineRejected(AlieError):
    """Parameters the engine cannot take."""

    code = rest_code = "ENGINE_REJECTED"
    close_code = 1008
    http_status = 400
    retryable = False
    default_sentence = "The speech engine cannot take these parameters"


class SessionNotFound(AlieError):
    """A session that is not here, or no more."""

    code = rest_code = "SESSION_NOT_FOUND"
    close_code = 1008
    http_status = 404
    retryable = False
    default_sentence = "Session not found"


class RetentionOff(AlieError):
    """Nowhere to keep what should be saved."""

    code = rest_code = "RETENTION_OFF"
    close_code = 1008
    http_status = 409
    retryable = False
    default_sentence = "Nothing was saved: this server keeps no transcripts"


class ShuttingDown(AlieError):
    """The daemon is going down."""

    code = rest_code = "SHUTTING_DOWN"
    close_code = 1001
    http_status = 503
    default_sentence = "The server is shutting down"
