"""`/api/transcribe`: what becomes of a transcript. Kept of it is only what belongs to a session that was saved."""

from __future__ import annotations

import re
from functools import partial

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from alie.ambient.artifacts import artifacts_of
from alie.ambient.cleaning import LANGUAGES
from alie.ambient.order import MAX_ID_CHARACTERS, SECTIONS, Outcome, carry_out
from alie.errors import AlieError, Internal, NotFound
from alie.store.interface import Store
from alie.web.channel import MAX_BODY_BYTES
from alie.web.routing import UUID, Call, Reply, Route
from alie.web.schemas import NARRATIVE, ROLE_MAP, a_list, a_text, one_of, record
from alie.web.workroom import Workroom

AT_ONCE_BYTES = 16_384
"""Up to here it takes about 2 ms, and no thread is asked."""

_ORDER = record(
    {
        "sessionId": a_text(1, MAX_ID_CHARACTERS),
        "modeId": {"const": "ambient"},
        "language": one_of(*LANGUAGES),
        "section": one_of(*SECTIONS),
        "rawAwsJson": {
            "description": "The `transcription_final` of a session, its payload, or a batch result of Amazon "
            "Transcribe with speaker labels; each as an object or as JSON text",
            "anyOf": [
                record({"results": record({"items": a_list({"type": "object"})})}, "results"),
                {"type": "string"},
            ],
        },
    },
    "sessionId",
    "modeId",
    "language",
    "section",
    "rawAwsJson",
)
_SUMMARY = record(
    {"turnCount": {"type": "integer"}, "speakerCount": {"type": "integer"}, "totalDuration": {"type": "number"}},
    "turnCount",
    "speakerCount",
    "totalDuration",
)
_META = record(
    {"processingTime": {"type": "integer"}, "success": {"const": True}, "saved": {"type": "boolean"}},
    "processingTime",
    "success",
    "saved",
)
_ANSWER = record(
    {"narrative": NARRATIVE, "irSummary": _SUMMARY, "roleMap": ROLE_MAP, "meta": _META},
    "narrative",
    "irSummary",
    "roleMap",
    "meta",
)


class Processing:
    """A consultation in, a text with roles out.

    Args:
        clock: the reactor's.
        workroom: where long consultations are worked on.
        store: has the saved sessions that artifacts may belong to; None: there are none.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, workroom: Workroom, store: Store | None = None) -> None:
        self._clock = clock
        self._workroom = workroom
        self._store = store

    def routes(self) -> list[Route]:
        """`/api/transcribe/process`."""
        return [
            Route(
                "POST",
                "/api/transcribe/process",
                self.process,
                "A consultation in, a text with roles out; kept with the session if that was saved by the caller",
                body=_ORDER,
                is_raw=True,
                max_body_bytes=MAX_BODY_BYTES,
                answers={200: _ANSWER},
                errors=(503,),
                audited="consultation.process",
            )
        ]

    async def process(self, call: Call) -> Reply:
        """Answers when the work is done, and what is to be kept is kept."""
        began_at = self._clock.seconds()
        outcome = await self._work(call.body)
        took_ms = round((self._clock.seconds() - began_at) * 1000)
        is_saved = await self._save(call, outcome, took_ms)
        meta = {"processingTime": took_ms, "success": True, "saved": is_saved}
        audited = {"saved": is_saved, "session_id": outcome.session_id if is_saved else None}
        return Reply({**outcome.answer, "meta": meta}, audited=audited)

    async def _work(self, body: bytes) -> Outcome:
        work = partial(carry_out, body)
        try:
            return work() if len(body) <= AT_ONCE_BYTES else await self._workroom.run(work)
        except AlieError:
            raise
        except Exception as error:
            # Not the failure itself: its text may hold what was said.
            self._log.error(
                "A consultation could not be processed: {name}", event="request.failed", name=type(error).__name__
            )
            raise Internal from None

    async def _save(self, call: Call, outcome: Outcome, took_ms: int) -> bool:
        """Whether it was kept: only in a session that this caller has saved, or may see."""
        session_id = outcome.session_id.lower()
        if self._store is None or call.caller is None or not re.fullmatch(UUID, session_id):
            return False
        try:
            row = artifacts_of(outcome.ir, outcome.roles, took_ms)
            await self._store.save_artifacts(call.caller, session_id, row)
        except NotFound:
            return False
        return True
