"""What may be given of a row, whichever store keeps it; the rest the database and the server fill in. Pure."""

from __future__ import annotations

from alie.errors import DatabaseNotMigrated
from alie.store.interface import Row

NEW_PROFILE = ("display_name", "email", "locale")
PROFILE = (
    "display_name",
    "locale",
    "consent_pipeda",
    "consent_marketing",
    "consent_analytics",
    "default_clinic_id",
)
NEW_CASE = ("name", "draft", "clinic_id")
CASE = ("name", "status")
ARTIFACTS = ("ir", "role_map", "narrative", "processing_time")
NEW_FEEDBACK = ("content", "ttl_days", "session_id", "template_id")
AUDIT = ("session_id", "clinic_id", "action", "resource_type", "resource_id", "metadata", "ip_address", "user_agent")
SORTS = ("updated_at", "created_at", "name", "status")
"""By which cases may be listed."""


def known(fields: Row, columns: tuple[str, ...]) -> Row:
    """`fields`, all of which there is a column for. Raises DatabaseNotMigrated: nothing given is silently dropped."""
    if not fields.keys() <= set(columns):
        raise DatabaseNotMigrated
    return fields
