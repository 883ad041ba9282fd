"""Saved dictations of the embedded store: sessions, their transcripts and artifacts. Called in the store's thread."""

from __future__ import annotations

import hashlib

from alie.errors import NotFound
from alie.principal import Principal
from alie.store.columns import ARTIFACTS, known
from alie.store.interface import REPEAT_S, NewSession, Row
from alie.store.sqlite_database import Database, decoded, new_id, to_json
from alie.store.sqlite_rules import IS_SEEN, IS_WRITTEN, clinic_for

_REPEATED = """
    SELECT sessions.* FROM sessions JOIN transcripts ON transcripts.session_id = sessions.id
    WHERE sessions.user_id = :me AND sessions.created_at > :since
        AND transcripts.section = :section AND transcripts.content_sha256 = :digest
    ORDER BY sessions.created_at DESC LIMIT 1"""
# When the dictation began and ended nobody has said: those columns stay empty.
_ADD_SESSION = """
    INSERT INTO sessions (id, user_id, clinic_id, consent_verified, status, mode, current_section, created_at,
        updated_at)
    VALUES (:id, :me, :clinic, :consent, 'completed', :mode, :section, :now, :now) RETURNING *"""
_ADD_TRANSCRIPT = """
    INSERT INTO transcripts (id, session_id, section, content, content_sha256, is_final, language_detected, timestamp,
        created_at)
    VALUES (:transcript_id, :id, :section, :content, :digest, 1, :language, :now, :now)"""


def save(database: Database, principal: Principal, new: NewSession) -> Row:
    """See the interface."""
    with database.transaction():
        values = {
            "id": new_id(),
            "transcript_id": new_id(),
            "me": principal.user_id,
            "clinic": clinic_for(database, principal),
            "consent": new.consent_verified,
            "mode": new.mode,
            "section": new.section,
            "content": new.transcript,
            "digest": hashlib.sha256(new.transcript.encode("utf-8", "surrogatepass")).hexdigest(),
            "language": new.language_code,
            "since": database.time(-REPEAT_S),
            "now": database.time(),
        }
        saved = database.row(_REPEATED, values)
        if saved is None:
            (saved,) = database.rows(_ADD_SESSION, values)
            database.rows(_ADD_TRANSCRIPT, values)
        return decoded(saved)


def session(database: Database, user_id: str, session_id: str) -> Row:
    """One that the user may see. Raises NotFound."""
    sql = f"SELECT * FROM sessions WHERE id = :id AND {IS_SEEN}"
    found = database.row(sql, {"id": session_id, "me": user_id})
    if found is None:
        raise NotFound("Session not found")
    return decoded(found)


def artifacts(database: Database, user_id: str, session_id: str) -> Row | None:
    """See the interface."""
    session(database, user_id, session_id)
    sql = """
        SELECT ir, role_map, narrative, processing_time FROM artifacts WHERE session_id = :id
        ORDER BY created_at DESC, rowid DESC LIMIT 1"""
    found = database.row(sql, {"id": session_id})
    return decoded(found) if found else None


def save_artifacts(database: Database, user_id: str, session_id: str, given: Row) -> None:
    """See the interface; for the session's owner only."""
    columns = dict.fromkeys(ARTIFACTS) | known(given, ARTIFACTS)
    values = {name: to_json(value) for name, value in columns.items()}
    own = {"artifacts_id": new_id(), "id": session_id, "me": user_id, "now": database.time()}
    sql = f"""
        INSERT INTO artifacts (id, session_id, ir, role_map, narrative, processing_time, created_at)
        SELECT :artifacts_id, id, :ir, :role_map, :narrative, :processing_time, :now FROM sessions
        WHERE id = :id AND {IS_WRITTEN} RETURNING id"""
    if database.row(sql, {**values, **own}) is None:
        raise NotFound("Session not found")
