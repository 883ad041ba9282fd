"""The audit log's lines: one JSON object each, chained by SHA-256, anchored by signed heads. Pure.

Every line has `type`, `seq` (1, 2, 3 ... over all files), `time` and `prev`, the SHA-256 of the bytes of the line
before it without the line's end. A line of type "event" has the fields of an event besides. One of type "head" has
`key`, `hash` and `signature`: the hash covers all its other fields, and with `prev` the whole log up to it.

A line is written in the form of RFC 8785: names sorted, no blanks. It is pure ASCII, and the numbers in it are whole or
have three decimals, which JSON libraries write in one way only. Hashes are taken of bytes as they were written, so
that nobody has to write a record again to check one; whoever reads it refuses a line in any other spelling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from alie.audit.fields import EVENT_NAMES, Fields, is_sound

EVENT, HEAD = "event", "head"
FIRST_PREV = "0" * 64
"""`prev` of the first line."""
ENTRIES_A_HEAD = 100
MAX_LINE_BYTES = 8192
HEAD_LABEL = b"audit-head"
"""What a head's signature is for: see `alie.audit.keys`."""

_LINKS = frozenset({"type", "seq", "time", "prev"})
_NAMES = {EVENT: _LINKS | EVENT_NAMES, HEAD: _LINKS | {"key", "hash", "signature"}}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9a-f]{16}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")


class BadLine(ValueError):
    """A line that no audit log has. Its text says nothing of the line's."""


@dataclass(frozen=True, slots=True)
class Head:
    """A signed statement that the log up to line `seq` is what hashes to `hash`; all in hexadecimal."""

    seq: int
    hash: str
    signature: str


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one spelling of a JSON object.

    Raises:
        ValueError: a number in it is none.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def hash_of(line: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return sha256(line).hexdigest()


def iso(time_s: float) -> str:
    """A Unix time as ISO 8601 in UTC, with milliseconds and Z."""
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_line(seq: int, prev: str, time_s: float, fields: Fields) -> bytes:
    """The line of an event, without its end; arguments as the fields of that name, the time in Unix seconds."""
    return canonical({**fields, "type": EVENT, "seq": seq, "time": iso(time_s), "prev": prev})


def head_line(seq: int, prev: str, time_s: float, key_id: str, sign: Callable[[bytes], bytes]) -> tuple[bytes, Head]:
    """The line of a head, without its end, and what of it goes to the journal.

    Args:
        seq: its own number.
        prev: the hash of the line before it.
        time_s: Unix time.
        key_id: of the key that signs.
        sign: signs a message for `HEAD_LABEL`.
    """
    record = {"type": HEAD, "seq": seq, "time": iso(time_s), "prev": prev, "key": key_id}
    anchor = hash_of(canonical(record))
    head = Head(seq, anchor, sign(head_message(seq, anchor)).hex())
    return canonical({**record, "hash": anchor, "signature": head.signature}), head


def head_message(seq: int, anchor: str) -> bytes:
    """What a head's signature is over."""
    return canonical({"seq": seq, "hash": anchor})


def read_line(line: bytes) -> dict[str, Any]:
    """The record in a line.

    Raises:
        BadLine: it is none, or spelt in another way.
    """
    try:
        record = json.loads(line) if len(line) <= MAX_LINE_BYTES else None
        if isinstance(record, dict) and _is_record(record) and canonical(record) == line:
            return record
    except (ValueError, RecursionError):
        pass
    raise BadLine("No record of an audit log")


def is_anchored(record: Mapping[str, Any]) -> bool:
    """Whether a head's hash is that of its other fields."""
    rest = {name: value for name, value in record.items() if name not in ("hash", "signature")}
    return bool(hash_of(canonical(rest)) == record["hash"])


def head_of(record: Mapping[str, Any]) -> Head:
    """The head in a record of one."""
    return Head(record["seq"], record["hash"], record["signature"])


def _is_record(record: dict[str, Any]) -> bool:
    kind, seq = record.get("type"), record.get("seq")
    if not isinstance(kind, str) or record.keys() != _NAMES.get(kind):
        return False
    if type(seq) is not int or seq < 1 or not _has(record, "time", _TIME) or not _has(record, "prev", _HASH):
        return False
    if kind == EVENT:
        return is_sound(record)
    return _has(record, "key", _KEY) and _has(record, "hash", _HASH) and _has(record, "signature", _SIGNATURE)


def _has(record: dict[str, Any], name: str, form: re.Pattern[str]) -> bool:
    value = record[name]
    return isinstance(value, str) and form.fullmatch(value) is not None
