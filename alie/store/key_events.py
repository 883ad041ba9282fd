"""What operators did with access keys, kept in the same transaction, until it is in the audit log.

Only the daemon writes that log, and a command may run beside it, or while there is none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from alie.store.interface import Row
from alie.store.sqlite_database import Database

ISSUE, REVOKE = "issue", "revoke"
MOST = 500
"""Taken at a time."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who ran a command, as the system tells it.

    Attributes:
        uid: number of the user as whom it ran.
        sudo_uid: of who has called sudo for that, by sudo's own word; None: nobody has.
    """

    uid: int
    sudo_uid: int | None = None


def operator(environ: Mapping[str, str]) -> Operator:
    """Who runs this process."""
    text = environ.get("SUDO_UID", "")
    return Operator(os.getuid(), int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None)


def note(database: Database, action: str, key_id: str, by: Operator) -> None:
    """Takes down what was done to a key that is there; within the transaction in which it is done."""
    sql = """
        INSERT INTO key_events (at, action, key_id, user_id, clinic_id, role, uid, sudo_uid)
        SELECT :now, :action, access_keys.id, user_id, access_keys.clinic_id, memberships.role, :uid, :sudo_uid
        FROM access_keys LEFT JOIN memberships USING (user_id, clinic_id)
        WHERE access_keys.id = :id"""
    values = {"now": database.time(), "action": action, "id": key_id, "uid": by.uid, "sudo_uid": by.sudo_uid}
    database.rows(sql, values)


def waiting(database: Database, after: int) -> list[Row]:
    """Those with a higher number than `after`, oldest first, at most `MOST`."""
    sql = "SELECT * FROM key_events WHERE number > :after ORDER BY number LIMIT :most"
    return database.rows(sql, {"after": after, "most": MOST})


def forget(database: Database, last: int) -> None:
    """Deletes all up to a number: they are in the audit log."""
    database.rows("DELETE FROM key_events WHERE number <= :last", {"last": last})
