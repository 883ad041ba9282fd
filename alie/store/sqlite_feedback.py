"""Feedback in the embedded store, for as many days as it may be kept. Called in the store's thread."""

from __future__ import annotations

from alie.errors import NotFound
from alie.store.columns import NEW_FEEDBACK, known
from alie.store.interface import Row
from alie.store.sqlite_database import Database, decoded, new_id, to_json

DEFAULT_TTL_DAYS = 30
_DAY_S = 86400
_COLUMNS = "id, user_id, session_id, template_id, content, ttl_days, created_at"


def forget_old(database: Database) -> None:
    """Deletes what is older than its `ttl_days`, whoever's it is."""
    sql = "DELETE FROM feedback WHERE expires_at <= :now RETURNING id"
    if database.rows(sql, {"now": database.time()}):
        database.empty_log()


def add(database: Database, user_id: str, fields: Row) -> Row:
    """See the interface."""
    forget_old(database)
    known(fields, NEW_FEEDBACK)
    ttl_days = fields.get("ttl_days") or DEFAULT_TTL_DAYS
    values = {
        "id": new_id(),
        "me": user_id,
        "session": fields.get("session_id"),
        "template": fields.get("template_id"),
        "content": to_json(fields["content"]),
        "ttl_days": ttl_days,
        "now": database.time(),
        "end": database.time(ttl_days * _DAY_S),
    }
    sql = f"""
        INSERT INTO feedback (id, user_id, session_id, template_id, content, ttl_days, created_at, expires_at)
        VALUES (:id, :me, :session, :template, :content, :ttl_days, :now, :end) RETURNING {_COLUMNS}"""
    return decoded(database.rows(sql, values)[0])


def some(database: Database, user_id: str, limit: int, offset: int) -> tuple[list[Row], int]:
    """See the interface."""
    forget_old(database)
    sql = f"""
        SELECT {_COLUMNS} FROM feedback WHERE user_id = :me
        ORDER BY created_at DESC, rowid DESC LIMIT :limit OFFSET :offset"""
    found = database.rows(sql, {"me": user_id, "limit": max(limit, 0), "offset": max(offset, 0)})
    (counted,) = database.rows("SELECT count(*) AS number FROM feedback WHERE user_id = :me", {"me": user_id})
    return [decoded(row) for row in found], counted["number"]


def one(database: Database, user_id: str, feedback_id: str) -> Row:
    """See the interface."""
    forget_old(database)
    sql = f"SELECT {_COLUMNS} FROM feedback WHERE id = :id AND user_id = :me"
    return _found(database.row(sql, {"id": feedback_id, "me": user_id}))


def update(database: Database, user_id: str, feedback_id: str, content: Row) -> Row:
    """See the interface."""
    forget_old(database)
    sql = f"UPDATE feedback SET content = :content WHERE id = :id AND user_id = :me RETURNING {_COLUMNS}"
    return _found(database.row(sql, {"id": feedback_id, "me": user_id, "content": to_json(content)}))


def delete(database: Database, user_id: str, feedback_id: str) -> None:
    """See the interface."""
    forget_old(database)
    sql = f"DELETE FROM feedback WHERE id = :id AND user_id = :me RETURNING {_COLUMNS}"
    _found(database.row(sql, {"id": feedback_id, "me": user_id}))
    database.empty_log()


def _found(row: Row | None) -> Row:
    if row is None:
        raise NotFound("Feedback not found")
    return decoded(row)
