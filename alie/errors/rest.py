"""Errors that only REST tells."""

from __future__ import annotations

from typing import ClassVar

from alie.errors.base import AlieError
from alie.errors.dictation import AuthInvalid


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
