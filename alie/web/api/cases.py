"""`/api/cases`: what a clinician gathers section by section."""

from __future__ import annotations

import re

from alie.store.interface import CaseQuery, Row, Store
from alie.web.routing import PERSONAL, Call, Reply, Route
from alie.web.schemas import (
    INTEGER,
    OBJECT,
    STRING,
    TIME,
    TITLE,
    UUID,
    a_list,
    a_text,
    one_of,
    or_null,
    record,
    success,
)

STATUSES = ("draft", "in_progress", "completed")
COLUMNS = ("updated_at", "created_at", "name", "status")
MAX_SECTION_BYTES = 1_048_576

_CASE = record(
    {
        "id": UUID,
        "user_id": UUID,
        "clinic_id": or_null(STRING),
        "name": or_null(STRING),
        "status": one_of(*STATUSES),
        "draft": OBJECT,
        "created_at": TIME,
        "updated_at": TIME,
    },
    "id",
    "user_id",
    "clinic_id",
    "name",
    "status",
    "draft",
    "created_at",
    "updated_at",
)
_ONE = success({"data": _CASE})
_QUERY = {
    "limit": {**INTEGER, "minimum": 1, "maximum": 100, "default": 10},
    "days": {**INTEGER, "minimum": 1, "maximum": 3650, "default": 30, "description": "Updated within so many days"},
    "sort": {**STRING, "default": COLUMNS[0], "description": f"{', '.join(COLUMNS)}; else {COLUMNS[0]}"},
    "order": {**STRING, "default": "desc", "description": "asc; else desc"},
}
_COMMITTED = record(
    {"id": UUID, "section_id": STRING, "session_id": UUID, "committed_at": TIME},
    "id",
    "section_id",
    "session_id",
    "committed_at",
)


class Cases:
    """The caller's cases.

    Args:
        store: keeps them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        """All of `/api/cases`."""
        every, one, section = "/api/cases", "/api/cases/{case_id}", "/api/cases/{case_id}/sections/{section_id}"
        data = record({"data": OBJECT, "status": or_null(STRING) | {"enum": [*STATUSES, None]}}, "data")
        fields = record({"name": TITLE, "draft": OBJECT, "clinic_id": or_null(UUID)})
        commit = record({"sessionId": UUID, "finalText": a_text(1)}, "sessionId", "finalText")
        listed = success({"data": a_list(_CASE), "count": INTEGER})
        return [
            Route(
                "GET",
                every,
                self.some,
                "The caller's cases",
                PERSONAL,
                query=_QUERY,
                answers={200: listed},
                audited="case.list",
            ),
            Route(
                "POST",
                every,
                self.create,
                "Begins a case",
                PERSONAL,
                body=fields,
                max_body_bytes=MAX_SECTION_BYTES,
                answers={201: _ONE},
                audited="case.create",
            ),
            Route("GET", one, self.tell, "One case", PERSONAL, answers={200: _ONE}, audited="case.read"),
            Route(
                "PUT",
                f"{one}/name",
                self.rename,
                "Names a case",
                PERSONAL,
                body=record({"name": TITLE}, "name"),
                answers={200: _ONE},
                audited="case.rename",
            ),
            Route(
                "PUT",
                f"{one}/status",
                self.mark,
                "Says how far a case is",
                PERSONAL,
                body=record({"status": one_of(*STATUSES)}, "status"),
                answers={200: _ONE},
                audited="case.mark",
            ),
            Route(
                "POST",
                section,
                self.write,
                "Keeps a section's data; the other sections stay as they are",
                PERSONAL,
                body=data,
                max_body_bytes=MAX_SECTION_BYTES,
                answers={200: _ONE},
                audited="case.write",
            ),
            Route(
                "POST",
                f"{section}/commit",
                self.commit,
                "Adds a saved session's text to a section; the same again is the same row",
                PERSONAL,
                body=commit,
                max_body_bytes=MAX_SECTION_BYTES,
                answers={200: success({"data": _COMMITTED})},
                audited="case.commit",
            ),
        ]

    async def some(self, call: Call) -> Reply:
        """Those that were touched lately."""
        sort = re.sub("([A-Z])", r"_\1", call.query["sort"]).lower()
        query = CaseQuery(
            limit=call.query["limit"],
            days=call.query["days"],
            sort=sort if sort in COLUMNS else COLUMNS[0],
            is_descending=call.query["order"].lower() != "asc",
        )
        rows = await self._store.cases(call.someone, query)
        return Reply({"success": True, "data": rows, "count": len(rows)}, audited={"count": len(rows)})

    async def create(self, call: Call) -> Reply:
        """With what is known of it; all may come later."""
        fields: Row = {"draft": call.body.get("draft", {})}
        if "name" in call.body:
            fields["name"] = call.body["name"].strip()
        if call.body.get("clinic_id") is not None:
            fields["clinic_id"] = call.body["clinic_id"].lower()
        row = await self._store.create_case(call.someone, fields)
        return Reply({"success": True, "data": row}, 201, audited={"resource_id": row["id"]})

    async def tell(self, call: Call) -> Reply:
        """With its draft."""
        return _told(await self._store.case(call.someone, call.path["case_id"]))

    async def rename(self, call: Call) -> Reply:
        """Trimmed."""
        return await self._update(call, {"name": call.body["name"].strip()})

    async def mark(self, call: Call) -> Reply:
        """As the body says."""
        return await self._update(call, {"status": call.body["status"]})

    async def _update(self, call: Call, changes: Row) -> Reply:
        return _told(await self._store.update_case(call.someone, call.path["case_id"], changes))

    async def write(self, call: Call) -> Reply:
        """As a page saves while its user types."""
        path, body = call.path, call.body
        row = await self._store.save_section(
            call.someone, path["case_id"], path["section_id"], body["data"], body.get("status")
        )
        return _told(row)

    async def commit(self, call: Call) -> Reply:
        """Answered only when it is written."""
        path, session_id = call.path, call.body["sessionId"].lower()
        row = await self._store.commit_section(
            call.someone, path["case_id"], path["section_id"], session_id, call.body["finalText"]
        )
        return Reply({"success": True, "data": row}, audited={"session_id": session_id})


def _told(row: Row) -> Reply:
    return Reply({"success": True, "data": row})
