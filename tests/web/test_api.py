"""Tests of alie.web.api.root: from a request to its route and back, whatever the route is."""

from __future__ import annotations

import json
from typing import cast

from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, capturedLogs, formatEvent, globalLogPublisher
from twisted.web.server import Request

from alie.auth.interface import NoTickets
from alie.errors import RateLimited
from alie.principal import Caller
from alie.web.api.root import AT_ONCE_BYTES
from alie.web.limiter import NoLimiter
from alie.web.routing import OPEN, PERSONAL, Call, Reply, Route
from alie.web.schemas import INTEGER, OBJECT
from tests.engines.fakes import ThreadlessPool
from tests.support.memory_web import Connection, Response, request
from tests.web.api_case import ADA, NOBODYS, USERS, ApiCase


class PaperTickets(NoTickets):
    """A ticket for everybody who is known."""

    def issue(self, caller: Caller) -> str | None:
        """With the user's id on it."""
        return f"ticket={caller.principal.user_id}"


class StrictLimiter(NoLimiter):
    """Takes so many requests.

    Args:
        most: of all callers together.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.callers: list[Caller | None] = []

    def hit(self, request: Request, caller: Caller | None) -> None:
        """Counts."""
        self.callers.append(caller)
        if len(self.callers) > self.most:
            raise RateLimited(retry_after_s=7)


class EchoCase(ApiCase):
    """Has a route that tells what it was asked."""

    def setUp(self) -> None:
        super().setUp()
        self.calls: list[Call] = []
        self.echo(PERSONAL)

    def echo(self, access: str, **parts: object) -> None:
        """Serves it."""
        query = {"n": {**INTEGER, "default": 1}}
        fields = {"body": OBJECT, "query": query, "audited": "echo.ask", **parts}
        routes = [
            Route(method, "/api/echo/{echo_id}", self.answer, "", access, **fields)  # type: ignore[arg-type]
            for method in ("GET", "POST")
        ]
        self.build(*routes, tickets=PaperTickets())

    async def answer(self, call: Call) -> Reply:
        """As asked."""
        self.calls.append(call)
        return Reply({"query": dict(call.query), "body": call.body}, audited={"count": 3})

    def post(self, body: object, who: str | None = "ada", headers: dict[str, str] | None = None) -> Response:
        """One request with a body."""
        return self.ask(f"/api/echo/{NOBODYS}", "POST", body, who=who, headers=headers)


class RequestTests(EchoCase):
    """What a route is told."""

    def test_told(self) -> None:
        """Path, query, body, caller, headers and address."""
        response = self.ask(f"/api/echo/{NOBODYS}?n=5&x=1", "POST", {"a": 1}, headers={"X-Correlation-Id": "c"})
        self.assertEqual(response.json(), {"query": {"n": 5}, "body": {"a": 1}})
        (call,) = self.calls
        self.assertEqual((call.path, call.someone), ({"echo_id": NOBODYS}, Caller(USERS["ada"], "ada")))
        self.assertEqual((call.headers("x-correlation-id"), call.address), ("c", "127.0.0.1"))
        self.assertIsNone(call.headers("x-user-id"))

    def test_encoded_paths(self) -> None:
        """Mean the same; an encoded slash is none."""
        self.assertEqual(self.ask(f"/%61pi/ech%6F/{NOBODYS}").status, 200)
        for path in (
            f"/api%2Fecho/{NOBODYS}",
            f"/api/echo%2f{NOBODYS}",
            "/api/%FF",
            f"/api//echo/{NOBODYS}",
            "/api/%00",
        ):
            self.refused(self.ask(path), 404, "NOT_FOUND")

    def test_content_types(self) -> None:
        """JSON in any of the usual ways; nothing else, whatever is in it."""
        for value in ("application/json; charset=utf-8", "Application/JSON"):
            self.assertEqual(self.post(b"{}", headers={"Content-Type": value}).status, 200)
        for value in ("text/plain", "application/x-www-form-urlencoded", ""):
            self.refused(self.post(b"{}", headers={"Content-Type": value}), 400, "BAD_REQUEST")
        self.assertEqual(self.ask(f"/api/echo/{NOBODYS}", "POST").json()["body"], {})

    def test_sizes(self) -> None:
        """Each route has its bound."""
        self.echo(PERSONAL, max_body_bytes=100)
        self.refused(self.post(b" " * 98 + b"{}!"), 413, "PAYLOAD_TOO_LARGE")
        self.assertEqual(self.post(b" " * 98 + b"{}").status, 200)

    def test_methods(self) -> None:
        """405 with what is allowed; OPTIONS without a preflight tells it, too."""
        path = f"/api/echo/{NOBODYS}"
        for method in ("PUT", "TRACE", "get", "FOO"):
            response = self.ask(path, method)
            self.refused(response, 405, "METHOD_NOT_ALLOWED")
            self.assertEqual(response.header("Allow"), "GET, HEAD, OPTIONS, POST")
        response = self.ask(path, "OPTIONS")
        self.assertEqual((response.status, response.header("Allow")), (204, "GET, HEAD, OPTIONS, POST"))
        self.refused(self.ask("/api/nowhere", "OPTIONS"), 404, "NOT_FOUND")

    def test_head(self) -> None:
        """The same headers and no body."""
        connection = Connection(self.site)
        connection.send(request(f"/api/echo/{NOBODYS}", "HEAD", {"Authorization": "Bearer ada"}))
        self.reactor.settle()
        head, _, rest = connection.received().partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"HTTP/1.1 200"))
        self.assertIn(b"content-length: 27", head.lower())
        self.assertEqual(rest, b"")


class AnswerTests(EchoCase):
    """Who may keep it, and what goes with it."""

    def test_personal(self) -> None:
        """Nobody keeps it; a ticket comes with it."""
        response = self.ask(f"/api/echo/{NOBODYS}")
        self.assertEqual((response.header("Cache-Control"), response.header("ETag")), ("no-store", None))
        self.assertEqual(response.header("Set-Cookie"), f"ticket={ADA}")

    def test_open(self) -> None:
        """May be kept, and asked for again; but not with somebody's ticket."""
        self.echo(OPEN)
        path = f"/api/echo/{NOBODYS}"
        response = self.ask(path, who=None)
        tag = response.header("ETag") or ""
        self.assertEqual((response.header("Cache-Control"), response.header("Set-Cookie")), ("no-cache", None))
        self.assertEqual(self.ask(path, who=None, headers={"If-None-Match": tag}).status, 304)
        response = self.ask(path, headers={"If-None-Match": tag})
        self.assertEqual((response.status, response.header("Cache-Control")), (200, "no-store"))

    def test_nobody_gets_no_ticket(self) -> None:
        """Nor does whoever is refused."""
        self.assertIsNone(self.ask(f"/api/echo/{NOBODYS}", who="eve").header("Set-Cookie"))

    def test_a_fault_of_ours(self) -> None:
        """500 without its cause, which may hold what was said; the log says what and where, and no more."""

        async def crash(call: Call) -> Reply:
            raise ZeroDivisionError("what the patient said")

        logged: list[LogEvent] = []
        observer = cast(ILogObserver, logged.append)
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)
        self.build(Route("GET", "/api/crash", crash, "", OPEN, audited="crash.ask"))
        response = self.ask("/api/crash")
        self.refused(response, 500, "INTERNAL_ERROR")
        self.assertNotIn(b"patient", response.body)
        (event,) = [event for event in logged if "name" in event]
        self.assertEqual((event["name"], event["file"]), ("ZeroDivisionError", __file__))
        self.assertNotIn("patient", repr(logged))
        self.assertEqual(self.audit.events[0][0].outcome, "INTERNAL_ERROR")

    def test_what_json_cannot_hold(self) -> None:
        """Is a fault of ours, and answered."""

        async def give(call: Call) -> Reply:
            return Reply({"number": 1 << 70})

        self.build(Route("GET", "/api/number", give, "", OPEN))
        self.refused(self.ask("/api/number"), 500, "INTERNAL_ERROR")

    def test_a_client_that_goes(self) -> None:
        """Nobody is answered; what was done is recorded, and the access log has it without a status."""
        waiting: Deferred[Reply] = Deferred()

        async def wait(call: Call) -> Reply:
            return await waiting

        self.build(Route("GET", "/api/wait", wait, "", OPEN, audited="wait.ask"))
        connection = Connection(self.site)
        connection.send(request("/api/wait"))
        with capturedLogs() as logs:
            connection.transport.loseConnection()
        self.assertEqual([formatEvent(line) for line in logs], ["GET /api/wait: CLIENT_GONE, 0 bytes, 0.0 ms"])
        waiting.callback(Reply({}))
        self.assertEqual(connection.received(), b"")
        self.assertEqual([event.outcome for event, _ in self.audit.events], ["ok"])


class LongBodyTests(EchoCase):
    """Read in a thread."""

    def setUp(self) -> None:
        super().setUp()
        self.pool = self.workroom_pool = ThreadlessPool()
        self.echo(PERSONAL)

    def test_long(self) -> None:
        """The reactor goes on meanwhile."""
        body = json.dumps({"a": "x" * AT_ONCE_BYTES}).encode()
        connection = Connection(self.site)
        headers = {"Authorization": "Bearer ada", "Content-Type": "application/json"}
        connection.send(request(f"/api/echo/{NOBODYS}", "POST", headers, body))
        self.assertEqual((connection.received(), len(self.pool.waiting)), (b"", 1))
        self.pool.perform()
        self.reactor.settle()
        self.assertEqual(len(connection.response().json()["body"]["a"]), AT_ONCE_BYTES)

    def test_short(self) -> None:
        """At once."""
        self.assertEqual(self.post({"a": 1}).status, 200)


class RecordTests(EchoCase):
    """The audit log: who did or tried what, and nothing of what was in it."""

    def test_done(self) -> None:
        """With what the route adds."""
        self.post({"a": "s3cret"})
        ((event, caller),) = self.audit.events
        self.assertEqual((event.action, event.outcome, event.resource), ("echo.ask", "ok", "echo"))
        self.assertEqual((event.resource_id, event.session_id, event.address), (NOBODYS, None, "127.0.0.1"))
        self.assertEqual(event.details, {"count": 3, "status": 200})
        self.assertEqual(caller, Caller(USERS["ada"], "ada"))
        self.assertNotIn("s3cret", repr(self.audit.events))

    def test_tried(self) -> None:
        """By its code."""
        self.post([])
        ((event, caller),) = self.audit.events
        self.assertEqual(
            (event.action, event.outcome, event.details), ("echo.ask", "VALIDATION_ERROR", {"status": 400})
        )
        self.assertIsNotNone(caller)

    def test_refused(self) -> None:
        """Whoever could not show who they are."""
        for who, code in ((None, "MISSING_TOKEN"), ("eve", "INVALID_TOKEN")):
            self.audit.events.clear()
            self.post({}, who=who)
            ((event, caller),) = self.audit.events
            self.assertEqual((event.action, event.outcome, event.address), ("auth.refuse", code, "127.0.0.1"))
            self.assertEqual((event.details, caller), ({"way": "rest"}, None))

    def test_saved_sessions(self) -> None:
        """By their ids."""
        body = {"sectionId": "section_7", "transcript": "s3cret"}
        saved = self.told("/api/sessions", "POST", body, 201)["id"]
        self.told(f"/api/sessions/{saved}")
        for event, _ in self.audit.events:
            self.assertEqual((event.resource, event.resource_id, event.session_id), ("session", saved, saved))
        self.assertNotIn("s3cret", repr(self.audit.events))


class LimitTests(EchoCase):
    """Everybody is counted, and whoever guesses at tokens, too."""

    def test_counted(self) -> None:
        """429 in the place of 401, and no more lines in the audit log."""
        limiter = StrictLimiter(2)
        self.build(Route("GET", "/api/echo", self.answer, "", PERSONAL, audited="echo.ask"), limiter=limiter)
        self.assertEqual([self.ask("/api/echo", who=who).status for who in ("ada", "eve")], [200, 401])
        recorded = len(self.audit.events)
        for who in ("eve", "ada", None):
            response = self.ask("/api/echo", who=who)
            self.refused(response, 429, "RATE_LIMITED")
            self.assertEqual(response.header("Retry-After"), "7")
        self.assertEqual(len(self.audit.events), recorded)
        self.assertEqual([caller is not None for caller in limiter.callers], [True, False, False, True, False])
