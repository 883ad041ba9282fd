"""The store of a clinic that has a Supabase project: what a caller may see and do, its row-level security decides.

The project must have been laid out by etc/supabase; where it has not, what is missing is told as DatabaseNotMigrated.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from twisted.internet.defer import Deferred, succeed

from alie.errors import AuthRequired, ClinicAccessDenied, NotFound, ValidationFailed
from alie.principal import Caller
from alie.store.interface import REPEAT_S, CaseQuery, NewSession, Row
from alie.store.supabase_rows import is_id, iso, known
from alie.store.supabase_tables import Filter, SupabaseTables
from alie.supabase import SupabaseHttp

_SESSION, _CASE, _CLINIC = "Session not found", "Case not found", "Clinic not found"
_PROFILE, _FEEDBACK = "Profile not found", "Feedback not found"
_ARTIFACTS = ("ir", "role_map", "narrative", "processing_time")
_GIVEN_AT_FIRST = ("display_name", "email", "locale")
_CHANGEABLE = (
    "display_name",
    "locale",
    "consent_pipeda",
    "consent_marketing",
    "consent_analytics",
    "default_clinic_id",
)
_AUDITED = ("session_id", "clinic_id", "action", "resource_type", "resource_id", "metadata", "ip_address", "user_agent")
_FEEDBACK_COLUMNS = ("select", "id,user_id,session_id,template_id,content,ttl_days,created_at")
_SORTS = ("updated_at", "created_at", "name", "status")
_DAY_S = 86400


class SupabaseStore:
    """Implements `alie.store.interface.Store`, where every method is described.

    Besides what is said there, every method raises AuthRequired for a caller without an access token of Supabase, and
    AuthExpired or AuthInvalid where Supabase no longer takes it; those that write raise ValidationFailed for values
    that no column can hold.

    Args:
        http: of the project. It is not closed by the store.
        now: Unix time, seconds.
    """

    name = "supabase"

    def __init__(self, http: SupabaseHttp, now: Callable[[], float]) -> None:
        self._tables = SupabaseTables(http)
        self._now = now

    def start(self) -> Deferred[None]:
        """Asks nothing: whether the project answers, `ping` tells."""
        return succeed(None)

    def stop(self) -> Deferred[None]:
        """Takes nothing more; fires when what was asked for has been answered."""
        return self._tables.stop()

    async def ping(self, caller: Caller | None) -> int:
        """Asks with the project's key alone where nobody calls: that it may see nothing is an answer too."""
        try:
            return await self._tables.count(caller, "profiles", ("select", "user_id"))
        except AuthRequired:
            if caller is not None:
                raise
            return 0

    async def memberships(self, caller: Caller) -> list[Row]:
        """See the interface."""
        active = (_mine(caller), ("active", "is.true"))
        columns = ("select", "clinic_id,role")
        return await self._tables.rows(caller, "memberships", *active, columns, ("order", "created_at,id"))

    # -- profiles

    async def profile(self, caller: Caller) -> Row | None:
        """See the interface."""
        found = await self._tables.rows(caller, "profiles", _mine(caller), ("limit", "1"))
        return found[0] if found else None

    async def create_profile(self, caller: Caller, fields: Row) -> Row:
        """See the interface."""
        given = {name: value for name, value in known(fields, _GIVEN_AT_FIRST).items() if value is not None}
        return await self._tables.insert(caller, "profiles", {**given, "user_id": caller.principal.user_id})

    async def update_profile(self, caller: Caller, changes: Row) -> Row:
        """See the interface."""
        if not known(changes, _CHANGEABLE):
            return await self._tables.row(caller, "profiles", _mine(caller), missing=_PROFILE)
        clinic_id = changes.get("default_clinic_id")
        if clinic_id is not None and not is_id(clinic_id):
            raise ClinicAccessDenied
        return await self._tables.update(
            caller, "profiles", changes, _mine(caller), missing=_PROFILE, denied=ClinicAccessDenied()
        )

    # -- sessions

    async def save_session(self, caller: Caller, new: NewSession) -> Row:
        """See the interface."""
        given = {
            "p_section": new.section,
            "p_mode": new.mode,
            "p_transcript": new.transcript,
            "p_language": new.language_code,
            "p_consent": new.consent_verified,
            "p_clinic_id": await self._clinic_for(caller),
            "p_repeat_seconds": REPEAT_S,
        }
        call = self._tables.call
        return await call(caller, "alie_save_session", given, missing=_SESSION, denied=ClinicAccessDenied())

    async def session(self, caller: Caller, session_id: str) -> Row:
        """See the interface."""
        return await self._tables.row(caller, "sessions", _with_id(session_id, _SESSION), missing=_SESSION)

    async def artifacts(self, caller: Caller, session_id: str) -> Row | None:
        """See the interface."""
        identity = _with_id(session_id, _SESSION, "session_id")
        columns = ("select", ",".join(_ARTIFACTS))
        newest = (("order", "created_at.desc,id.desc"), ("limit", "1"))
        found = await self._tables.rows(caller, "artifacts", identity, columns, *newest)
        if found:
            return found[0]
        await self.session(caller, session_id)
        return None

    async def save_artifacts(self, caller: Caller, session_id: str, artifacts: Row) -> None:
        """See the interface; for the session's owner only."""
        if not is_id(session_id):
            raise NotFound(_SESSION)
        row = {**known(artifacts, _ARTIFACTS), "session_id": session_id}
        await self._tables.add(caller, "artifacts", row, denied=NotFound(_SESSION))

    # -- cases

    async def cases(self, caller: Caller, query: CaseQuery) -> list[Row]:
        """See the interface: the user's own, not the clinic's. Raises ValidationFailed for a column that orders
        nothing."""
        if query.sort not in _SORTS:
            raise ValidationFailed(details=["sort must be updated_at, created_at, name or status"])
        way = "desc" if query.is_descending else "asc"
        since = iso(datetime.fromtimestamp(self._now() - query.days * _DAY_S, UTC))
        recent = (_mine(caller), ("updated_at", f"gte.{since}"))
        order = ("order", f"{query.sort}.{way},id.{way}")
        return await self._tables.rows(caller, "cases", *recent, order, ("limit", str(max(query.limit, 0))))

    async def create_case(self, caller: Caller, fields: Row) -> Row:
        """See the interface."""
        given = {
            name: value for name, value in known(fields, ("name", "draft", "clinic_id")).items() if value is not None
        }
        clinic_id = given.get("clinic_id")
        if clinic_id is None:
            clinic_id = await self._clinic_for(caller)
        elif not is_id(clinic_id):
            raise ClinicAccessDenied
        row = {**given, "clinic_id": clinic_id, "user_id": caller.principal.user_id}
        return await self._tables.insert(caller, "cases", row, denied=ClinicAccessDenied())

    async def case(self, caller: Caller, case_id: str) -> Row:
        """See the interface."""
        return await self._tables.row(caller, "cases", _with_id(case_id, _CASE), missing=_CASE)

    async def update_case(self, caller: Caller, case_id: str, changes: Row) -> Row:
        """See the interface; for the case's owner only."""
        identity = _with_id(case_id, _CASE)
        if not known(changes, ("name", "status")):
            return await self._tables.row(caller, "cases", identity, _mine(caller), missing=_CASE)
        return await self._tables.update(caller, "cases", changes, identity, _mine(caller), missing=_CASE)

    async def save_section(self, caller: Caller, case_id: str, section_id: str, data: Row, status: str | None) -> Row:
        """See the interface; for the case's owner only."""
        if not is_id(case_id):
            raise NotFound(_CASE)
        given = {"p_case_id": case_id, "p_section_id": section_id, "p_data": data, "p_status": status}
        return await self._tables.call(caller, "alie_save_section", given, missing=_CASE)

    async def commit_section(self, caller: Caller, case_id: str, section_id: str, session_id: str, text: str) -> Row:
        """See the interface; for the case's owner only."""
        if not (is_id(case_id) and is_id(session_id)):
            raise NotFound(_CASE if not is_id(case_id) else _SESSION)
        given = {"p_case_id": case_id, "p_section_id": section_id, "p_session_id": session_id, "p_text": text}
        return await self._tables.call(caller, "alie_commit_section", given, missing="Case or session not found")

    # -- clinics

    async def clinics(self, caller: Caller) -> list[Row]:
        """See the interface; by name."""
        return await self._tables.rows(caller, "clinics", ("order", "name,id"))

    async def clinic(self, caller: Caller, clinic_id: str) -> Row:
        """See the interface."""
        return await self._tables.row(caller, "clinics", _with_id(clinic_id, _CLINIC), missing=_CLINIC)

    # -- feedback

    async def add_feedback(self, caller: Caller, fields: Row) -> Row:
        """See the interface."""
        columns = ("content", "ttl_days", "session_id", "template_id")
        given = {name: value for name, value in known(fields, columns).items() if value is not None}
        row = {**given, "user_id": caller.principal.user_id}
        return await self._tables.insert(caller, "feedback", row, _FEEDBACK_COLUMNS)

    async def feedback(self, caller: Caller, limit: int, offset: int) -> tuple[list[Row], int]:
        """See the interface."""
        page = (("order", "created_at.desc,id.desc"), ("limit", str(max(limit, 0))), ("offset", str(max(offset, 0))))
        return await self._tables.page(caller, "feedback", _mine(caller), _FEEDBACK_COLUMNS, *page)

    async def one_feedback(self, caller: Caller, feedback_id: str) -> Row:
        """See the interface."""
        identity = _with_id(feedback_id, _FEEDBACK)
        return await self._tables.row(caller, "feedback", identity, _mine(caller), _FEEDBACK_COLUMNS, missing=_FEEDBACK)

    async def update_feedback(self, caller: Caller, feedback_id: str, content: Row) -> Row:
        """See the interface."""
        which = (_with_id(feedback_id, _FEEDBACK), _mine(caller), _FEEDBACK_COLUMNS)
        return await self._tables.update(caller, "feedback", {"content": content}, *which, missing=_FEEDBACK)

    async def delete_feedback(self, caller: Caller, feedback_id: str) -> None:
        """See the interface."""
        identity = _with_id(feedback_id, _FEEDBACK)
        await self._tables.delete(caller, "feedback", identity, _mine(caller), missing=_FEEDBACK)

    # -- audit

    async def add_audit(self, caller: Caller, row: Row) -> None:
        """See the interface."""
        own = {**known(row, _AUDITED), "user_id": caller.principal.user_id}
        await self._tables.add(caller, "audit_logs", own)

    async def _clinic_for(self, caller: Caller) -> str | None:
        """The clinic that a new row belongs to: that of the principal, else the profile's default, as far as the caller
        is an active member; None: no clinic."""
        clinic_ids = {each["clinic_id"] for each in await self.memberships(caller)}
        if not clinic_ids:
            return None
        if caller.principal.clinic_id in clinic_ids:
            return caller.principal.clinic_id
        default = (await self.profile(caller) or {}).get("default_clinic_id")
        return default if default in clinic_ids else None


def _mine(caller: Caller) -> Filter:
    """Rows of the caller: what the policies say, said once more where the rows of others are none of ours."""
    return "user_id", f"eq.{caller.principal.user_id}"


def _with_id(text: str, missing: str, column: str = "id") -> Filter:
    """The row of that id. Raises NotFound for what is no id: no row has it."""
    if not is_id(text):
        raise NotFound(missing)
    return column, f"eq.{text}"
