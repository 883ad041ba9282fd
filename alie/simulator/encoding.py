"""Event-stream messages as the service sends them (AWS: "Event stream encoding"), without a library that reads them."""

from __future__ import annotations

import json
import struct
import zlib

# Type of a header's value: a string.
_STRING = 7
_CONTENT_TYPE = {":content-type": "application/json"}


def event_message(event_type: str, payload: bytes) -> bytes:
    """One message of `:message-type` "event"; `payload` is JSON."""
    return encode({":message-type": "event", ":event-type": event_type, **_CONTENT_TYPE}, payload)


def exception_message(exception_type: str, message: str) -> bytes:
    """One message of `:message-type` "exception"."""
    payload = json.dumps({"Message": message}).encode()
    return encode({":message-type": "exception", ":exception-type": exception_type, **_CONTENT_TYPE}, payload)


def encode(headers: dict[str, str], payload: bytes) -> bytes:
    """A message: lengths, their checksum, headers, payload, and the checksum of all that."""
    coded = b"".join(_header(name.encode(), value.encode()) for name, value in headers.items())
    lengths = struct.pack("!II", 16 + len(coded) + len(payload), len(coded))
    message = lengths + struct.pack("!I", zlib.crc32(lengths)) + coded + payload
    return message + struct.pack("!I", zlib.crc32(message))


def _header(name: bytes, value: bytes) -> bytes:
    return struct.pack("!B", len(name)) + name + struct.pack("!BH", _STRING, len(value)) + value
