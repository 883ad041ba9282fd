"""One event of twisted.logger as one line of JSON, or as text for a terminal."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import orjson
from twisted.logger import LogEvent, formatEvent, formatEventAsClassicLogText
from twisted.python.failure import Failure

from alie.log_settings import OWN
from alie.traceback_log import BareFailure

MAX_TEXT = 3000
"""Characters of a message or a traceback: the journal cuts a line in two at 48 KiB, which would be JSON no more."""
MAX_VALUE = 500
DECIMALS = 3
EXACT = 2**53 - 1
"""Beyond that, numbers are not the same for every reader of JSON."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_RESERVED = frozenset({"time", "level", "logger", "event", "message", "error", "traceback"})


def level_of(event: LogEvent) -> str:
    """Twisted's name of an event's level; one without is taken for information."""
    return getattr(event.get("log_level"), "name", "info")


def json_line(event: LogEvent) -> str:
    """An event as JSON and a line end, whatever is in it. Never raises.

    Only what Alie itself logs has fields of its own, and of those only numbers, texts and flags are told; of what
    libraries log there is the message.
    """
    try:
        return _dumps(_record(event))
    except Exception as error:
        return _dumps(
            {
                "time": _time(None),
                "level": level_of(event),
                "logger": str(event.get("log_namespace")),
                "message": f"An event that cannot be written ({type(error).__name__})",
            }
        )


def text_line(event: LogEvent) -> str:
    """An event as people read it, a traceback in lines of its own; empty where it says nothing."""
    return formatEventAsClassicLogText(event) or ""


def _record(event: LogEvent) -> dict[str, Any]:
    failure = event.get("log_failure")
    bare = BareFailure(failure) if isinstance(failure, Failure) else failure
    record: dict[str, Any] = {
        "time": _time(event.get("log_time")),
        "level": level_of(event),
        "logger": str(event.get("log_namespace", "")),
    }
    message = formatEvent(event) or (bare.value if isinstance(bare, BareFailure) else "")
    if record["logger"].partition(".")[0] == OWN and "event" in event:
        record["event"] = str(event["event"])
        record["message"] = message[:MAX_TEXT]
        record |= {name: value for name, value in _fields(event).items() if value != message}
    else:
        record["message"] = message[:MAX_TEXT]
    if isinstance(bare, BareFailure):
        record |= {"error": bare.value, "traceback": bare.getTraceback()[-MAX_TEXT:]}
    return record


def _fields(event: LogEvent) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in event.items():
        if name.startswith("log_") or name in _RESERVED or not _NAME.fullmatch(name):
            continue
        if value is None or isinstance(value, bool):
            found[name] = value
        elif isinstance(value, int):
            found[name] = int(value) if abs(value) <= EXACT else str(value)
        elif isinstance(value, float):
            found[name] = round(value, DECIMALS)
        elif isinstance(value, str):
            found[name] = str.__str__(value)[:MAX_VALUE]
    return found


def _time(when: float | None) -> str:
    moment = datetime.now(UTC) if when is None else datetime.fromtimestamp(when, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _dumps(record: dict[str, Any]) -> str:
    try:
        return orjson.dumps(record).decode() + "\n"
    except TypeError:
        # Halves of a surrogate pair, which no UTF-8 has: from an argument or a file name that is not UTF-8.
        return orjson.dumps({name: _sound(value) for name, value in record.items()}).decode() + "\n"


def _sound(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
