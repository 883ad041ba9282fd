"""`/api/clinics`, for the page's choice of a clinic, and `/api/db/ping`."""

from __future__ import annotations

from alie.store.interface import Store
from alie.web.routing import PERSONAL, Call, Reply, Route
from alie.web.schemas import INTEGER, STRING, TIME, UUID, a_list, or_null, record, success

_CLINIC = record(
    {
        "id": UUID,
        "name": or_null(STRING),
        "address": or_null(STRING),
        "phone": or_null(STRING),
        "email": or_null(STRING),
        "created_at": TIME,
        "updated_at": TIME,
    },
    "id",
    "name",
)


class Clinics:
    """Clinics that the caller may see.

    Args:
        store: has them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[Route]:
        """`/api/clinics`, one of them, and whether the database answers."""
        all_of_them = success({"data": a_list(_CLINIC), "message": STRING})
        one = success({"data": _CLINIC, "message": STRING})
        pong = record({"ok": {"const": 1}, "profiles": INTEGER}, "ok", "profiles")
        return [
            Route(
                "GET",
                "/api/clinics",
                self.every,
                "Clinics",
                PERSONAL,
                answers={200: all_of_them},
                audited="clinic.list",
            ),
            Route(
                "GET",
                "/api/clinics/{clinic_id}",
                self.tell,
                "One clinic",
                PERSONAL,
                answers={200: one},
                audited="clinic.read",
            ),
            Route("GET", "/api/db/ping", self.ping, "Whether the database answers", PERSONAL, answers={200: pong}),
        ]

    async def every(self, call: Call) -> Reply:
        """All of them."""
        rows = await self._store.clinics(call.someone)
        return Reply({"success": True, "data": rows, "message": "Clinics"}, audited={"count": len(rows)})

    async def tell(self, call: Call) -> Reply:
        """One."""
        row = await self._store.clinic(call.someone, call.path["clinic_id"])
        return Reply({"success": True, "data": row, "message": "Clinic"})

    async def ping(self, call: Call) -> Reply:
        """It does, and so many profiles are the caller's to see."""
        return Reply({"ok": 1, "profiles": await self._store.ping(call.someone)})
