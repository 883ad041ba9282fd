"""Access keys in the embedded database: who may speak at a clinic of its own.

A key names a user and a clinic. What the user is there is told by the membership alone, so that a change of it, or its
end, holds for every key at once.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from alie.errors import DatabaseError, NotFound
from alie.principal import KEY, Principal
from alie.store.interface import Row
from alie.store.key_events import ISSUE, REVOKE, Operator, note
from alie.store.sqlite import SqliteStore
from alie.store.sqlite_database import Database, new_id

DEFAULT_ROLE = "physician"

_GOOD = """
    SELECT access_keys.id, access_keys.user_id, access_keys.clinic_id, memberships.role, hash, last_used
    FROM access_keys JOIN memberships USING (user_id, clinic_id)
    WHERE revoked_at IS NULL AND memberships.active = 1"""
_ALL = """
    SELECT access_keys.id, label AS user, clinics.name AS clinic, access_keys.user_id, access_keys.clinic_id,
        CASE memberships.active WHEN 1 THEN memberships.role END AS role, access_keys.created_at, revoked_at, last_used
    FROM access_keys JOIN clinics ON clinics.id = access_keys.clinic_id
        LEFT JOIN memberships USING (user_id, clinic_id)
    ORDER BY access_keys.created_at, access_keys.id"""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who a new key is for.

    Attributes:
        user: the operator's name of the user; the same name is the same user.
        clinic: the same of the clinic.
        role: there; None: what it is already, else `DEFAULT_ROLE`.
    """

    user: str
    clinic: str
    role: str | None = None


class KeyBook:
    """The keys of one database. Belongs to the thread that has it.

    Args:
        database: open.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, holder: Holder, key_id: str, digest: str, by: Operator) -> Principal:
        """Adds a key, with user, clinic and membership as far as they are not there; an ended membership begins anew.

        Args:
            holder: whom it is for.
            key_id: of the key.
            digest: of its secret.
            by: who issues it, for the audit log.

        Returns:
            Whom the key will prove.
        """
        with self._database.transaction():
            now = self._database.time()
            clinic_id = self._clinic(holder.clinic, now)
            user_id = self._user(holder.user, clinic_id, now)
            role = self._join(user_id, clinic_id, holder.role, now)
            sql = """
                INSERT INTO access_keys (id, user_id, clinic_id, label, hash, created_at)
                VALUES (:id, :user, :clinic, :label, :hash, :now)"""
            values = {"id": key_id, "user": user_id, "clinic": clinic_id, "label": holder.user, "hash": digest}
            self._database.rows(sql, {**values, "now": now})
            note(self._database, ISSUE, key_id, by)
            return Principal(user_id, KEY, key_id, clinic_id, role)

    def entries(self) -> list[Row]:
        """All keys, oldest first: `id`, `user`, `clinic`, their ids, `role` (None: no member any more), `created_at`,
        `revoked_at`, `last_used` (a day)."""
        return self._database.rows(_ALL, {})

    def revoke(self, key_id: str, by: Operator) -> Row:
        """Revokes a key, for ever; one that is revoked already stays as it is.

        Args:
            key_id: of the key.
            by: who revokes it, for the audit log.

        Raises:
            NotFound: there is none.
        """
        sql = "UPDATE access_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL RETURNING id, revoked_at"
        with self._database.transaction():
            if self._database.row(sql, {"id": key_id, "now": self._database.time()}) is not None:
                note(self._database, REVOKE, key_id, by)
            found = self._database.row("SELECT id, revoked_at FROM access_keys WHERE id = :id", {"id": key_id})
        if found is None:
            raise NotFound("There is no such key")
        return found

    def check(self, key_id: str, digest: str) -> Principal | None:
        """Whom a key proves; None: nobody, whatever the reason. Notes the day."""
        found = self._database.row(f"{_GOOD} AND access_keys.id = :id", {"id": key_id})
        # The time that a comparison takes tells nothing of how much was right.
        if found is None or not hmac.compare_digest(found["hash"], digest):
            return None
        today = self._database.time()[:10]
        if found["last_used"] != today:
            sql = "UPDATE access_keys SET last_used = :today WHERE id = :id"
            # A disk that is full must not keep out who has come to dictate.
            with suppress(DatabaseError):
                self._database.rows(sql, {"today": today, "id": key_id})
        return _principal(found)

    def standing(self, key_ids: Iterable[str]) -> dict[str, Principal]:
        """Whom those of these keys prove that are still good, by id."""
        sql = f"{_GOOD} AND access_keys.id IN (SELECT value FROM json_each(:ids))"
        found = self._database.rows(sql, {"ids": json.dumps(sorted(set(key_ids)))})
        return {row["id"]: _principal(row) for row in found}

    def _clinic(self, name: str, now: str) -> str:
        found = self._database.row("SELECT id FROM clinics WHERE name = :name ORDER BY created_at", {"name": name})
        if found is not None:
            return str(found["id"])
        values = {"id": new_id(), "name": name, "now": now}
        self._database.rows(
            "INSERT INTO clinics (id, name, created_at, updated_at) VALUES (:id, :name, :now, :now)", values
        )
        return values["id"]

    def _user(self, name: str, clinic_id: str, now: str) -> str:
        # Found by what operators have called him. Never by the profile's name, which users change as they like:
        # whoever took a colleague's would share the colleague's next key.
        found = self._database.row("SELECT user_id FROM access_keys WHERE label = :name LIMIT 1", {"name": name})
        if found is not None:
            return str(found["user_id"])
        values = {"id": new_id(), "name": name, "clinic": clinic_id, "now": now}
        sql = """
            INSERT INTO profiles (user_id, display_name, default_clinic_id, created_at, updated_at)
            VALUES (:id, :name, :clinic, :now, :now)"""
        self._database.rows(sql, values)
        return values["id"]

    def _join(self, user_id: str, clinic_id: str, role: str | None, now: str) -> str:
        sql = """
            INSERT INTO memberships (id, user_id, clinic_id, role, created_at, updated_at)
            VALUES (:id, :user, :clinic, ifnull(:role, :default), :now, :now)
            ON CONFLICT (user_id, clinic_id) DO UPDATE SET role = ifnull(:role, role), active = 1, updated_at = :now
            RETURNING role"""
        values = {
            "id": new_id(),
            "user": user_id,
            "clinic": clinic_id,
            "role": role,
            "default": DEFAULT_ROLE,
            "now": now,
        }
        return str(self._database.rows(sql, values)[0]["role"])


class StoreKeys:
    """What the daemon asks about keys, in the store's thread. Its methods belong to the reactor thread.

    Both may raise DatabaseError.

    Args:
        store: started.
    """

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    async def check(self, key_id: str, digest: str) -> Principal | None:
        """See `KeyBook.check`."""
        return await self._store.call(lambda database: KeyBook(database).check(key_id, digest))

    async def standing(self, key_ids: Iterable[str]) -> dict[str, Principal]:
        """See `KeyBook.standing`."""
        asked = tuple(key_ids)
        return await self._store.call(lambda database: KeyBook(database).standing(asked))


def _principal(row: Row) -> Principal:
    return Principal(row["user_id"], KEY, row["id"], row["clinic_id"], row["role"])
