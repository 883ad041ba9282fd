"""What every error that a client can be told has in common."""

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
