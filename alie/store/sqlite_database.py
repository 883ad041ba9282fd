"""One connection to the embedded database: rows as JSON objects, faults as ours. Belongs to one thread."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from alie.errors import AlieError, DatabaseError, DatabaseNotMigrated, DatabaseUnavailable, ValidationFailed
from alie.store.interface import Row

_BOOLEANS = frozenset({"active", "consent_verified", "consent_pipeda", "consent_marketing", "consent_analytics"})
_JSON = frozenset({"draft", "ir", "role_map", "narrative", "processing_time", "content", "metadata"})

# Wait for these in vain: another process writes (BUSY, LOCKED), or the disk does not answer.
_UNAVAILABLE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
_NO_COLUMN = "The database cannot hold such a value"
_SENTENCES = {
    sqlite3.SQLITE_FULL: "The disk of the database is full",
    sqlite3.SQLITE_CORRUPT: "The database is damaged: restore it from a backup",
    sqlite3.SQLITE_NOTADB: "The database is damaged: restore it from a backup",
    sqlite3.SQLITE_READONLY: "The database cannot be written to: see owner and mode of its files",
}


class Database:
    """A connection, and the clock by which rows are dated.

    Args:
        connection: in autocommit mode, opened by `sqlite_file.open_database`.
        now: Unix time, seconds.
    """

    def __init__(self, connection: sqlite3.Connection, now: Callable[[], float]) -> None:
        self._connection = connection
        self.now = now

    def close(self) -> None:
        """Closes it; the last one to close a database has its write-ahead log emptied and removed."""
        self._connection.close()

    def time(self, offset_s: float = 0) -> str:
        """Now, and so many seconds later, as rows have it."""
        return iso(self.now() + offset_s)

    def rows(self, sql: str, values: Mapping[str, Any]) -> list[Row]:
        """What a statement gives. `sql` is a constant of ours; what users said is in `values` only.

        Raises:
            DatabaseUnavailable: it did not answer.
            DatabaseNotMigrated: a table or column is missing.
            ValidationFailed: a value that a column does not take.
            DatabaseError: anything else.
        """
        with _translated():
            cursor = self._connection.execute(sql, values)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, sql: str, values: Mapping[str, Any]) -> Row | None:
        """The first of `rows`, or None."""
        found = self.rows(sql, values)
        return found[0] if found else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; the right to write is taken at once, so that what is read stays true."""
        self.rows("BEGIN IMMEDIATE", {})
        try:
            yield
            self.rows("COMMIT", {})
        except BaseException:
            with _translated():
                self._connection.rollback()
            raise

    def empty_log(self) -> None:
        """Moves the write-ahead log into the database and cuts it off: what was deleted is in neither."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)", {})


@contextmanager
def _translated() -> Iterator[None]:
    # A driver's text may quote a value: neither it nor its error goes any further.
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error) from None
    except (ValueError, OverflowError):
        raise ValidationFailed(_NO_COLUMN) from None


def translate(error: sqlite3.Error) -> AlieError:
    """Ours for one of the driver's; holds nothing of its text."""
    code = getattr(error, "sqlite_errorcode", 0)
    if isinstance(error, sqlite3.IntegrityError):
        return ValidationFailed(_NO_COLUMN)
    if code & 0xFF in _UNAVAILABLE:
        return DatabaseUnavailable()
    if code == sqlite3.SQLITE_ERROR and str(error).startswith(("no such table", "no such column")):
        return DatabaseNotMigrated()
    return DatabaseError(_SENTENCES.get(code & 0xFF))


def iso(now_s: float) -> str:
    """A Unix time as ISO 8601 in UTC, with milliseconds and Z: all as long as each other, so they sort as texts do."""
    return datetime.fromtimestamp(max(now_s, 0), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_id() -> str:
    """A random uuid (RFC 9562 section 5.4)."""
    return str(uuid4())


def to_json(value: Any) -> str:
    """A column's text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def decoded(row: Row) -> Row:
    """A row whose truth and JSON columns are read: not for transcripts, whose content is plain text."""
    return {name: _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    if name in _BOOLEANS:
        return bool(value)
    return json.loads(value) if name in _JSON and value is not None else value
