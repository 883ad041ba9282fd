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

from alie.errors.base import (
    AlieError,
    Internal,
)
from alie.errors.dictation import (
    AuthExpired,
    AuthInvalid,
    AuthRequired,
    AuthServiceError,
    Capacity,
    EngineRejected,
    EngineThrottled,
    EngineUnavailable,
    FrameTooLarge,
    IdleTimeout,
    InvalidMessage,
    MaxDuration,
    RetentionOff,
    SessionNotFound,
    ShuttingDown,
    StartTimeout,
    TakenOver,
    UnsupportedLanguage,
)
from alie.errors.rest import (
    BadRequest,
    ClinicAccessDenied,
    Conflict,
    DatabaseError,
    DatabaseNotMigrated,
    DatabaseUnavailable,
    FeatureDisabled,
    Forbidden,
    HttpError,
    InvalidTokenPayload,
    InvalidTranscript,
    InvalidWsRequest,
    MethodNotAllowed,
    MissingAuthHeader,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    RequestTimeout,
    TlsRequired,
    UpgradeRequired,
    ValidationFailed,
    WsAuthDisabled,
)

__all__ = [
    "AlieError",
    "AuthExpired",
    "AuthInvalid",
    "AuthRequired",
    "AuthServiceError",
    "BadRequest",
    "Capacity",
    "ClinicAccessDenied",
    "Conflict",
    "DatabaseError",
    "DatabaseNotMigrated",
    "DatabaseUnavailable",
    "EngineRejected",
    "EngineThrottled",
    "EngineUnavailable",
    "FeatureDisabled",
    "Forbidden",
    "FrameTooLarge",
    "HttpError",
    "IdleTimeout",
    "Internal",
    "InvalidMessage",
    "InvalidTokenPayload",
    "InvalidTranscript",
    "InvalidWsRequest",
    "MaxDuration",
    "MethodNotAllowed",
    "MissingAuthHeader",
    "NotFound",
    "PayloadTooLarge",
    "RateLimited",
    "RequestTimeout",
    "RetentionOff",
    "SessionNotFound",
    "ShuttingDown",
    "StartTimeout",
    "TakenOver",
    "TlsRequired",
    "UnsupportedLanguage",
    "UpgradeRequired",
    "ValidationFailed",
    "WsAuthDisabled",
]
