"""`/api`: finds a request's route, sees who asks, reads what was sent, and answers in JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import orjson
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from alie.audit.interface import Audit, AuditEvent
from alie.auth.interface import Tickets
from alie.errors import AlieError, BadRequest, Internal
from alie.principal import KEY, SUPABASE, Caller
from alie.web import routing
from alie.web.answers import JsonResource, answer, refuse
from alie.web.cors import header
from alie.web.routing import Call, Reply, Route, Routes


class Gate(Protocol):
    """What guards the routes: see `alie.web.gate.RestGate`."""

    tickets: Tickets

    async def caller(self, request: Request, access: str) -> Caller | None:
        """Who asks; None where nobody needs to be. Raises AuthRequired, AuthInvalid, AuthExpired, AuthServiceError."""

    def admit(self, request: Request, caller: Caller | None) -> None:
        """Counts the request. Raises RateLimited."""

    def address(self, request: Request) -> str | None:
        """The client's address; None where it is not known."""


class ApiResource(JsonResource):
    """`/api` and everything below it.

    Args:
        routes: what is served.
        gate: who may ask.
        audit: where it is recorded.
    """

    isLeaf = True
    _log = Logger()

    def __init__(self, routes: Routes, gate: Gate, audit: Audit) -> None:
        super().__init__()
        self._routes = routes
        self._gate = gate
        self._audit = audit

    def render(self, request: Request) -> bytes | int:
        """Answers when the route has, unless the client has gone."""
        path = _path(request)
        methods = self._routes.methods(path)
        if request.method == b"OPTIONS" and methods:
            request.setHeader(b"Allow", ", ".join([*methods, "OPTIONS"]).encode())
            request.setResponseCode(204)
            return b""
        gone: list[Failure] = []
        request.notifyFinish().addErrback(gone.append)
        work = Deferred.fromCoroutine(self._work(request, path))
        work.addErrback(self._unknown).addCallback(lambda reply: None if gone else _finish(request, reply))
        return NOT_DONE_YET

    async def _work(self, request: Request, path: str) -> Reply | AlieError:
        try:
            route, values = self._routes.find(request.method.decode("latin-1"), path)
        except AlieError as error:
            if methods := self._routes.methods(path):
                request.setHeader(b"Allow", ", ".join([*methods, "OPTIONS"]).encode())
            return error
        caller: Caller | None = None
        outcome: Reply | AlieError
        try:
            caller = await self._gate.caller(request, route.access)
            self._gate.admit(request, caller)
            if caller is not None:
                self._set_ticket(request, caller)
            outcome = await route.handle(self._call(request, route, values, caller))
            if outcome.caller is not None:
                caller = outcome.caller
                self._set_ticket(request, caller)
        except AlieError as error:
            outcome = error
        self._record(request, route, values, caller, outcome)
        return outcome

    def _set_ticket(self, request: Request, caller: Caller) -> None:
        cookie = self._gate.tickets.issue(caller) if caller.principal.way in (SUPABASE, KEY) else None
        if cookie is not None:
            request.responseHeaders.addRawHeader(b"Set-Cookie", cookie.encode())

    def _call(self, request: Request, route: Route, values: dict[str, str], caller: Caller | None) -> Call:
        given = {name.decode("latin-1"): texts[-1].decode("latin-1") for name, texts in (request.args or {}).items()}
        return Call(
            path=values,
            query=routing.read_query(route.query, given),
            body=_body(request, route),
            caller=caller,
            headers=lambda name: header(request, name),
            address=self._gate.address(request),
        )

    def _record(
        self, request: Request, route: Route, values: dict[str, str], caller: Caller | None, outcome: Reply | AlieError
    ) -> None:
        if route.audited is None:
            return
        details: dict[str, Any] = dict(outcome.audited) if isinstance(outcome, Reply) else {}
        session_id = details.pop("session_id", values.get("session_id"))
        own_id = next(iter(values.values()), None)
        event = AuditEvent(
            action=route.audited,
            outcome="ok" if isinstance(outcome, Reply) else outcome.rest_code,
            session_id=session_id,
            resource=route.audited.partition(".")[0],
            resource_id=details.pop("resource_id", own_id),
            address=self._gate.address(request),
            details={**details, "status": outcome.status if isinstance(outcome, Reply) else outcome.http_status},
        )
        self._audit.record(event, caller)

    def _unknown(self, failure: Failure) -> AlieError:
        # The traceback names code, not content: what a route raises holds nothing of the request.
        self._log.error("A request failed: {name}", name=failure.type.__name__ if failure.type else "")
        return Internal()


def _path(request: Request) -> str:
    return request.path.decode("latin-1")


def _body(request: Request, route: Route) -> Any:
    if route.body is None and not route.is_raw:
        return None
    payload = request.content.read() if request.content else b""
    media_type = (header(request, "content-type") or "").partition(";")[0].strip().lower()
    if payload and media_type != "application/json":
        raise BadRequest("Content-Type must be application/json")
    if route.is_raw:
        return payload
    try:
        body = orjson.loads(payload or b"{}")
    except orjson.JSONDecodeError:
        raise BadRequest("Request body is not JSON") from None
    routing.check(route.body or {}, body)
    return body


def _finish(request: Request, outcome: Reply | AlieError) -> None:
    if isinstance(outcome, AlieError):
        request.write(refuse(request, outcome))
    else:
        request.write(answer(request, outcome.body, outcome.status))
    request.finish()


Handler = Callable[[Call], Awaitable[Reply]]


def branch(routes: Routes, gate: Gate, audit: Audit) -> Resource:
    """Builds `/api`; arguments as for `ApiResource`."""
    return ApiResource(routes, gate, audit)
