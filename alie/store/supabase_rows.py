"""How rows of PostgREST become those of `alie.store.interface`. Pure.

PostgreSQL gives times with the offset of its session, or, in tables that have not been migrated, without any: those
were written in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from alie.errors import DatabaseError, ValidationFailed
from alie.store.interface import Row

_TIMES = frozenset({"timestamp"})
_TIME_SUFFIX = "_at"
# An escaped backslash before "u0000" is none.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def is_id(text: str) -> bool:
    """Whether it is a uuid as rows have it; what is none, no row has."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def iso(time: datetime) -> str:
    """A time as rows have it: UTC, to the millisecond, ending in Z; one without zone is UTC."""
    aware = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return aware.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def row_of(body: Any) -> Row:
    """One row, with its times in our form. Raises DatabaseError where it is none."""
    if not isinstance(body, dict):
        raise DatabaseError
    return {name: _time(value) if _is_time(name) else value for name, value in body.items()}


def rows_of(body: Any) -> list[Row]:
    """All rows of a list. Raises DatabaseError where it is none."""
    if not isinstance(body, list):
        raise DatabaseError
    return [row_of(each) for each in body]


def count_of(content_range: str | None) -> int:
    """How many there are, from the header Content-Range, such as "0-9/57" or "*/0". Raises DatabaseError."""
    _, _, total = (content_range or "").rpartition("/")
    if not (total.isascii() and total.isdecimal()):
        raise DatabaseError
    return int(total)


def must_fit(body: object) -> None:
    """Raises ValidationFailed for what JSON cannot say (halves of surrogate pairs, whole numbers of more than 64 bits)
    or PostgreSQL cannot keep (NUL)."""
    try:
        text = orjson.dumps(body)
    except TypeError:
        raise ValidationFailed from None
    if _NUL.search(text):
        raise ValidationFailed("The text has characters that cannot be saved")


def _is_time(name: str) -> bool:
    return name in _TIMES or name.endswith(_TIME_SUFFIX)


def _time(value: Any) -> Any:
    if value is None:
        return None
    try:
        return iso(datetime.fromisoformat(value))
    except (TypeError, ValueError, OverflowError):
        raise DatabaseError from None
