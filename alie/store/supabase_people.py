"""Profiles, memberships, clinics and audit entries in a Supabase project, and what the store's other parts share."""

from __future__ import annotations

from collections.abc import Callable

from alie.errors import AuthRequired, ClinicAccessDenied, NotFound
from alie.principal import Caller
from alie.store.columns import AUDIT, NEW_PROFILE, PROFILE, known
from alie.store.interface import Row
from alie.store.supabase_rows import is_id
from alie.store.supabase_tables import Filter, SupabaseTables

_PROFILE, _CLINIC = "Profile not found", "Clinic not found"


def mine(caller: Caller) -> Filter:
    """Rows of the caller: what the policies say, said once more where the rows of others are none of ours."""
    return "user_id", f"eq.{caller.principal.user_id}"


def with_id(text: str, missing: str, column: str = "id") -> Filter:
    """The row of that id. Raises NotFound, saying `missing`, for what is no id: no row has it."""
    if not is_id(text):
        raise NotFound(missing)
    return column, f"eq.{text}"


class SupabasePeople:
    """A part of `alie.store.supabase.SupabaseStore`, where its constructor and errors are described."""

    def __init__(self, tables: SupabaseTables, now: Callable[[], float]) -> None:
        self.tables = tables
        self.now = now

    async def ping(self, caller: Caller | None) -> int:
        """Asks with the project's key alone where nobody calls: that it may see nothing is an answer too."""
        try:
            return await self.tables.count(caller, "profiles", ("select", "user_id"))
        except AuthRequired:
            if caller is not None:
                raise
            return 0

    async def memberships(self, caller: Caller) -> list[Row]:
        """See the interface."""
        active = (mine(caller), ("active", "is.true"))
        columns = ("select", "clinic_id,role")
        return await self.tables.rows(caller, "memberships", *active, columns, ("order", "created_at,id"))

    async def clinic_for(self, caller: Caller) -> str | None:
        """The clinic that a new row belongs to: that of the principal, else the profile's default, as far as the caller
        is an active member; None: no clinic."""
        clinic_ids = {each["clinic_id"] for each in await self.memberships(caller)}
        if not clinic_ids:
            return None
        if caller.principal.clinic_id in clinic_ids:
            return caller.principal.clinic_id
        default = (await self.profile(caller) or {}).get("default_clinic_id")
        return default if default in clinic_ids else None

    async def profile(self, caller: Caller) -> Row | None:
        """See the interface."""
        found = await self.tables.rows(caller, "profiles", mine(caller), ("limit", "1"))
        return found[0] if found else None

    async def create_profile(self, caller: Caller, fields: Row) -> Row:
        """See the interface."""
        given = {name: value for name, value in known(fields, NEW_PROFILE).items() if value is not None}
        return await self.tables.insert(caller, "profiles", {**given, "user_id": caller.principal.user_id})

    async def update_profile(self, caller: Caller, changes: Row) -> Row:
        """See the interface."""
        if not known(changes, PROFILE):
            return await self.tables.row(caller, "profiles", mine(caller), missing=_PROFILE)
        clinic_id = changes.get("default_clinic_id")
        if clinic_id is not None and not is_id(clinic_id):
            raise ClinicAccessDenied
        return await self.tables.update(
            caller, "profiles", changes, mine(caller), missing=_PROFILE, denied=ClinicAccessDenied()
        )

    async def clinics(self, caller: Caller) -> list[Row]:
        """See the interface; by name."""
        return await self.tables.rows(caller, "clinics", ("order", "name,id"))

    async def clinic(self, caller: Caller, clinic_id: str) -> Row:
        """See the interface."""
        return await self.tables.row(caller, "clinics", with_id(clinic_id, _CLINIC), missing=_CLINIC)

    async def add_audit(self, caller: Caller, row: Row) -> None:
        """See the interface."""
        own = {**known(row, AUDIT), "user_id": caller.principal.user_id}
        await self.tables.add(caller, "audit_logs", own)
