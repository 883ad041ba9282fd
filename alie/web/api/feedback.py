"""`/api/feedback`: what users think of it, in the shapes of both generations of pages. Off by default.

The user is the caller, whatever `X-User-Id` or a body's `user_id` may say.
"""

from __future__ import annotations

from typing import Any

import orjson

from alie.errors import DatabaseError, FeatureDisabled, ValidationFailed
from alie.store.interface import Row, Store
from alie.web.routing import OPEN, PERSONAL, Call, Reply, Route
from alie.web.schemas import BOOLEAN, INTEGER, OBJECT, STRING, TIME, UUID, a_list, or_null, record, success

MAX_CONTENT_CHARACTERS = 10_240
MAX_TOGETHER = 50
_BESIDES = ("ttl_days", "session_id", "template_id", "user_id")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

_NEW = {
    **record(
        {
            "content": {
                **OBJECT,
                "minProperties": 1,
                "description": f"At most {MAX_CONTENT_CHARACTERS} characters of JSON",
            },
            "ttl_days": {**INTEGER, "minimum": 1, "maximum": 365},
            "session_id": or_null(UUID),
            "template_id": or_null({**STRING, "maxLength": 255}),
            "meta": OBJECT,
            "ratings": OBJECT,
        }
    ),
    "anyOf": [{"required": ["content"]}, {"required": ["meta", "ratings"]}],
    "description": "Either all in `content`, or `meta` and `ratings` with whatever else there is",
}
_ITEM = record({"id": UUID, "created_at": TIME, "ttl_days": INTEGER}, "id", "created_at", "ttl_days")
_PAGE = record(
    {"limit": INTEGER, "offset": INTEGER, "total": INTEGER, "hasMore": BOOLEAN}, "limit", "offset", "total", "hasMore"
)
_QUERY = {
    "limit": {**INTEGER, "minimum": 1, "maximum": 1000, "default": 100},
    "offset": {**INTEGER, "minimum": 0, "maximum": 1_000_000_000, "default": 0},
}
_EVERY, _SYNC, _ONE = "/api/feedback", "/api/feedback/sync", "/api/feedback/{feedback_id}"


def disabled_routes() -> list[Route]:
    """Where no feedback is taken: 503 before anything else."""

    async def refuse(call: Call) -> Reply:
        raise FeatureDisabled("Feedback is not taken by this server")

    summary = "Feedback is not taken by this server"
    return [
        Route(method, path, refuse, summary, access=OPEN, answers={}, errors=(503,))
        for path in (_EVERY, _SYNC, _ONE)
        for method in _METHODS
    ]


class Feedback:
    """The caller's own feedback.

    Args:
        store: keeps it, for as many days as it says.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        """All of `/api/feedback`."""
        added = success({"id": UUID, "data": _ITEM})
        listed = success({"items": a_list(_ITEM), "data": a_list(_ITEM), "pagination": _PAGE})
        synced = success({"data": record({"ids": a_list(UUID), "count": INTEGER}, "ids", "count")})
        several = record({"items": {**a_list(_NEW, MAX_TOGETHER), "minItems": 1}}, "items")
        one, gone = success({"data": _ITEM}), success({})
        return [
            Route(
                "GET",
                _EVERY,
                self.some,
                "The caller's feedback, newest first",
                PERSONAL,
                query=_QUERY,
                answers={200: listed},
                audited="feedback.list",
            ),
            Route(
                "POST",
                _EVERY,
                self.add,
                "Adds feedback; 200 for `content`, 201 for `meta` and `ratings`",
                PERSONAL,
                body=_NEW,
                answers={200: added, 201: added},
                audited="feedback.add",
            ),
            Route(
                "POST",
                _SYNC,
                self.add_several,
                "Adds what a page has gathered; one after another",
                PERSONAL,
                body=several,
                max_body_bytes=1_048_576,
                answers={200: synced},
                audited="feedback.sync",
            ),
            Route("GET", _ONE, self.tell, "One", PERSONAL, answers={200: one}, audited="feedback.read"),
            Route(
                "PUT",
                _ONE,
                self.replace,
                "Replaces",
                PERSONAL,
                body=_NEW,
                answers={200: one},
                audited="feedback.update",
            ),
            Route("DELETE", _ONE, self.delete, "Deletes", PERSONAL, answers={200: gone}, audited="feedback.delete"),
        ]

    async def some(self, call: Call) -> Reply:
        """A page of it."""
        limit, offset = call.query["limit"], call.query["offset"]
        rows, total = await self._store.feedback(call.someone, limit, offset)
        items = [_item(row) for row in rows]
        page = {"limit": limit, "offset": offset, "total": total, "hasMore": offset + len(rows) < total}
        return Reply({"success": True, "items": items, "data": items, "pagination": page})

    async def add(self, call: Call) -> Reply:
        """In the status that the page of each shape waits for."""
        row = await self._store.add_feedback(call.someone, _fields(call.body))
        body = {"success": True, "id": row["id"], "data": _item(row)}
        return Reply(body, 200 if "content" in call.body else 201, audited={"resource_id": row["id"]})

    async def add_several(self, call: Call) -> Reply:
        """All are checked before the first is written; an error says how many were."""
        every = [_fields(item) for item in call.body["items"]]
        ids: list[str] = []
        try:
            for fields in every:
                ids.append((await self._store.add_feedback(call.someone, fields))["id"])
        except DatabaseError as error:
            error.details = f"{len(ids)} of {len(every)} were saved"
            raise
        return Reply({"success": True, "data": {"ids": ids, "count": len(ids)}}, audited={"count": len(ids)})

    async def tell(self, call: Call) -> Reply:
        """One of the caller's own."""
        row = await self._store.one_feedback(call.someone, call.path["feedback_id"])
        return Reply({"success": True, "data": _item(row)})

    async def replace(self, call: Call) -> Reply:
        """Its content; how long it is kept does not change."""
        content = _fields(call.body)["content"]
        row = await self._store.update_feedback(call.someone, call.path["feedback_id"], content)
        return Reply({"success": True, "data": _item(row)})

    async def delete(self, call: Call) -> Reply:
        """For good."""
        await self._store.delete_feedback(call.someone, call.path["feedback_id"])
        return Reply({"success": True})


def _fields(body: dict[str, Any]) -> Row:
    """The columns, from a body of either shape."""
    content = body.get("content") or {name: value for name, value in body.items() if name not in _BESIDES}
    if len(orjson.dumps(content).decode()) > MAX_CONTENT_CHARACTERS:
        raise ValidationFailed(details=[f"content must have at most {MAX_CONTENT_CHARACTERS} characters of JSON"])
    fields = {name: body[name] for name in ("ttl_days", "session_id", "template_id") if body.get(name) is not None}
    if "ttl_days" in fields:
        fields["ttl_days"] = int(fields["ttl_days"])  # 30.0 is an integer in JSON Schema
    return {"content": content, **fields}


def _item(row: Row) -> Row:
    """As pages know it: the content's own fields, but never in the place of the row's."""
    return {**row["content"], "id": row["id"], "created_at": row["created_at"], "ttl_days": row["ttl_days"]}
