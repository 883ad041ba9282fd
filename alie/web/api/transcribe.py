"""`/api/transcribe`: what becomes of a transcript. Nothing is kept of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from alie.ambient.order import carry_out
from alie.errors import AlieError, BadRequest, Internal
from alie.web.routing import Call, Reply, Route
from alie.web.workroom import Workroom

AT_ONCE_BYTES = 16_384
"""Up to here it takes about 2 ms, and no thread is asked."""
_ANSWER = {"type": "object", "required": ["narrative", "irSummary", "roleMap", "meta"]}


class Processing:
    """A consultation in, a text with roles out.

    Args:
        clock: the reactor's.
        workroom: where long consultations are worked on.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, workroom: Workroom) -> None:
        self._clock = clock
        self._workroom = workroom

    def routes(self) -> list[Route]:
        """`/api/transcribe/process`."""
        path = "/api/transcribe/process"
        summary = "A consultation in, a text with roles out"
        return [Route("POST", path, self.process, summary, is_raw=True, answers={200: _ANSWER}, errors=(400, 503))]

    async def process(self, call: Call) -> Reply:
        """Answers when the work is done."""
        began_at = self._clock.seconds()
        if (call.headers("content-type") or "").partition(";")[0].strip().lower() != "application/json":
            raise BadRequest("Content-Type must be application/json")
        outcome = await self._work(call.body)
        took_ms = round((self._clock.seconds() - began_at) * 1000)
        return Reply({**outcome, "meta": {"processingTime": took_ms, "success": True, "saved": False}})

    async def _work(self, body: bytes) -> dict[str, Any]:
        work = partial(carry_out, body)
        try:
            return work() if len(body) <= AT_ONCE_BYTES else await self._workroom.run(work)
        except AlieError:
            raise
        except Exception as error:
            # Not the failure itself: its text may hold what was said.
            self._log.error("A consultation could not be processed: {name}", name=type(error).__name__)
            raise Internal from None
