"""The frames of application/vnd.amazon.eventstream: audio out, events in. Pure.

A message is: total length, headers length, CRC-32 of those two (the prelude), headers, payload, CRC-32 of all before
it; numbers are big-endian. Source: docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from zlib import crc32

MAX_MESSAGE_BYTES = 1_048_576
"""The largest message taken; a TranscriptEvent of five minutes of speech has about 300 KB."""

_PRELUDE_BYTES, _CRC_BYTES = 12, 4
_STRING = 7
# How many bytes a value of each other type has; None: two bytes of length come first.
_VALUE_BYTES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 6: None, 8: 8, 9: 16}

_prelude = struct.Struct(">II")
_number = struct.Struct(">I")
_short = struct.Struct(">H")


class EventStreamError(Exception):
    """Bytes that are no event stream. Says what is wrong, never what was in them."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        headers: those whose value is a string.
        payload: as it came.
    """

    headers: Mapping[str, str]
    payload: bytes


def _string_header(name: bytes, value: bytes) -> bytes:
    return bytes((len(name),)) + name + bytes((_STRING,)) + _short.pack(len(value)) + value


_AUDIO_HEADERS = (
    _string_header(b":content-type", b"application/octet-stream")
    + _string_header(b":event-type", b"AudioEvent")
    + _string_header(b":message-type", b"event")
)


@functools.lru_cache(maxsize=64)
def _audio_head(length: int) -> tuple[bytes, int]:
    # Frames of a session have one length or two, so what comes before the audio is made once.
    prelude = _prelude.pack(_PRELUDE_BYTES + len(_AUDIO_HEADERS) + length + _CRC_BYTES, len(_AUDIO_HEADERS))
    head = prelude + _number.pack(crc32(prelude)) + _AUDIO_HEADERS
    return head, crc32(head)


def encode_audio(audio: bytes) -> bytes:
    """One AudioEvent; an empty one ends the stream."""
    head, head_crc = _audio_head(len(audio))
    return b"".join((head, audio, _number.pack(crc32(audio, head_crc))))


class Decoder:
    """Takes bytes as they come and gives whole messages; of no more use once it has raised."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes, in order.

        Raises:
            EventStreamError: a checksum is wrong, a length is out of bounds, or headers cannot be read.
        """
        if self._rest:
            data = self._rest + data
        found = []
        start = 0
        while len(data) - start >= _PRELUDE_BYTES:
            total, headers_bytes = _read_prelude(data, start)
            if len(data) - start < total:
                break
            found.append(_read_message(data, start, total, headers_bytes))
            start += total
        self._rest = data[start:]
        return found


def _read_prelude(data: bytes, start: int) -> tuple[int, int]:
    total, headers_bytes, crc = struct.unpack_from(">III", data, start)
    if crc32(data[start : start + 8]) != crc:
        raise EventStreamError("The prelude's checksum is wrong")
    if total > MAX_MESSAGE_BYTES or headers_bytes > total - _PRELUDE_BYTES - _CRC_BYTES:
        raise EventStreamError("A length is out of bounds")
    return total, headers_bytes


def _read_message(data: bytes, start: int, total: int, headers_bytes: int) -> Message:
    end = start + total - _CRC_BYTES
    if crc32(memoryview(data)[start:end]) != _number.unpack_from(data, end)[0]:
        raise EventStreamError("The message's checksum is wrong")
    payload_at = start + _PRELUDE_BYTES + headers_bytes
    return Message(_read_headers(data[start + _PRELUDE_BYTES : payload_at]), data[payload_at:end])


@functools.lru_cache(maxsize=64)
def _read_headers(data: bytes) -> Mapping[str, str]:
    # The headers of all TranscriptEvents are the same, so they are read once.
    found: dict[str, str] = {}
    names: set[bytes] = set()
    at = 0
    try:
        while at < len(data):
            name_end = at + 1 + data[at]
            name, kind = data[at + 1 : name_end], data[name_end]
            at = name_end + 1
            length = None if kind == _STRING else _VALUE_BYTES[kind]
            if length is None:
                (length,) = _short.unpack_from(data, at)
                at += 2
            value = data[at : at + length]
            at += length
            if name in names:
                raise EventStreamError("A header appears twice")
            names.add(name)
            if kind == _STRING:
                found[name.decode()] = value.decode()
    except (IndexError, KeyError, struct.error, UnicodeDecodeError):
        raise EventStreamError("The headers cannot be read") from None
    if at != len(data):
        raise EventStreamError("The headers cannot be read")
    return MappingProxyType(found)
