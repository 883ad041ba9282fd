"""Brings a database to the newest version, one step after another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.resources import files

from alie.errors import DatabaseError

MIGRATIONS = ("schema.sql", "key_events.sql")
"""Files beside this one; the n-th takes a database from version n - 1 to n. They are never edited once released."""


def migrate(connection: sqlite3.Connection) -> None:
    """Takes all missing steps in one transaction: the daemon and a command may come at the same time.

    Raises:
        DatabaseError: the database is of a newer version.
        sqlite3.Error: it cannot be changed.
    """
    if _version(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise DatabaseError("The database was written by a newer version of Alie: install that one")
        for name in MIGRATIONS[version:]:
            for statement in _statements(files("alie.store").joinpath(name).read_text("utf-8")):
                connection.execute(statement)
        # A pragma takes no parameters; this is a number of ours.
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    # `executescript` would end our transaction.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
