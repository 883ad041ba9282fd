"""Who is speaking, as far as it has been proved."""

from __future__ import annotations

from dataclasses import dataclass, field

SUPABASE = "supabase"
KEY = "key"
LOCAL = "local"
ORIGIN = "origin"
ROLES = ("owner", "admin", "physician", "staff", "it_support")
"""What somebody may be in a clinic."""
LOCAL_USER_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Principal:
    """A user whose identity has been proved, or who needs none to be proved.

    Attributes:
        user_id: uuid, as text.
        way: what proved it: `SUPABASE` (an access token of Supabase Auth), `KEY` (an access key of this server),
            `LOCAL` (nothing: no authentication is owed, all are one user), `ORIGIN` (nothing but the page's origin).
        grant_id: what may be revoked: the session of Supabase Auth, or the access key's id; empty where nothing can be.
        clinic_id: uuid of the clinic, from app_metadata or our own tables, never from what users can edit themselves.
        role: in the clinic, one of `ROLES`; None where nothing says.
        email: where the token has it. Never logged.
        expires_at: Unix time at which the proof expires; None: never.
    """

    user_id: str
    way: str
    grant_id: str = ""
    clinic_id: str | None = None
    role: str | None = None
    email: str | None = field(default=None, repr=False)
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal with what it presented.

    Attributes:
        principal: who it is.
        token: the access token or key, for those to whom it must be shown again (Supabase); empty where none was
            presented. Never logged.
    """

    principal: Principal
    token: str = field(default="", repr=False)


LOCAL_CALLER = Caller(Principal(LOCAL_USER_ID, LOCAL))
"""Everybody, where no authentication is owed and the store is our own."""
