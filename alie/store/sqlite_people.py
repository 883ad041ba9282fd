"""Profiles, memberships, clinics and audit entries of the embedded store. Called in the store's thread."""

from __future__ import annotations

from alie.errors import ClinicAccessDenied, Conflict, NotFound
from alie.principal import Principal
from alie.store.columns import AUDIT, NEW_PROFILE, PROFILE, known
from alie.store.interface import Row
from alie.store.sqlite_database import Database, decoded, new_id, to_json
from alie.store.sqlite_rules import is_member


def count_profiles(database: Database, user_id: str | None) -> int:
    """How many profiles a user sees: his own. Reads the table for nobody, too."""
    found = database.rows("SELECT user_id FROM profiles WHERE user_id = :me", {"me": user_id})
    return len(found)


def memberships(database: Database, user_id: str) -> list[Row]:
    """The active ones."""
    sql = "SELECT clinic_id, role FROM memberships WHERE user_id = :me AND active = 1 ORDER BY created_at, id"
    return database.rows(sql, {"me": user_id})


def profile(database: Database, user_id: str) -> Row | None:
    """The user's own."""
    found = database.row("SELECT * FROM profiles WHERE user_id = :me", {"me": user_id})
    return decoded(found) if found else None


def create_profile(database: Database, user_id: str, fields: Row) -> Row:
    """See the interface."""
    given = dict.fromkeys(NEW_PROFILE) | known(fields, NEW_PROFILE)
    sql = """
        INSERT INTO profiles (user_id, display_name, email, locale, created_at, updated_at)
        VALUES (:me, ifnull(:display_name, ''), :email, ifnull(:locale, 'fr-CA'), :now, :now)
        ON CONFLICT DO NOTHING RETURNING *"""
    made = database.row(sql, {**given, "me": user_id, "now": database.time()})
    if made is None:
        raise Conflict
    return decoded(made)


def update_profile(database: Database, user_id: str, changes: Row) -> Row:
    """See the interface."""
    sql = """
        UPDATE profiles SET display_name = :display_name, locale = :locale, consent_pipeda = :consent_pipeda,
            consent_marketing = :consent_marketing, consent_analytics = :consent_analytics,
            default_clinic_id = :default_clinic_id, updated_at = :now
        WHERE user_id = :me RETURNING *"""
    known(changes, PROFILE)
    with database.transaction():
        before = profile(database, user_id)
        if before is None:
            raise NotFound("Profile not found")
        if not changes:
            return before
        clinic_id = changes.get("default_clinic_id")
        if clinic_id is not None and not is_member(database, user_id, clinic_id):
            raise ClinicAccessDenied
        values = {name: changes.get(name, before[name]) for name in PROFILE}
        (after,) = database.rows(sql, {**values, "me": user_id, "now": database.time()})
        return decoded(after)


def clinics(database: Database) -> list[Row]:
    """All of them, by name."""
    return database.rows("SELECT * FROM clinics ORDER BY name, id", {})


def clinic(database: Database, clinic_id: str) -> Row:
    """See the interface."""
    found = database.row("SELECT * FROM clinics WHERE id = :id", {"id": clinic_id})
    if found is None:
        raise NotFound("Clinic not found")
    return found


def add_audit(database: Database, principal: Principal, row: Row) -> None:
    """See the interface."""
    given = dict.fromkeys(AUDIT) | known(row, AUDIT)
    own = {"id": new_id(), "me": principal.user_id, "now": database.time(), "metadata": to_json(given["metadata"])}
    sql = """
        INSERT INTO audit_logs (id, user_id, session_id, clinic_id, action, resource_type, resource_id, metadata,
            ip_address, user_agent, timestamp)
        VALUES (:id, :me, :session_id, :clinic_id, :action, :resource_type, :resource_id, :metadata, :ip_address,
            :user_agent, :now)"""
    database.rows(sql, {**given, **own})
