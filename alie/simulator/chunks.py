"""The event stream that a client sends over HTTP/2: every message in a signed envelope (AWS: "Event stream encoding",
"Event stream signing"), each signature chained to the one before, the first to that of the request."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from botocore.eventstream import EventStreamBuffer, ParserError  # type: ignore[import-untyped]

from alie.simulator.messages import BadMessage, decode_message
from alie.simulator.requests import Seal
from alie.simulator.signatures import MISMATCH, Scope, check_age, is_same, sha256, sign, timestamp
from alie.simulator.signing import NotAuthentic

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
            NotAuthentic: "BadRequestException"; nothing after it is to be read.
        """
        self._arrived.add_data(received)
        while (message := _next_of(self._arrived)) is not None:
            self._check(message.headers, message.payload, now_s)
            # Some clients send an empty AudioEvent, and then the empty envelope of their own accord.
            if self._has_ended and message.payload:
                raise NotAuthentic(_BAD_REQUEST, "A frame came after the end of the stream.")
            if not self._has_ended:
                audio = _audio_of(message.payload) if message.payload else b""
                self._has_ended = not audio
                yield audio

    def _check(self, headers: dict[str, Any], payload: bytes, now_s: float) -> None:
        """Verifies one envelope."""
        date_ms, signature = headers.get(":date"), headers.get(":chunk-signature")
        if not isinstance(date_ms, int) or not isinstance(signature, bytes) or len(headers) != 2:
            raise NotAuthentic(_BAD_REQUEST, "A frame is not signed.")
        check_age(date_ms / 1000, now_s, _BAD_REQUEST)
        self._check_signature(date_ms, signature.hex(), payload)

    def _check_signature(self, date_ms: int, given: str, payload: bytes) -> None:
        date = timestamp(date_ms / 1000)
        scope = Scope(date[:8], self._seal.region)
        header = _DATE_HEADER + struct.pack("!q", date_ms)
        lines = ["AWS4-HMAC-SHA256-PAYLOAD", date, str(scope), self._prior_signature, sha256(header), sha256(payload)]
        if not is_same(sign(self._seal.secret, scope, lines), given):
            raise NotAuthentic(_BAD_REQUEST, MISMATCH)
        self._prior_signature = given


def _audio_of(payload: bytes) -> bytes:
    """The payload of the one AudioEvent that an envelope holds."""
    try:
        headers, audio = decode_message(payload)
    except BadMessage:
        raise NotAuthentic(_BAD_REQUEST, _UNREADABLE) from None
    if headers != _AUDIO_EVENT:
        raise NotAuthentic(_BAD_REQUEST, "A frame holds no AudioEvent.")
    return audio


def _next_of(arrived: EventStreamBuffer) -> Any:
    """The next message, its checksums verified; None: not all of it is there."""
    try:
        return next(arrived, None)
    except (ParserError, struct.error, KeyError, UnicodeDecodeError):
        raise NotAuthentic(_BAD_REQUEST, _UNREADABLE) from None
