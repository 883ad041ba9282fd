"""Every error a client can be told, in one place for REST and WebSocket.

    AlieError
    ├── InvalidMessage, UnsupportedLanguage           the client's mistake
    ├── AuthRequired, AuthInvalid, AuthExpired        who is speaking
    ├── Capacity, EngineThrottled, EngineUnavailable, EngineRejected
    ├── StartTimeout, IdleTimeout, MaxDuration, FrameTooLarge, TakenOver
    ├── SessionNotFound, RetentionOff, ShuttingDown
    ├── HttpError and below                           REST only
    └── Internal (AuthServiceError)                   nothing of the cause in the text

An error's sentence is shown to users and logged: it never holds audio, text, tokens or the text of another exception.
"""

from __future__ import annotations

from typing import ClassVar


class AlieError(Exception):
    """Something a client is told by a stable code.

    Attributes:
        code: stable name on the WebSocket (docs/protocol.md).
        rest_code: stable name on REST; the same unless the contract has another.
        close_code: WebSocket close code used when the error ends the session.
        http_status: status used on REST.
        retryable: whether the same request may succeed later, unchanged.
        default_sentence: what is said when the raiser gives nothing better.
        rest_error: REST only: what the body's `error` says instead of the sentence, where the contract has a word.
        details: REST only: which parts of the request are meant, never their values; None where nothing is to say.
        retry_after_s: when the same request may succeed; None where nothing is known.
    """

    code: ClassVar[str] = "INTERNAL"
    rest_code: ClassVar[str] = "INTERNAL_ERROR"
    close_code: ClassVar[int] = 1011
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = True
    default_sentence: ClassVar[str] = "Internal error"
    rest_error: ClassVar[str | None] = None

    def __init__(
        self, sentence: str | None = None, details: str | list[str] | None = None, *, retry_after_s: int | None = None
    ) -> None:
        self.sentence = sentence or self.default_sentence
        self.details = details
        self.retry_after_s = retry_after_s
        super().__init__(self.sentence)


class Internal(AlieError):
    """A fault of ours. The cause goes to the log, never to the client."""


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


class HttpError(AlieError):
    """Base of the errors that only REST knows."""


class BadRequest(HttpError):
    """A request that cannot be read."""

    code = rest_code = "BAD_REQUEST"
    http_status = 400
    retryable = False
    default_sentence = "Bad request"


class InvalidTranscript(HttpError):
    """A transcript of a consultation that cannot be read."""

    code = rest_code = "INVALID_AWS_RESULT"
    http_status = 400
    retryable = False
    default_sentence = "Invalid AWS result"


class Forbidden(HttpError):
    """A request from where none is taken."""

    code = rest_code = "FORBIDDEN"
    http_status = 403
    retryable = False
    default_sentence = "Forbidden"


class TlsRequired(Forbidden):
    """A request in the clear that may come by https only."""

    code = rest_code = "TLS_REQUIRED"
    default_sentence = "This server is spoken to by https and wss only"


class ClinicAccessDenied(HttpError):
    """A clinic that the caller does not belong to."""

    code = rest_code = "CLINIC_ACCESS_DENIED"
    http_status = 403
    retryable = False
    default_sentence = "You are no member of this clinic"
    rest_error = "FORBIDDEN"


class MissingAuthHeader(HttpError):
    """A request for a ws token that shows no access token."""

    code = rest_code = "MISSING_AUTH_HEADER"
    http_status = 401
    retryable = False
    default_sentence = "Missing or invalid authorization header"


class InvalidWsRequest(AuthInvalid):
    """A request for a ws token whose access token is none: there the contract has no word before the sentence."""

    rest_error: ClassVar[str | None] = None


class InvalidTokenPayload(HttpError):
    """A request for a ws token whose access token names no user, or no e-mail."""

    code = rest_code = "INVALID_TOKEN_PAYLOAD"
    http_status = 401
    retryable = False
    default_sentence = "Invalid token payload"


class WsAuthDisabled(HttpError):
    """A request for a ws token where sockets need none."""

    code = rest_code = "WS_AUTH_DISABLED"
    http_status = 400
    retryable = False
    default_sentence = "WebSocket authentication is disabled"


class ValidationFailed(HttpError):
    """A body or query that is not what the route takes; `details` has a sentence for each fault."""

    code = rest_code = "VALIDATION_ERROR"
    http_status = 400
    retryable = False
    default_sentence = "Validation failed"


class Conflict(HttpError):
    """Something that is there already. A page looks for the number in the sentence."""

    code = rest_code = "CONFLICT"
    http_status = 409
    retryable = False
    default_sentence = "Already exists (409)"


class FeatureDisabled(HttpError):
    """A route that the operator has not turned on."""

    code = rest_code = "FEATURE_DISABLED"
    http_status = 503
    retryable = False
    default_sentence = "This feature is disabled"


class RateLimited(HttpError):
    """More requests, or more connections, than one may make."""

    code = rest_code = "RATE_LIMITED"
    http_status = 429
    default_sentence = "Too many requests; try again later"


class DatabaseError(HttpError):
    """The database refused what we asked; the cause goes to the log, without the row."""

    code = rest_code = "DATABASE_ERROR"
    http_status = 500
    default_sentence = "The database could not do this"


class DatabaseUnavailable(DatabaseError):
    """The database does not answer."""

    code = rest_code = "DATABASE_UNAVAILABLE"
    http_status = 503
    default_sentence = "The database does not answer; try again shortly"


class DatabaseNotMigrated(DatabaseError):
    """The database lacks what etc/supabase would give it."""

    code = rest_code = "DATABASE_NOT_MIGRATED"
    retryable = False
    default_sentence = "The database has not been migrated for this: see etc/supabase"


class NotFound(HttpError):
    """No such route."""

    code = rest_code = "NOT_FOUND"
    http_status = 404
    retryable = False
    default_sentence = "Not found"


class MethodNotAllowed(HttpError):
    """A route that does not know this method."""

    code = rest_code = "METHOD_NOT_ALLOWED"
    http_status = 405
    retryable = False
    default_sentence = "Method not allowed"


class RequestTimeout(HttpError):
    """A request that did not come whole in its time."""

    code = rest_code = "REQUEST_TIMEOUT"
    http_status = 408
    default_sentence = "The request did not come in time"


class PayloadTooLarge(HttpError):
    """A request body above the limit."""

    code = rest_code = "PAYLOAD_TOO_LARGE"
    http_status = 413
    retryable = False
    default_sentence = "Request body too large"


class UpgradeRequired(HttpError):
    """A plain request where only a WebSocket is spoken."""

    code = rest_code = "UPGRADE_REQUIRED"
    http_status = 426
    retryable = False
    default_sentence = "This path speaks WebSocket only"
