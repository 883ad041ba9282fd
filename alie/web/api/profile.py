"""`/api/profile`: the caller's own, made when it is first asked for."""

from __future__ import annotations

from typing import Any

from alie.errors import Conflict
from alie.principal import Caller, Principal
from alie.store.interface import Row, Store
from alie.web.routing import PERSONAL, Call, Reply, Route
from alie.web.schemas import BOOLEAN, STRING, TIME, TITLE, UUID, one_of, or_null, record, success

MAX_NAME_CHARACTERS = 255
DEFAULT_NAME = "Clinician"
DEFAULT_LOCALE = "fr-CA"
DEFAULT_ROLE = "user"

_LOCALE = one_of("en-CA", "fr-CA")
_PROFILE = record(
    {
        "user_id": UUID,
        "display_name": STRING,
        "locale": _LOCALE,
        "consent_pipeda": BOOLEAN,
        "consent_marketing": BOOLEAN,
        "default_clinic_id": or_null(STRING),
        "created_at": TIME,
        "updated_at": TIME,
    },
    "user_id",
    "display_name",
    "locale",
    "consent_pipeda",
    "consent_marketing",
    "default_clinic_id",
    "created_at",
    "updated_at",
)
_USER = record({"id": UUID, "email": or_null(STRING), "role": STRING}, "id", "email", "role")
_TOLD = record(
    {
        "ok": {"const": True},
        "profileExists": {"const": True},
        "needsProfileCreation": {"const": False},
        "profile": _PROFILE,
        "user": _USER,
    },
    "ok",
    "profileExists",
    "needsProfileCreation",
    "profile",
    "user",
)
_CREATED = record({"ok": {"const": True}, "message": STRING, "profile": _PROFILE}, "ok", "message", "profile")
_CHANGES = {
    **record(
        {
            "display_name": TITLE,
            "locale": _LOCALE,
            "consent_pipeda": BOOLEAN,
            "consent_marketing": BOOLEAN,
            "consent_analytics": BOOLEAN,
            "default_clinic_id": or_null(UUID),
        },
        is_closed=True,
    ),
    "minProperties": 1,
}


class Profiles:
    """The caller's profile.

    Args:
        store: has it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        """All of `/api/profile`."""
        path = "/api/profile"
        changed = success({"data": _PROFILE, "message": STRING})
        return [
            Route(
                "GET", path, self.tell, "The caller's profile", PERSONAL, answers={200: _TOLD}, audited="profile.read"
            ),
            Route(
                "POST",
                path,
                self.create,
                "Creates the caller's profile",
                PERSONAL,
                answers={201: _CREATED},
                errors=(409,),
                audited="profile.create",
            ),
            Route(
                "PATCH",
                path,
                self.change,
                "Changes what is named of the caller's profile",
                PERSONAL,
                body=_CHANGES,
                answers={200: changed},
                errors=(404,),
                audited="profile.update",
            ),
        ]

    async def tell(self, call: Call) -> Reply:
        """What is there is never touched: the name may have been edited."""
        caller = call.someone
        profile = await self._store.profile(caller) or await self._first(caller)
        user = {
            "id": caller.principal.user_id,
            "email": caller.principal.email,
            "role": caller.principal.role or DEFAULT_ROLE,
        }
        told = {"ok": True, "profileExists": True, "needsProfileCreation": False, "profile": profile, "user": user}
        return Reply(told)

    async def _first(self, caller: Caller) -> Row:
        try:
            return await self._store.create_profile(caller, _fields(caller.principal))
        except Conflict:
            # Another request of the same page was faster.
            found = await self._store.profile(caller)
            if found is None:
                raise
            return found

    async def create(self, call: Call) -> Reply:
        """As a page asks after a login; 409 where there is one, which it takes for success."""
        try:
            profile = await self._store.create_profile(call.someone, _fields(call.someone.principal))
        except Conflict:
            raise Conflict("Profile already exists (409)") from None
        return Reply({"ok": True, "message": "Profile created", "profile": profile}, 201)

    async def change(self, call: Call) -> Reply:
        """Only what the body names."""
        changes = dict(call.body)
        if "display_name" in changes:
            changes["display_name"] = changes["display_name"].strip()
        if changes.get("default_clinic_id") is not None:
            changes["default_clinic_id"] = changes["default_clinic_id"].lower()
        profile = await self._store.update_profile(call.someone, changes)
        return Reply({"success": True, "data": profile, "message": "Profile updated"})


def _fields(principal: Principal) -> Row:
    """What a new profile begins with: the name before the @, and no consent to anything."""
    name = (principal.email or "").partition("@")[0].strip()[:MAX_NAME_CHARACTERS]
    fields: dict[str, Any] = {"display_name": name or DEFAULT_NAME, "locale": DEFAULT_LOCALE}
    return {**fields, "email": principal.email} if principal.email else fields
