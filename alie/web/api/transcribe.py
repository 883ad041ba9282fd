"""`/api/transcribe`: what becomes of a transcript. Nothing is kept of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from alie.ambient.order import carry_out
from alie.engines.bridge import failure_name
from alie.errors import AlieError, AuthRequired, BadRequest, Internal
from alie.web.answers import JsonResource, Missing, answer, refuse
from alie.web.cors import header
from alie.web.workroom import Workroom

AT_ONCE_BYTES = 16_384
"""Up to here it takes about 2 ms, and no thread is asked."""


def transcribe_family(clock: IReactorTime, workroom: Workroom, *, is_token_owed: bool) -> Resource:
    """Builds `/api/transcribe`; arguments as for `ProcessResource`."""
    family = Missing()
    family.putChild(b"process", ProcessResource(clock, workroom, is_token_owed=is_token_owed))
    return family


class ProcessResource(JsonResource):
    """`/api/transcribe/process`: a consultation in, a text with roles out.

    Args:
        clock: the reactor's.
        workroom: where long consultations are worked on.
        is_token_owed: whether REST asks for a token. None can be verified yet, so then nobody is served.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, workroom: Workroom, *, is_token_owed: bool) -> None:
        super().__init__()
        self._clock = clock
        self._workroom = workroom
        self._is_token_owed = is_token_owed

    def render_POST(self, request: Request) -> bytes | int:
        """Answers when the work is done, unless the client has gone."""
        if self._is_token_owed:
            raise AuthRequired
        if (header(request, "content-type") or "").partition(";")[0].strip().lower() != "application/json":
            raise BadRequest("Content-Type must be application/json")
        began_at = self._clock.seconds()
        gone: list[Failure] = []
        request.notifyFinish().addErrback(gone.append)
        body = request.content.read() if request.content else b""
        self._begin(body).addErrback(self._known).addCallback(
            lambda outcome: None if gone else self._finish(request, outcome, began_at)
        )
        return NOT_DONE_YET

    def _begin(self, body: bytes) -> Deferred[dict[str, Any]]:
        work = partial(carry_out, body)
        return maybeDeferred(work) if len(body) <= AT_ONCE_BYTES else self._workroom.run(work)

    def _known(self, failure: Failure) -> AlieError:
        if isinstance(failure.value, AlieError):
            return failure.value
        # Not the failure itself: its text may hold what was said.
        self._log.error("A consultation could not be processed: {name}", name=failure_name(failure))
        return Internal()

    def _finish(self, request: Request, outcome: dict[str, Any] | AlieError, began_at: float) -> None:
        if isinstance(outcome, AlieError):
            request.write(refuse(request, outcome))
        else:
            took_ms = round((self._clock.seconds() - began_at) * 1000)
            meta = {"processingTime": took_ms, "success": True, "saved": False}
            request.write(answer(request, {**outcome, "meta": meta}))
        request.finish()
