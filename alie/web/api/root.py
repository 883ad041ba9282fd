"""`/api`: finds a request's route, sees who asks, reads what was sent, and answers in JSON."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.server import NOT_DONE_YET, Request

from alie.audit.interface import Audit
from alie.auth.interface import Tickets
from alie.errors import AlieError, BadRequest, Internal, MethodNotAllowed, NotFound, PayloadTooLarge
from alie.principal import KEY, SUPABASE, Caller
from alie.web.access_log import words_in
from alie.web.answers import JsonResource, answer, refuse
from alie.web.api.auditing import refusal, visit
from alie.web.checking import read_body, read_query
from alie.web.cors import header
from alie.web.routing import OPEN, Call, Reply, Route, Routes
from alie.web.workroom import Workroom

AT_ONCE_BYTES = 16_384
"""Bodies up to here are read at once, in about a millisecond; longer ones in a thread."""


class Gate(Protocol):
    """What guards the routes: see `alie.web.gate.RestGate`."""

    tickets: Tickets

    async def caller(self, request: Request, access: str) -> Caller | None:
        """Who asks; None where nobody needs to be. Raises AuthRequired, AuthInvalid, AuthExpired, AuthServiceError."""

    def admit(self, request: Request, caller: Caller | None) -> None:
        """Counts the request. Raises RateLimited."""

    def address(self, request: Request) -> str | None:
        """The client's address; None where it is not known."""


@dataclass(slots=True)
class _Visit:
    """One request on its way: what is found out about it."""

    request: Request
    route: Route
    values: dict[str, str]
    caller: Caller | None = None
    is_in: bool = False
    has_ticket: bool = False

    @property
    def is_private(self) -> bool:
        """Whether nobody but the caller may have the answer."""
        return self.route.access != OPEN or self.has_ticket


class ApiResource(JsonResource):
    """`/api` and everything below it.

    Args:
        routes: what is served.
        gate: who may ask.
        audit: where it is recorded.
        workroom: where long bodies are read; None: they are read at once, which holds up the reactor.

    Attributes:
        words: of which the paths below it are made.
    """

    isLeaf = True
    _log = Logger()

    def __init__(self, routes: Routes, gate: Gate, audit: Audit, workroom: Workroom | None = None) -> None:
        super().__init__()
        self._routes = routes
        self.words = words_in(route.path for route in routes.all)
        self._gate = gate
        self._audit = audit
        self._workroom = workroom

    def render(self, request: Request) -> bytes | int:
        """Answers when the route has, unless the client has gone."""
        try:
            path = _path(request)
            if request.method == b"OPTIONS" and (allowed := self._routes.allowed(path)):
                request.setHeader(b"Allow", ", ".join(allowed).encode())
                request.setResponseCode(204)
                return b""
            found = _Visit(request, *self._routes.find(request.method.decode("latin-1"), path))
        except AlieError as error:
            if isinstance(error, MethodNotAllowed):
                request.setHeader(b"Allow", ", ".join(self._routes.allowed(path)).encode())
            return refuse(request, error)
        gone: list[Failure] = []
        request.notifyFinish().addErrback(gone.append)
        work = Deferred.fromCoroutine(self._work(found))
        work.addCallback(lambda outcome: None if gone else self._finish(found, outcome))
        return NOT_DONE_YET

    async def _work(self, found: _Visit) -> Reply | AlieError:
        outcome: Reply | AlieError
        try:
            await self._enter(found)
            outcome = await self._answer(found)
        except AlieError as error:
            outcome = error
        except Exception as error:
            self._complain(found.request, error)
            outcome = Internal()
        if found.is_in and found.route.audited is not None:
            event = visit(found.route.audited, found.values, outcome, self._gate.address(found.request))
            self._audit.record(event, found.caller)
        return outcome

    def _complain(self, request: Request, error: Exception) -> None:
        # Not its text, which may hold what was sent: only what it is and where.
        place = traceback.extract_tb(error.__traceback__)[-1]
        name = type(error).__name__
        about = getattr(request, "visit", None)
        self._log.error(
            "A request failed: {name} at {file}:{line}",
            event="request.failed",
            name=name,
            file=place.filename,
            line=place.lineno,
            request_id=about.request_id if about is not None else None,
        )

    def _finish(self, found: _Visit, outcome: Reply | AlieError) -> None:
        request = found.request
        request.setHeader(b"Cache-Control", b"no-store" if found.is_private else b"no-cache")
        try:
            if isinstance(outcome, AlieError):
                written = refuse(request, outcome)
            else:
                written = answer(request, outcome.body, outcome.status, has_tag=not found.is_private)
        except TypeError as error:
            # A row that JSON cannot hold: without an answer the client would wait for ever.
            self._complain(request, error)
            written = refuse(request, Internal())
        request.write(written)
        request.finish()

    async def _enter(self, found: _Visit) -> None:
        """Sees who asks. Whoever guesses at tokens is counted, too, and recorded as often as the limits let them."""
        request = found.request
        try:
            found.caller = await self._gate.caller(request, found.route.access)
        except AlieError as error:
            self._gate.admit(request, None)
            self._audit.record(refusal(error, self._gate.address(request)))
            raise
        self._gate.admit(request, found.caller)
        found.is_in = True

    async def _answer(self, found: _Visit) -> Reply:
        if found.caller is not None:
            self._set_ticket(found)
        reply = await found.route.handle(await self._call(found))
        if reply.caller is not None:
            found.caller = reply.caller
            self._set_ticket(found)
        return reply

    def _set_ticket(self, found: _Visit) -> None:
        caller = found.caller
        is_proved = caller is not None and caller.principal.way in (SUPABASE, KEY)
        cookie = self._gate.tickets.issue(caller) if caller is not None and is_proved else None
        if cookie is not None:
            found.has_ticket = True
            found.request.responseHeaders.addRawHeader(b"Set-Cookie", cookie.encode())

    async def _call(self, found: _Visit) -> Call:
        request, route = found.request, found.route
        return Call(
            path=found.values,
            query=read_query(route.query, request.args or {}),
            body=await self._body(request, route),
            caller=found.caller,
            headers=partial(header, request),
            address=self._gate.address(request),
        )

    async def _body(self, request: Request, route: Route) -> Any:
        if route.body is None:
            return None
        payload = request.content.read() if request.content else b""
        if len(payload) > route.max_body_bytes:
            raise PayloadTooLarge
        media_type = (header(request, "content-type") or "").partition(";")[0].strip().lower()
        if payload and media_type != "application/json":
            raise BadRequest("Content-Type must be application/json")
        if route.is_raw:
            return payload
        if len(payload) <= AT_ONCE_BYTES or self._workroom is None:
            return read_body(payload, route.body)
        return await self._workroom.run(partial(read_body, payload, route.body))


def _path(request: Request) -> str:
    """The path, each segment decoded (RFC 3986, section 2.3). Raises NotFound: one that no route could have."""
    segments = [*(request.prepath or []), *(request.postpath or [])]
    try:
        texts = [segment.decode() for segment in segments]
    except UnicodeDecodeError:
        raise NotFound from None
    if any("/" in text for text in texts):
        raise NotFound
    return "/" + "/".join(texts)
