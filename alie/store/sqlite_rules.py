"""Who may see and change which rows of the embedded store: the rules that row-level security has in etc/supabase.

Sessions, transcripts, artifacts and cases are seen by their owner and by active members of the row's clinic, and
written by their owner only, unless he has left that clinic. Profiles, feedback and audit entries are their user's own.
Clinics are seen by all who may ask at all. Memberships are seen by their user and written by the operator only. A row
that one may not see, or not write, is not found.

Texts here are parts of SQL with the caller as `:me`; nothing of a request is ever put into SQL.
"""

from __future__ import annotations

from alie.principal import Principal
from alie.store.sqlite_database import Database

IS_SEEN = """
    (user_id = :me OR clinic_id IN (SELECT clinic_id FROM memberships WHERE user_id = :me AND active = 1))"""
"""Of a row with an owner and, perhaps, a clinic."""

IS_WRITTEN = """
    (user_id = :me AND (clinic_id IS NULL
        OR clinic_id IN (SELECT clinic_id FROM memberships WHERE user_id = :me AND active = 1)))"""
"""The same, for changes."""


def is_member(database: Database, user_id: str, clinic_id: str) -> bool:
    """Whether a user is an active member of a clinic."""
    sql = "SELECT 1 FROM memberships WHERE user_id = :me AND clinic_id = :clinic AND active = 1"
    return database.row(sql, {"me": user_id, "clinic": clinic_id}) is not None


def clinic_for(database: Database, principal: Principal) -> str | None:
    """The clinic that a new row belongs to: that of the principal, else the profile's default, as far as the user is an
    active member; None: no clinic."""
    sql = "SELECT default_clinic_id FROM profiles WHERE user_id = :me"
    profile = database.row(sql, {"me": principal.user_id}) or {}
    for clinic_id in (principal.clinic_id, profile.get("default_clinic_id")):
        if clinic_id is not None and is_member(database, principal.user_id, clinic_id):
            return str(clinic_id)
    return None
