"""The event stream that a client sends over HTTP/2: every message in a signed envelope (AWS: "Event stream encoding",
"Event stream signing"), each signature chained to the one before, the first to that of the request."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from botocore.eventstream import EventStreamBuffer, ParserError

from alie.simulator.requests import Seal
from alie.simulator.signing import MISMATCH, Scope, Untrusted, check_age, is_same, sha256, sign, timestamp

# What the service answers to a chunk in the midst of a stream, where there is no status any more.
_BAD_REQUEST = "BadRequestException"
_UNREADABLE = "The event stream cannot be decoded."
_AUDIO_EVENT = {":message-type": "event", ":event-type": "AudioEvent", ":content-type": "application/octet-stream"}
# Name and type (8, a timestamp) of the header that is signed; its value, in milliseconds since 1970, follows.
_DATE_HEADER = b"\x05:date\x08"


class ChunkReader:
    """Makes audio of what arrives, while every signature and checksum is right."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._prior_signature = seal.signature
        self._arrived = EventStreamBuffer()
        self._has_ended = False

    @property
    def has_ended(self) -> bool:
        """Whether the signed end has come."""
        return self._has_ended

    def read(self, received: bytes, now_s: float) -> Iterator[bytes]:
        """The audio of each AudioEvent that is complete now; empty audio is the end.

        Args:
            received: any piece of the body.
            now_s: seconds since 1970.

        Raises:
            Untrusted: "BadRequestException"; nothing after it is to be read.
        """
        self._arrived.add_data(received)
        while True:
            message = _next_of(self._arrived)
            if message is None:
                return
            yield self._open(message.headers, message.payload, now_s)

    def _open(self, headers: dict[str, Any], payload: bytes, now_s: float) -> bytes:
        """The audio within one envelope."""
        if self._has_ended:
            raise Untrusted(_BAD_REQUEST, "A frame came after the end of the stream.")
        date_ms, signature = headers.get(":date"), headers.get(":chunk-signature")
        if not isinstance(date_ms, int) or not isinstance(signature, bytes) or len(headers) != 2:
            raise Untrusted(_BAD_REQUEST, "A frame is not signed.")
        check_age(date_ms / 1000, now_s, _BAD_REQUEST)
        self._check_signature(date_ms, signature.hex(), payload)
        audio = _audio_of(payload) if payload else b""
        self._has_ended = not audio
        return audio

    def _check_signature(self, date_ms: int, given: str, payload: bytes) -> None:
        date = timestamp(date_ms / 1000)
        scope = Scope(date[:8], self._seal.region)
        header = _DATE_HEADER + struct.pack("!q", date_ms)
        lines = ["AWS4-HMAC-SHA256-PAYLOAD", date, str(scope), self._prior_signature, sha256(header), sha256(payload)]
        if not is_same(sign(self._seal.secret, scope, "\n".join(lines)), given):
            raise Untrusted(_BAD_REQUEST, MISMATCH)
        self._prior_signature = given


def _audio_of(payload: bytes) -> bytes:
    """The payload of the one AudioEvent that an envelope holds."""
    inner = EventStreamBuffer()
    inner.add_data(payload)
    message = _next_of(inner)
    if message is None or message.prelude.total_length != len(payload):
        raise Untrusted(_BAD_REQUEST, _UNREADABLE)
    if message.headers != _AUDIO_EVENT:
        raise Untrusted(_BAD_REQUEST, "A frame holds no AudioEvent.")
    audio: bytes = message.payload
    return audio


def _next_of(arrived: EventStreamBuffer) -> Any:
    """The next message, its checksums verified; None: not all of it is there."""
    try:
        return next(arrived, None)
    except (ParserError, struct.error, KeyError, UnicodeDecodeError):
        raise Untrusted(_BAD_REQUEST, _UNREADABLE) from None
