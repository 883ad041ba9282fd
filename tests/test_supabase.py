"""Tests of alie.supabase: one request, one answer, and nothing of what is secret in between."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from twisted.web.client import ResponseDone
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from alie import supabase
from alie.supabase import TIMEOUT_S, SupabaseAnswer, SupabaseHttp, SupabaseUnreachable

TOKEN = "token-of-a-user"
KEY = "key-of-the-project"


class Project(Resource):
    """Stands for a Supabase project: answers as it is told, and keeps what it was asked."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.status, self.body = 200, b'{"ok":true}'
        self.headers: dict[str, str] = {}
        self.is_silent = self.is_endless = False
        self.asked: list[Request] = []
        self.bodies: list[bytes] = []
        self.ended: Deferred[None] | None = None

    def render(self, request: Request) -> Any:
        """Answers, or never does."""
        self.asked.append(request)
        self.bodies.append(request.content.read())
        self.ended = request.notifyFinish()
        request.setResponseCode(self.status)
        for name, value in self.headers.items():
            request.setHeader(name, value)
        if self.is_endless:
            request.write(self.body)
        return NOT_DONE_YET if self.is_silent or self.is_endless else self.body

    def header(self, name: str) -> str | None:
        """Of the last request."""
        return self.asked[-1].getHeader(name)


class LoopbackTests(TestCase):
    """Over real sockets."""

    async def set_up(self) -> None:
        """Listens on a free port."""
        self.project = Project()
        port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(Site(self.project))
        self.addCleanup(port.stopListening)
        self.http = SupabaseHttp(reactor, f"http://127.0.0.1:{port.getHost().port}", KEY)
        self.addCleanup(self.http.close)

    def setUp(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.set_up())

    def ask(self, *args: Any, **more: Any) -> Deferred[SupabaseAnswer]:
        """A request with the user's token."""
        return Deferred.fromCoroutine(self.http.request(*args, **{"token": TOKEN, **more}))

    async def test_request(self) -> None:
        """Method, path, query, both keys and the body arrive; status, headers and the decoded body come back."""
        self.project.status, self.project.headers = 201, {"Content-Range": "0-0/1"}
        answer = await self.ask(
            "POST",
            "/rest/v1/cases",
            params=[("select", "id,name"), ("id", "eq.1"), ("id", "neq.é&2")],
            json={"name": "Été"},
            headers={"Prefer": "return=representation"},
        )
        self.assertEqual((answer.status, answer.body), (201, {"ok": True}))
        self.assertEqual(answer.headers["content-range"], "0-0/1")
        asked = self.project.asked[-1]
        self.assertEqual((asked.method, asked.path), (b"POST", b"/rest/v1/cases"))
        self.assertEqual(asked.args, {b"select": [b"id,name"], b"id": [b"eq.1", "neq.é&2".encode()]})
        self.assertEqual(json.loads(self.project.bodies[-1]), {"name": "Été"})
        self.assertEqual(self.project.header("apikey"), KEY)
        self.assertEqual(self.project.header("authorization"), f"Bearer {TOKEN}")
        self.assertEqual(self.project.header("content-type"), "application/json")
        self.assertEqual(self.project.header("prefer"), "return=representation")

    async def test_without_a_token(self) -> None:
        """Only the project's key is shown."""
        await self.ask("GET", "/auth/v1/settings", token=None)
        self.assertEqual(self.project.header("apikey"), KEY)
        self.assertIsNone(self.project.header("authorization"))

    async def test_an_error_is_an_answer(self) -> None:
        """With its body where that is JSON, and none where a proxy says it in HTML."""
        self.project.status, self.project.body = 409, b'{"code":"23505"}'
        answer = await self.ask("POST", "/rest/v1/x")
        self.assertEqual((answer.status, answer.body), (409, {"code": "23505"}))
        self.project.status, self.project.body = 502, b"<html>bad gateway</html>"
        answer = await self.ask("GET", "/rest/v1/x")
        self.assertEqual((answer.status, answer.body), (502, None))

    async def test_nothing_in_the_body(self) -> None:
        """As with return=minimal."""
        self.project.status, self.project.body = 204, b""
        self.assertEqual((await self.ask("PATCH", "/rest/v1/x")).body, None)

    async def test_what_is_no_json(self) -> None:
        """Is no answer where one is due."""
        self.project.body = b"<html>hello</html>"
        failure = await self.assertFailure(self.ask("GET", "/rest/v1/x"), SupabaseUnreachable)
        self.assertEqual(failure.name, "NotJson")

    async def test_redirects_are_not_followed(self) -> None:
        """They would carry the token elsewhere."""
        self.project.status, self.project.headers = 302, {"Location": "/elsewhere"}
        answer = await self.ask("GET", "/rest/v1/x")
        self.assertEqual((answer.status, len(self.project.asked)), (302, 1))

    async def test_cookies_are_not_kept(self) -> None:
        """They would mix users."""
        self.project.headers = {"Set-Cookie": "user=1; Path=/"}
        await self.ask("GET", "/rest/v1/x")
        await self.ask("GET", "/rest/v1/x")
        self.assertIsNone(self.project.header("cookie"))

    async def test_connections_are_kept(self) -> None:
        """One after the other, both requests use one."""
        await self.ask("GET", "/rest/v1/x")
        await self.ask("GET", "/rest/v1/x")
        ports = {request.getClientAddress().port for request in self.project.asked}
        self.assertEqual(len(ports), 1)

    async def test_a_body_too_large(self) -> None:
        """Is given up, and its connection with it."""
        self.patch(supabase, "MAX_BODY_BYTES", 1000)
        self.project.body, self.project.is_endless = b" " * 1001, True
        failure = await self.assertFailure(self.ask("GET", "/rest/v1/x"), SupabaseUnreachable)
        self.assertEqual(failure.name, "BodyTooLarge")
        assert self.project.ended is not None
        await self.assertFailure(self.project.ended, Exception)

    async def test_silence(self) -> None:
        """Is given up after the time for all of it; the connection is closed."""
        self.patch(supabase, "TIMEOUT_S", 0.05)
        self.project.is_silent = True
        failure = await self.assertFailure(self.ask("GET", "/rest/v1/x"), SupabaseUnreachable)
        self.assertEqual(failure.name, "TimeoutError")
        assert self.project.ended is not None
        await self.assertFailure(self.project.ended, Exception)

    async def test_nobody_listens(self) -> None:
        """The cause is named, without its text and without what was asked."""
        self.http = SupabaseHttp(reactor, "http://127.0.0.1:1", KEY)
        failure = await self.assertFailure(self.ask("GET", f"/rest/v1/{TOKEN}"), SupabaseUnreachable)
        self.assertEqual(str(failure), "ConnectionRefusedError")
        self.assertIsNone(failure.__cause__)


class SlowBody:
    """A response whose body begins and does not end."""

    code = 200

    def __init__(self) -> None:
        self.headers = Headers()
        self.is_left = False
        self.protocol: Any = None

    def deliverBody(self, protocol: Any) -> None:
        """Begins."""
        self.protocol = protocol
        protocol.makeConnection(self)
        protocol.dataReceived(b'{"ok"')

    def loseConnection(self) -> None:
        """The reader has gone."""
        self.is_left = True


class BodyTests(SynchronousTestCase):
    """The time counts for the body too."""

    def setUp(self) -> None:
        self.clock, self.response = Clock(), SlowBody()
        http = SupabaseHttp(self.clock, "https://a.supabase.co", KEY, agent=self)
        self.asked = Deferred.fromCoroutine(http.request("GET", "/rest/v1/x", token=TOKEN))

    def request(self, *args: Any) -> Deferred[Any]:
        """As IAgent: answers at once."""
        done: Deferred[Any] = Deferred()
        done.callback(self.response)
        return done

    def test_a_body_that_does_not_end(self) -> None:
        """Is given up; what comes later changes nothing."""
        self.clock.advance(TIMEOUT_S - 1)
        self.assertNoResult(self.asked)
        self.clock.advance(1)
        self.assertEqual(self.failureResultOf(self.asked, SupabaseUnreachable).value.name, "TimeoutError")
        self.assertTrue(self.response.is_left)
        self.response.protocol.dataReceived(b":true}")
        self.response.protocol.connectionLost()

    def test_a_body_in_pieces(self) -> None:
        """Is put together; no timer is left."""
        self.response.protocol.dataReceived(b":true}")
        self.response.protocol.connectionLost(Failure(ResponseDone()))
        self.assertEqual(self.successResultOf(self.asked).body, {"ok": True})
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_nothing_secret_is_shown(self) -> None:
        """Neither by the answer nor by the one who asks."""
        answer = SupabaseAnswer(200, {"set-cookie": TOKEN}, {"email": TOKEN})
        http = SupabaseHttp(self.clock, "https://a.supabase.co", KEY, agent=self)
        self.assertNotIn(TOKEN, repr(answer))
        self.assertNotIn(KEY, repr(http))
