"""Feedback in a Supabase project: the caller's own rows only, whatever the policies of an older table say."""

from __future__ import annotations

from alie.principal import Caller
from alie.store.columns import NEW_FEEDBACK, known
from alie.store.interface import Row
from alie.store.supabase_people import SupabasePeople, mine, with_id

_FEEDBACK = "Feedback not found"
_COLUMNS = ("select", "id,user_id,session_id,template_id,content,ttl_days,created_at")


class SupabaseFeedback(SupabasePeople):
    """A part of `alie.store.supabase.SupabaseStore`."""

    async def add_feedback(self, caller: Caller, fields: Row) -> Row:
        """See the interface."""
        given = {name: value for name, value in known(fields, NEW_FEEDBACK).items() if value is not None}
        row = {**given, "user_id": caller.principal.user_id}
        return await self.tables.insert(caller, "feedback", row, _COLUMNS)

    async def feedback(self, caller: Caller, limit: int, offset: int) -> tuple[list[Row], int]:
        """See the interface."""
        page = (("order", "created_at.desc,id.desc"), ("limit", str(max(limit, 0))), ("offset", str(max(offset, 0))))
        return await self.tables.page(caller, "feedback", mine(caller), _COLUMNS, *page)

    async def one_feedback(self, caller: Caller, feedback_id: str) -> Row:
        """See the interface."""
        identity = with_id(feedback_id, _FEEDBACK)
        return await self.tables.row(caller, "feedback", identity, mine(caller), _COLUMNS, missing=_FEEDBACK)

    async def update_feedback(self, caller: Caller, feedback_id: str, content: Row) -> Row:
        """See the interface."""
        which = (with_id(feedback_id, _FEEDBACK), mine(caller), _COLUMNS)
        return await self.tables.update(caller, "feedback", {"content": content}, *which, missing=_FEEDBACK)

    async def delete_feedback(self, caller: Caller, feedback_id: str) -> None:
        """See the interface."""
        identity = with_id(feedback_id, _FEEDBACK)
        await self.tables.delete(caller, "feedback", identity, mine(caller), missing=_FEEDBACK)
