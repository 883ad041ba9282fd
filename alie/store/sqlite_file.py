"""Opens the file of the embedded database, which nobody but its owner may read."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import suppress

from alie.errors import DatabaseError
from alie.store.sqlite_database import Database, translate
from alie.store.sqlite_schema import migrate

FILE_NAME = "alie.db"
"""Its name in the state directory."""

_PRAGMAS = (
    # Commands read and write while the daemon runs.
    "PRAGMA journal_mode = WAL",
    # An fsync at every commit. NORMAL would lose the last commits in a power cut, and a page has been told "saved".
    # There are few writes, in a thread of their own.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # What is deleted is overwritten, and sorting leaves no files behind.
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA journal_size_limit = 0",
    # A file that was tampered with cannot call functions by its schema.
    "PRAGMA trusted_schema = OFF",
)
_BUSY_S = 5.0
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def open_database(path: str, now: Callable[[], float]) -> Database:
    """Opens or makes it, looks whether it is whole, and brings it to the newest version.

    Args:
        path: of the file, in a directory that exists; SQLite gives `-wal` and `-shm` the same mode and owner.
        now: Unix time, seconds, by which rows are dated.

    Raises:
        DatabaseError: in a sentence for the operator.
    """
    _claim(path)
    connection: sqlite3.Connection | None = None
    try:
        # The owner sees to it that one thread uses it; a pool may have another thread open than close.
        connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        _prepare(connection, path)
        migrate(connection)
    except BaseException as error:
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()
        raise _complaint(error, path) from None
    return Database(connection, now)


def _claim(path: str) -> None:
    # Made before SQLite sees it: SQLite would leave the mode to the umask. Links are not followed.
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DatabaseError(f"The database {path} cannot be opened: {error.strerror}") from None
    try:
        status = os.fstat(descriptor)
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise DatabaseError(f"The database {path} is no regular file")
    if status.st_uid != os.geteuid():
        raise DatabaseError(f"The database {path} belongs to another user: run this as that user")
    if status.st_mode & 0o077:
        raise DatabaseError(f"The database {path} can be used by others than its owner: chmod 600 {path}")


def _prepare(connection: sqlite3.Connection, path: str) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        raise DatabaseError(f"The database {path} is on a file system that has no shared memory: use a local disk")
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise _damage(path)


def _complaint(error: BaseException, path: str) -> BaseException:
    if not isinstance(error, sqlite3.Error):
        return error
    return _damage(path) if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED else translate(error)


def _damage(path: str) -> DatabaseError:
    return DatabaseError(f"The database {path} is damaged: restore it from a backup, or move it away to begin anew")
