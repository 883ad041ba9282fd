"""Cases of the embedded store, and the dictations committed to them. Called in the store's thread."""

from __future__ import annotations

from typing import Any

from alie.errors import ClinicAccessDenied, NotFound, ValidationFailed
from alie.principal import Principal
from alie.store.columns import CASE, NEW_CASE, SORTS, known
from alie.store.interface import CaseQuery, Row
from alie.store.sqlite_database import Database, decoded, new_id, to_json
from alie.store.sqlite_rules import IS_SEEN, IS_WRITTEN, clinic_for, is_member
from alie.store.sqlite_sessions import session

_LIST = "SELECT * FROM cases WHERE user_id = :me AND updated_at >= :since ORDER BY"
_ORDERS = {
    (column, is_descending): f"{_LIST} {column} {way}, id {way} LIMIT :limit"
    for column in SORTS
    for is_descending, way in ((False, "ASC"), (True, "DESC"))
}
_DAY_S = 86400


def cases(database: Database, user_id: str, query: CaseQuery) -> list[Row]:
    """See the interface: the user's own, not the clinic's. Raises ValidationFailed for a column that orders nothing."""
    sql = _ORDERS.get((query.sort, query.is_descending))
    if sql is None:
        raise ValidationFailed(details=["sort must be updated_at, created_at, name or status"])
    values = {"me": user_id, "since": database.time(-query.days * _DAY_S), "limit": max(query.limit, 0)}
    return [decoded(row) for row in database.rows(sql, values)]


def create(database: Database, principal: Principal, fields: Row) -> Row:
    """See the interface."""
    known(fields, NEW_CASE)
    sql = """
        INSERT INTO cases (id, user_id, clinic_id, name, draft, created_at, updated_at)
        VALUES (:id, :me, :clinic, ifnull(:name, ''), :draft, :now, :now) RETURNING *"""
    with database.transaction():
        clinic_id = fields.get("clinic_id")
        if clinic_id is None:
            clinic_id = clinic_for(database, principal)
        elif not is_member(database, principal.user_id, clinic_id):
            raise ClinicAccessDenied
        draft = fields.get("draft")
        values = {
            "id": new_id(),
            "me": principal.user_id,
            "clinic": clinic_id,
            "name": fields.get("name"),
            "draft": to_json({} if draft is None else draft),
            "now": database.time(),
        }
        return decoded(database.rows(sql, values)[0])


def case(database: Database, user_id: str, case_id: str) -> Row:
    """One that the user may see. Raises NotFound."""
    return _found(database.row(f"SELECT * FROM cases WHERE id = :id AND {IS_SEEN}", {"id": case_id, "me": user_id}))


def update(database: Database, user_id: str, case_id: str, changes: Row) -> Row:
    """See the interface; for the case's owner only."""
    known(changes, CASE)
    with database.transaction():
        before = _own(database, user_id, case_id)
        return _write(database, {**before, **changes}) if changes else before


def save_section(database: Database, user_id: str, case_id: str, section_id: str, data: Row, status: str | None) -> Row:
    """See the interface; for the case's owner only. Raises ValidationFailed where the draft has no room for it."""
    with database.transaction():
        before = _own(database, user_id, case_id)
        draft = _with_section(before["draft"], section_id, data)
        return _write(database, {**before, "draft": draft, "status": status or before["status"]})


def commit_section(database: Database, user_id: str, case_id: str, section_id: str, session_id: str, text: str) -> Row:
    """See the interface; for the case's owner only. The section of the draft keeps what else it has, and gets the text
    as `finalText`, with `sessionId` and `committedAt`. Raises ValidationFailed where the draft has no room for it."""
    values = {"id": new_id(), "case": case_id, "section": section_id, "session": session_id, "content": text}
    with database.transaction():
        before = _own(database, user_id, case_id)
        session(database, user_id, session_id)
        committed = database.row(_COMMITTED, values)
        if committed is None:
            (committed,) = database.rows(_COMMIT, {**values, "now": database.time()})
        told = {"finalText": text, "sessionId": session_id, "committedAt": committed["committed_at"]}
        section = _sections(before["draft"]).get(section_id)
        merged = {**section, **told} if isinstance(section, dict) else told
        _write(database, {**before, "draft": _with_section(before["draft"], section_id, merged)})
        return committed


_COMMITTED = """
    SELECT id, section_id, session_id, committed_at FROM case_sessions
    WHERE case_id = :case AND section_id = :section AND session_id = :session AND content = :content"""
_COMMIT = """
    INSERT INTO case_sessions (id, case_id, section_id, session_id, content, committed_at)
    VALUES (:id, :case, :section, :session, :content, :now) RETURNING id, section_id, session_id, committed_at"""


def _own(database: Database, user_id: str, case_id: str) -> Row:
    sql = f"SELECT * FROM cases WHERE id = :id AND {IS_WRITTEN}"
    return _found(database.row(sql, {"id": case_id, "me": user_id}))


def _found(row: Row | None) -> Row:
    if row is None:
        raise NotFound("Case not found")
    return decoded(row)


def _write(database: Database, row: Row) -> Row:
    sql = """
        UPDATE cases SET name = :name, status = :status, draft = :draft, updated_at = :now
        WHERE id = :id AND user_id = :user_id RETURNING *"""
    values = {**row, "draft": to_json(row["draft"]), "now": database.time()}
    return decoded(database.rows(sql, values)[0])


def _with_section(draft: Any, section_id: str, data: Row) -> Row:
    sections = _sections(draft)
    return {**draft, "sections": {**sections, section_id: data}}


def _sections(draft: Any) -> Row:
    sections = draft.get("sections", {}) if isinstance(draft, dict) else None
    if not isinstance(sections, dict):
        raise ValidationFailed("The case's draft holds no sections by name: nothing was saved")
    return sections
