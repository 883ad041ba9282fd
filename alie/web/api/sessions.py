"""`/api/sessions`: dictations that somebody saved, and what was made of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from twisted.internet.interfaces import IReactorTime

from alie.ambient.artifacts import with_swapped_roles
from alie.errors import NotFound, SessionNotFound
from alie.store.interface import NewSession, Row, Store
from alie.web.routing import PERSONAL, Call, Reply, Route
from alie.web.schemas import (
    BOOLEAN,
    NARRATIVE,
    OBJECT,
    ROLE_MAP,
    SECTION,
    STRING,
    TIME,
    UUID,
    a_text,
    one_of,
    or_null,
    record,
)

MODES = ("word_for_word", "smart_dictation", "ambient")
DEFAULT_MODE = "smart_dictation"
MAX_SESSION_BYTES = 1_048_576
_LANGUAGE = re.compile(r"[A-Za-z]{2}(-[A-Za-z]{2})?")

_METADATA = record(
    {
        "mode": {"description": f"One of {', '.join(MODES)}; anything else counts as {DEFAULT_MODE}"},
        "inputLanguage": {"description": 'Such as "fr" or "fr-CA"; before `language`, if both are there'},
        "consentVerified": BOOLEAN,
    }
)
_NEW = record({"sectionId": SECTION, "transcript": a_text(1), "metadata": _METADATA}, "sectionId", "transcript")
_SAVED = record(
    {
        "id": UUID,
        "sectionId": STRING,
        "transcript": STRING,
        "metadata": OBJECT,
        "createdAt": TIME,
        "status": {"const": "created"},
    },
    "id",
    "sectionId",
    "transcript",
    "metadata",
    "createdAt",
    "status",
)
_SESSION = record(
    {
        "id": UUID,
        "user_id": UUID,
        "clinic_id": or_null(STRING),
        "patient_id": or_null(STRING),
        "status": one_of("active", "paused", "completed", "cancelled"),
        "mode": one_of(*MODES),
        "current_section": or_null(STRING),
        "started_at": or_null(STRING),
        "ended_at": or_null(STRING),
        "created_at": TIME,
        "updated_at": TIME,
    },
    "id",
    "user_id",
    "clinic_id",
    "patient_id",
    "status",
    "mode",
    "current_section",
    "started_at",
    "ended_at",
    "created_at",
    "updated_at",
)
_PARTS = ("ir", "role_map", "narrative", "processing_time")
_MAYBE = record({name: or_null(OBJECT) for name in _PARTS}, *_PARTS)
_TOLD_AGAIN = record(
    {"ir": OBJECT, "role_map": ROLE_MAP, "narrative": NARRATIVE, "processing_time": OBJECT},
    *_PARTS,
)


class Sessions:
    """Saved sessions.

    Args:
        store: keeps them.
        clock: the reactor's, by which work is timed.
    """

    def __init__(self, store: Store, clock: IReactorTime) -> None:
        self._store = store
        self._clock = clock

    def routes(self) -> list[Route]:
        """All of `/api/sessions`."""
        one = "/api/sessions/{session_id}"
        return [
            Route(
                "POST",
                "/api/sessions",
                self.save,
                "Saves a dictation; the same again within 10 minutes is the same session",
                PERSONAL,
                body=_NEW,
                max_body_bytes=MAX_SESSION_BYTES,
                answers={201: _SAVED},
                audited="session.save",
            ),
            Route(
                "GET", one, self.tell, "One saved session", PERSONAL, answers={200: _SESSION}, audited="session.read"
            ),
            Route(
                "GET",
                f"{one}/artifacts",
                self.artifacts,
                "What was last made of a session; each is null where there is nothing",
                PERSONAL,
                answers={200: _MAYBE},
                audited="artifacts.read",
            ),
            Route(
                "POST",
                f"{one}/roles/swap",
                self.swap,
                "Exchanges patient and clinician, and tells the consultation again",
                PERSONAL,
                answers={200: _TOLD_AGAIN},
                errors=(409,),
                audited="artifacts.swap_roles",
            ),
        ]

    async def save(self, call: Call) -> Reply:
        """Answered only when it is saved."""
        body = call.body
        metadata = body.get("metadata", {})
        row = await self._store.save_session(call.someone, _new(body, metadata))
        saved = {
            "id": row["id"],
            "sectionId": body["sectionId"],
            "transcript": body["transcript"],
            "metadata": metadata,
            "createdAt": row["created_at"],
            "status": "created",
        }
        return Reply(saved, 201, audited={"session_id": row["id"], "resource_id": row["id"]})

    async def tell(self, call: Call) -> Reply:
        """The row, without what was said."""
        try:
            return Reply(await self._store.session(call.someone, call.path["session_id"]))
        except NotFound:
            raise SessionNotFound from None

    async def artifacts(self, call: Call) -> Reply:
        """The newest."""
        row = await self._newest(call)
        return Reply(dict.fromkeys(_PARTS) if row is None else {name: row[name] for name in _PARTS})

    async def swap(self, call: Call) -> Reply:
        """Kept as the newest artifacts; those before them stay."""
        began_at = self._clock.seconds()
        row = await self._newest(call)
        if row is None:
            raise NotFound("This session has no artifacts")
        swapped = with_swapped_roles(row, round((self._clock.seconds() - began_at) * 1000))
        await self._store.save_artifacts(call.someone, call.path["session_id"], swapped)
        return Reply(swapped)

    async def _newest(self, call: Call) -> Row | None:
        try:
            return await self._store.artifacts(call.someone, call.path["session_id"])
        except NotFound:
            raise SessionNotFound from None


def _new(body: Mapping[str, Any], metadata: Mapping[str, Any]) -> NewSession:
    mode = metadata.get("mode")
    languages = [metadata.get(name) for name in ("inputLanguage", "language")]
    return NewSession(
        section=body["sectionId"],
        mode=mode if mode in MODES else DEFAULT_MODE,
        transcript=body["transcript"],
        language_code=next((one for one in languages if isinstance(one, str) and _LANGUAGE.fullmatch(one)), None),
        consent_verified=metadata.get("consentVerified") is True,
    )
