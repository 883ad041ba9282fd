"""Messages of the event stream: what clients send is read by botocore's parser, which checks both checksums, and what
the service says is written here, so that neither direction relies on the codec of the program under test.

Source: docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from botocore.eventstream import EventStreamBuffer, ParserError  # type: ignore[import-untyped]

STRING_TYPE = 7
OVERHEAD = 16


class BadMessage(Exception):
    """Bytes that are no whole and sound message; its text says what is wrong with them."""


def encode_message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message; all headers are strings."""
    encoded = bytearray()
    for name, value in headers.items():
        text = value.encode()
        encoded += struct.pack(f"!B{len(name)}sBH", len(name), name.encode(), STRING_TYPE, len(text)) + text
    prelude = struct.pack("!II", OVERHEAD + len(encoded) + len(payload), len(encoded))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + encoded + payload
    return message + struct.pack("!I", zlib.crc32(message))


def encode_event(event_type: str, payload: bytes) -> bytes:
    """A message with `:message-type` "event"."""
    headers = {":event-type": event_type, ":content-type": "application/json", ":message-type": "event"}
    return encode_message(headers, payload)


def encode_exception(exception_type: str, message: str) -> bytes:
    """A message with `:message-type` "exception"."""
    headers = {":exception-type": exception_type, ":content-type": "application/json", ":message-type": "exception"}
    return encode_message(headers, json.dumps({"Message": message}).encode())


def decode_message(message: bytes) -> tuple[dict[str, Any], bytes]:
    """Headers and payload of one whole message.

    Raises:
        BadMessage: a checksum is wrong, something is missing, or something follows it.
    """
    buffer: Any = EventStreamBuffer()
    buffer.add_data(message)
    try:
        decoded = list(buffer)
    except (ParserError, struct.error, KeyError, UnicodeDecodeError) as error:
        raise BadMessage(f"The message cannot be read: {type(error).__name__}") from error
    if len(decoded) != 1 or decoded[0].prelude.total_length != len(message):
        raise BadMessage("There must be one message, and a whole one")
    return decoded[0].headers, decoded[0].payload
