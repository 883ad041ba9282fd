"""What a client says to the server: the text messages of docs/protocol.md, encoded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from alie.speech import AUTO

PCM_RATE_HZ = 16000
FLUSH = b'{"type":"flush"}'
PING = b'{"type":"ping"}'
STOP = b'{"type":"stop_transcription"}'


@dataclass(frozen=True, slots=True)
class StartRequest:
    """What the session is asked to be.

    Attributes:
        language_code: "fr-CA", "en-US" or "auto".
        wants_words: asks for word times on finals.
        wants_partials: asks for partial results.
        wants_resume: comes back when the connection is cut, where the server offers it.
        vocabulary: at most 100 phrases of at most 100 characters.
        token: proof of who is speaking, where the server wants one.
    """

    language_code: str = AUTO
    wants_words: bool = True
    wants_partials: bool = True
    vocabulary: tuple[str, ...] = ()
    token: str | None = field(default=None, repr=False)
    wants_resume: bool = False

    def encode(self) -> bytes:
        """The `start_transcription` message. Audio is always 16 kHz, acknowledged as it is taken."""
        message: dict[str, Any] = {
            "type": "start_transcription",
            "languageCode": self.language_code,
            "sampleRate": PCM_RATE_HZ,
            "mode": "smart_dictation",
            "ack": True,
            "words": self.wants_words,
            "partials": self.wants_partials,
        }
        if self.wants_resume:
            message["resume"] = True
        if self.vocabulary:
            message["vocabulary"] = list(self.vocabulary)
        return _encode(message, self.token)

    def shown(self, token: str) -> StartRequest:
        """The same with another token."""
        return replace(self, token=token)


def resume(session_id: str, resume_token: str, last_seq: int, token: str | None) -> bytes:
    """Takes a session over, from the final after number `last_seq` on; `token` proves who is speaking."""
    message = {
        "type": "resume_transcription",
        "sessionId": session_id,
        "resumeToken": resume_token,
        "lastSeq": last_seq,
    }
    return _encode(message, token)


def authenticate(token: str) -> bytes:
    """Shows a new token in a session that goes on."""
    return _encode({"type": "authenticate"}, token)


def _encode(message: dict[str, Any], token: str | None) -> bytes:
    return json.dumps(message if token is None else {**message, "token": token}).encode()
