"""Cases in a Supabase project, and the dictations committed to them."""

from __future__ import annotations

from datetime import UTC, datetime

from alie.errors import ClinicAccessDenied, NotFound, ValidationFailed
from alie.principal import Caller
from alie.store.columns import CASE, NEW_CASE, SORTS, known
from alie.store.interface import CaseQuery, Row
from alie.store.supabase_people import SupabasePeople, mine, with_id
from alie.store.supabase_rows import is_id, iso

_CASE, _SESSION = "Case not found", "Session not found"
_DAY_S = 86400


class SupabaseCases(SupabasePeople):
    """A part of `alie.store.supabase.SupabaseStore`."""

    async def cases(self, caller: Caller, query: CaseQuery) -> list[Row]:
        """See the interface: the user's own, not the clinic's. Raises ValidationFailed for a column that orders
        nothing."""
        if query.sort not in SORTS:
            raise ValidationFailed(details=["sort must be updated_at, created_at, name or status"])
        way = "desc" if query.is_descending else "asc"
        since = iso(datetime.fromtimestamp(self.now() - query.days * _DAY_S, UTC))
        recent = (mine(caller), ("updated_at", f"gte.{since}"))
        order = ("order", f"{query.sort}.{way},id.{way}")
        return await self.tables.rows(caller, "cases", *recent, order, ("limit", str(max(query.limit, 0))))

    async def create_case(self, caller: Caller, fields: Row) -> Row:
        """See the interface."""
        given = {name: value for name, value in known(fields, NEW_CASE).items() if value is not None}
        clinic_id = given.get("clinic_id")
        if clinic_id is None:
            clinic_id = await self.clinic_for(caller)
        elif not is_id(clinic_id):
            raise ClinicAccessDenied
        row = {**given, "clinic_id": clinic_id, "user_id": caller.principal.user_id}
        return await self.tables.insert(caller, "cases", row, denied=ClinicAccessDenied())

    async def case(self, caller: Caller, case_id: str) -> Row:
        """See the interface."""
        return await self.tables.row(caller, "cases", with_id(case_id, _CASE), missing=_CASE)

    async def update_case(self, caller: Caller, case_id: str, changes: Row) -> Row:
        """See the interface; for the case's owner only."""
        identity = with_id(case_id, _CASE)
        if not known(changes, CASE):
            return await self.tables.row(caller, "cases", identity, mine(caller), missing=_CASE)
        return await self.tables.update(caller, "cases", changes, identity, mine(caller), missing=_CASE)

    async def save_section(self, caller: Caller, case_id: str, section_id: str, data: Row, status: str | None) -> Row:
        """See the interface; for the case's owner only."""
        if not is_id(case_id):
            raise NotFound(_CASE)
        given = {"p_case_id": case_id, "p_section_id": section_id, "p_data": data, "p_status": status}
        return await self.tables.call(caller, "alie_save_section", given, missing=_CASE)

    async def commit_section(self, caller: Caller, case_id: str, section_id: str, session_id: str, text: str) -> Row:
        """See the interface; for the case's owner only."""
        if not (is_id(case_id) and is_id(session_id)):
            raise NotFound(_CASE if not is_id(case_id) else _SESSION)
        given = {"p_case_id": case_id, "p_section_id": section_id, "p_session_id": session_id, "p_text": text}
        return await self.tables.call(caller, "alie_commit_section", given, missing="Case or session not found")
