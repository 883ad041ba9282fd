"""Saved dictations in a Supabase project: sessions, their transcripts and artifacts."""

from __future__ import annotations

from alie.errors import ClinicAccessDenied, NotFound
from alie.principal import Caller
from alie.store.columns import ARTIFACTS, known
from alie.store.interface import REPEAT_S, NewSession, Row
from alie.store.supabase_people import SupabasePeople, with_id
from alie.store.supabase_rows import is_id

_SESSION = "Session not found"


class SupabaseSessions(SupabasePeople):
    """A part of `alie.store.supabase.SupabaseStore`."""

    async def save_session(self, caller: Caller, new: NewSession) -> Row:
        """See the interface."""
        given = {
            "p_section": new.section,
            "p_mode": new.mode,
            "p_transcript": new.transcript,
            "p_language": new.language_code,
            "p_consent": new.consent_verified,
            "p_clinic_id": await self.clinic_for(caller),
            "p_repeat_seconds": REPEAT_S,
        }
        call = self.tables.call
        return await call(caller, "alie_save_session", given, missing=_SESSION, denied=ClinicAccessDenied())

    async def session(self, caller: Caller, session_id: str) -> Row:
        """See the interface."""
        return await self.tables.row(caller, "sessions", with_id(session_id, _SESSION), missing=_SESSION)

    async def artifacts(self, caller: Caller, session_id: str) -> Row | None:
        """See the interface."""
        identity = with_id(session_id, _SESSION, "session_id")
        columns = ("select", ",".join(ARTIFACTS))
        newest = (("order", "created_at.desc,id.desc"), ("limit", "1"))
        found = await self.tables.rows(caller, "artifacts", identity, columns, *newest)
        if found:
            return found[0]
        await self.session(caller, session_id)
        return None

    async def save_artifacts(self, caller: Caller, session_id: str, artifacts: Row) -> None:
        """See the interface; for the session's owner only."""
        if not is_id(session_id):
            raise NotFound(_SESSION)
        row = {**known(artifacts, ARTIFACTS), "session_id": session_id}
        await self.tables.add(caller, "artifacts", row, denied=NotFound(_SESSION))
