"""What the end of a socket means to its client."""

from __future__ import annotations

from alie.server_messages import Trouble

_CLOSES = {
    1001: Trouble("SHUTTING_DOWN", "The server is going down", is_retryable=True),
    1008: Trouble("REFUSED", "The server refused the session"),
    1009: Trouble("FRAME_TOO_LARGE", "The server found a message too large"),
    1011: Trouble("INTERNAL", "The server met an internal error", is_retryable=True),
    1013: Trouble("CAPACITY", "The server has no free seat; try again shortly", is_retryable=True),
    4408: Trouble("IDLE_TIMEOUT", "The server heard no audio for too long", is_retryable=True),
    4409: Trouble("TAKEN_OVER", "Another connection took the session over"),
    4410: Trouble("MAX_DURATION", "The session has reached its maximum duration", is_retryable=True),
}
# Ended by what is between client and server, or by a server that is being replaced (RFC 6455 section 7.4, and the IANA
# registry of close codes).
_CUTS = frozenset({1005, 1006, 1012, 1014})


def trouble_of(code: int | None) -> Trouble:
    """What a close code says before the transcription is complete; None: there was no closing handshake."""
    if code is None:
        sentence = "The connection was lost before the transcription was complete"
        return Trouble("CONNECTION_LOST", sentence, is_retryable=True)
    sentence = f"The server closed the connection (code {code}) before the transcription was complete"
    return _CLOSES.get(code) or Trouble("CLOSED", sentence, is_retryable=code in _CUTS)
