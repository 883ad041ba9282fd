"""Tests of the REST side: health, readiness, metrics, configuration, and every error in JSON."""

from __future__ import annotations

import os
import tempfile
import uuid
from typing import ClassVar

import alie
from alie.auth.nobody import NobodyAuthenticator
from alie.parts import Parts
from alie.web import site
from tests.support.memory_web import Connection, WebCase, request
from tests.support.proofs import MemoryExporter


class Speechless(NobodyAuthenticator):
    """Cannot verify anything now."""

    def problems(self) -> list[str]:
        """One."""
        return ["The keys cannot be fetched"]


class OpenBucket(MemoryExporter):
    """Could not export the last time."""

    def problems(self) -> list[str]:
        """One."""
        return ["The export bucket is public"]


class HealthTests(WebCase):
    """Bodies that please every generation of pages and guides."""

    def test_health(self) -> None:
        """As the guide checks it."""
        response = self.ask("/health")
        self.assertEqual((response.status, response.body), (200, b'{"status":"ok"}'))
        self.assertEqual(response.header("Content-Type"), "application/json; charset=utf-8")

    def test_healthz(self) -> None:
        """Since when, and where."""
        self.clock.advance(12.34)
        expected = {"status": "ok", "ok": True, "uptime": 12.3, "region": "ca-central-1"}
        self.assertEqual(self.ask("/healthz").json(), expected)

    def test_with_a_trailing_slash_and_a_query(self) -> None:
        """The same."""
        for path in ("/health/", "/health?x=1", "/healthz/", "/readyz/", "/api/config/"):
            self.assertEqual(self.ask(path).status, 200, path)

    def test_ready(self) -> None:
        """When a dictation could be served right now."""
        response = self.ask("/readyz")
        self.assertEqual(response.status, 200)
        body = response.json()
        self.assertEqual((body["status"], body["ready"], body["ok"], body["reasons"]), ("ok", True, True, []))

    def test_notes(self) -> None:
        """What keeps nobody from dictating is told all the same: why nothing is exported, how tokens are proved."""
        self.build(Parts(exporter=OpenBucket(), notes=lambda: ["Tokens are verified elsewhere"]))
        body = self.ask("/readyz").json()
        self.assertEqual((body["ready"], body["reasons"]), (True, []))
        self.assertEqual(body["notes"], ["Tokens are verified elsewhere", "The export bucket is public"])

    def test_not_ready(self) -> None:
        """503; the operator is told why."""
        self.engine.reasons = ["The speech model is being loaded"]
        response = self.ask("/readyz")
        self.assertEqual(response.status, 503)
        body = response.json()
        self.assertEqual((body["ready"], body["ok"]), (False, False))
        self.assertEqual(body["reasons"], ["The speech model is being loaded"])

    def test_not_ready_when_full(self) -> None:
        """Or when nobody could be let in."""
        self.engine.seats = 1
        self.dictate()
        self.assertEqual(self.ask("/readyz").json()["reasons"], ["Every seat is taken"])

    def test_not_ready_when_nobody_could_be_let_in(self) -> None:
        """Because no token can be verified; the operator is told."""
        self.build(Parts(authenticator=Speechless()), WS_REQUIRE_AUTH="true")
        response = self.ask("/readyz")
        self.assertEqual((response.status, response.json()["reasons"]), (503, ["The keys cannot be fetched"]))


class OperatorTests(WebCase):
    """Reasons and metrics are for a loopback peer that is no proxy, or for whoever has the token."""

    settings: ClassVar[dict[str, str]] = {"ALIE_METRICS_TOKEN": "s3cret", "PUBLIC_WS_URL": "wss://api.alie.app"}

    def assert_stranger(self, headers: dict[str, str], peer: str = "127.0.0.1") -> None:
        """Neither metrics nor reasons."""
        response = self.ask("/metrics", headers=headers, peer=peer)
        self.assertEqual((response.status, response.json()["code"]), (403, "FORBIDDEN"), headers)
        self.assertEqual(set(self.ask("/readyz", headers=headers, peer=peer).json()), {"status", "ready", "ok"})

    def test_loopback(self) -> None:
        """In the scraper's format; the engine's own figures and the page's sessions are in it."""
        self.dictate()
        response = self.ask("/metrics")
        self.assertEqual(response.status, 200)
        self.assertTrue((response.header("Content-Type") or "").startswith("text/plain; version=0.0.4"))
        for line in (b"alie_sessions 1.0", b"alie_sockets 1.0", b"alie_engine_streams 1.0"):
            self.assertIn(line, response.body)

    def test_which_daemon_this_is(self) -> None:
        """Its process, and whether a session has its socket here: told in both states of health."""
        self.dictate()
        (socket,) = self.service.factory.sockets
        session_id = socket.session_id
        for given, is_here in ((session_id, True), (str(uuid.uuid4()), False), ("", False)):
            body = self.ask("/readyz", headers={"Alie-Session": given}).json()
            self.assertEqual(body["hasSession"], is_here)
            self.assertEqual((body["pid"], body["version"]), (os.getpid(), alie.__version__))
        self.assertNotIn("hasSession", self.ask("/readyz").json())
        self.assert_stranger({"Alie-Session": session_id}, peer="10.0.0.7")

    def test_another_machine(self) -> None:
        """A stranger, whatever Host it names."""
        self.assert_stranger({}, peer="10.0.0.7")
        self.assert_stranger({"Host": "localhost"}, peer="203.0.113.9")

    def test_through_a_proxy(self) -> None:
        """A proxy on this machine would publish us."""
        for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via", "CF-Connecting-IP", "X-Forwarded-Proto"):
            self.assert_stranger({name: "203.0.113.9"})

    def test_through_the_old_guides_proxy(self) -> None:
        """Its `location /` adds no such header, but keeps the public Host."""
        self.assert_stranger({"Host": "api.alie.app", "Connection": "upgrade"})

    def test_token(self) -> None:
        """From anywhere."""
        headers = {"Authorization": "Bearer s3cret", "Host": "api.alie.app", "X-Forwarded-For": "203.0.113.9"}
        self.assertEqual(self.ask("/metrics", headers=headers, peer="10.0.0.7").status, 200)
        self.assertIn("reasons", self.ask("/readyz", headers=headers, peer="10.0.0.7").json())

    def test_wrong_token(self) -> None:
        """Not even nearly right, not in another scheme, not in foreign letters."""
        for value in ("Bearer s3cre", "Bearer s3cret2", "Basic s3cret", "Bearer ", "Bearer é", ""):
            self.assert_stranger({"Authorization": value}, peer="10.0.0.7")

    def test_no_token_is_set(self) -> None:
        """Then none is right, the empty one least of all."""
        self.build()
        self.assert_stranger({"Authorization": "Bearer "}, peer="10.0.0.7")


class ConfigTests(WebCase):
    """`/api/config`: what pages ask before anything else."""

    def test_body(self) -> None:
        """The flags of the contract, and the engine."""
        self.assertEqual(
            self.ask("/api/config").json(),
            {
                "authRequired": False,
                "wsRequireAuth": False,
                "publicWsUrl": "ws://127.0.0.1:3001/ws",
                "useWss": False,
                "universalCleanupEnabled": False,
                "universalCleanupShadow": False,
                "enableOutputLanguageSelection": True,
                "cnesstSectionsDefaultOutput": "fr",
                "allowNonFrenchOutput": True,
                "engine": "embedded",
                "engineReason": "For the tests.",
                "signIn": None,
            },
        )

    def test_as_set(self) -> None:
        """Secrets are not in it."""
        self.build(
            AUTH_REQUIRED="true",
            PUBLIC_WS_URL="wss://api.alie.app",
            UNIVERSAL_CLEANUP_ENABLED="1",
            AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI",
            SUPABASE_ANON_KEY="eyJhbGci",
            ALIE_METRICS_TOKEN="s3cret",
        )
        response = self.ask("/api/config")
        body = response.json()
        self.assertEqual(
            (body["authRequired"], body["publicWsUrl"], body["useWss"]), (True, "wss://api.alie.app", True)
        )
        self.assertTrue(body["universalCleanupEnabled"])
        for secret in (b"wJalr", b"eyJ", b"s3cret"):
            self.assertNotIn(secret, response.body)

    def test_sign_in(self) -> None:
        """How the built-in page signs its user in; the anon key is public by design."""
        supabase = {"SUPABASE_URL": "https://project.supabase.co"}
        for settings, sign_in in (
            ({"WS_REQUIRE_AUTH": "1"}, {"signIn": "key"}),
            ({"AUTH_REQUIRED": "1"}, {"signIn": "key"}),
            (
                {**supabase, "SUPABASE_ANON_KEY": "sb_publishable_x"},
                {
                    "signIn": "supabase",
                    "supabaseUrl": "https://project.supabase.co",
                    "supabaseAnonKey": "sb_publishable_x",
                },
            ),
            (supabase, {"signIn": None, "supabaseUrl": "https://project.supabase.co"}),
        ):
            self.build(**settings)
            body = self.ask("/api/config").json()
            names = ("signIn", "supabaseUrl", "supabaseAnonKey")
            self.assertEqual({name: body[name] for name in names if name in body}, sign_in)


class CachingTests(WebCase):
    """ETag and 304, and HEAD wherever GET is."""

    def test_etag(self) -> None:
        """Who has it already gets 304 without a body."""
        first = self.ask("/api/config")
        tag = first.header("ETag")
        assert tag is not None
        again = self.ask("/api/config", headers={"If-None-Match": tag})
        self.assertEqual((again.status, again.body, again.header("ETag")), (304, b"", tag))
        self.assertEqual(self.ask("/api/config", headers={"If-None-Match": 'W/"other"'}).status, 200)

    def test_head(self) -> None:
        """The same headers, no body; the connection can be used again."""
        for path in ("/health", "/api/config", "/metrics", "/", "/page/style.css"):
            connection = Connection(self.site)
            connection.send(request(path, "HEAD"))
            head, _, rest = connection.received().partition(b"\r\n\r\n")
            self.assertTrue(head.startswith(b"HTTP/1.1 200"), path)
            self.assertIn(b"content-length: ", head.lower())
            self.assertEqual(rest, b"", path)
        self.assertEqual(self.ask("/nowhere", "HEAD").status, 404)

    def test_requests_on_one_connection(self) -> None:
        """Pipelined, answered in order."""
        connection = Connection(self.site)
        connection.send(request("/health") + request("/nowhere") + request("/health"))
        self.assertEqual([connection.response().status for _ in range(3)], [200, 404, 200])


class ErrorTests(WebCase):
    """JSON everywhere, in one body."""

    def assert_error(self, response: object, status: int, code: str) -> None:
        """The one body of errors, without anything from the request or from within."""
        body = response.json()  # type: ignore[attr-defined]
        self.assertEqual(response.status, status)  # type: ignore[attr-defined]
        self.assertEqual((body["success"], body["code"], body["error"]), (False, code, body["message"]))
        self.assertEqual(response.header("Content-Type"), "application/json; charset=utf-8")  # type: ignore[attr-defined]
        self.assertNotIn(b"Traceback", response.body)  # type: ignore[attr-defined]

    def test_not_found(self) -> None:
        """Whatever the method; what only has children is nothing itself."""
        nothing = "/nowhere /api /api/ /api/nowhere /health/x /x/health /x/ws /api/config/x /page /page/ //health"
        for path in nothing.split():
            for method in ("GET", "POST", "PUT"):
                self.assert_error(self.ask(path, method), 404, "NOT_FOUND")

    def test_nothing_of_the_path_is_repeated(self) -> None:
        """Nor run in anyone's page."""
        response = self.ask("/<script>alert(1)</script>")
        self.assertNotIn(b"script", response.body)

    def test_other_methods(self) -> None:
        """405, and what is allowed."""
        for path in ("/health", "/healthz", "/readyz", "/metrics", "/api/config", "/", "/page/style.css"):
            for method in ("POST", "DELETE", "PATCH", "TRACE", "FOO", "get", "GET_"):
                response = self.ask(path, method)
                self.assert_error(response, 405, "METHOD_NOT_ALLOWED")
                self.assertEqual(response.header("Allow"), "GET, HEAD, OPTIONS")

    def test_options(self) -> None:
        """Without a preflight it tells the methods."""
        response = self.ask("/health", "OPTIONS")
        self.assertEqual((response.status, response.header("Allow"), response.body), (204, "GET, HEAD, OPTIONS", b""))

    def test_unparsable(self) -> None:
        """400, in JSON, and closed."""
        for data in (
            b"GARBAGE\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
            b"GET /health\r\n\r\n",
            b"GET /health HTTP/1.1\r\nno colon\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: a\r\n" + b"X-Header: y\r\n" * 600 + b"\r\n",
            b"GET /health HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20000 + b"\r\n\r\n",
            b"POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            # What a proxy might read otherwise than we do (request smuggling; RFC 9112, section 6.3).
            b"POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
            b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            b"POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
            b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd",
            b"POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n",
            b"GET /health HTTP/1.1\r\nHost: a\r\nX: y\x00z\r\n\r\n",
        ):
            connection = Connection(self.site)
            connection.send(data)
            response = connection.response()
            self.assert_error(response, 400, "BAD_REQUEST")
            self.assertFalse(connection.is_open)

    def test_a_fault_of_ours(self) -> None:
        """500 without its cause; that is in the log."""

        def crash() -> list[str]:
            raise ZeroDivisionError("what the patient said")

        self.engine.problems = crash  # type: ignore[method-assign]
        response = self.ask("/readyz")
        self.assert_error(response, 500, "INTERNAL_ERROR")
        self.assertNotIn(b"patient", response.body)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class BodyTests(WebCase):
    """Request bodies are bounded, and never touch the disk."""

    LIMIT = 2_097_152

    def test_declared_too_large(self) -> None:
        """413 at once, before any of it is received."""
        for path in ("/health", "/nowhere", "/ws"):
            connection = Connection(self.site)
            connection.send(request(path, "POST", {"Content-Length": str(self.LIMIT + 1)}))
            response = connection.response()
            self.assertEqual((response.status, response.json()["code"]), (413, "PAYLOAD_TOO_LARGE"))
            self.assertFalse(connection.is_open)

    def test_chunked_too_large(self) -> None:
        """As soon as it is more than the limit."""
        connection = Connection(self.site)
        connection.send(request("/health", "POST", {"Transfer-Encoding": "chunked"}))
        chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
        for _ in range(32):
            connection.send(chunk)
        self.assertEqual(connection.received(), b"")
        connection.send(b"1\r\nx\r\n" + chunk)
        self.assertEqual(connection.response().status, 413)
        self.assertFalse(connection.is_open)

    def test_a_stranger_is_not_told_even_that(self) -> None:
        """An origin that may not call us gets its 403."""
        headers = {"Content-Length": str(self.LIMIT + 1), "Origin": "https://evil.com"}
        response = self.ask("/health", "POST", headers)
        self.assertEqual((response.status, response.header("Access-Control-Allow-Origin")), (403, None))

    def test_up_to_the_limit(self) -> None:
        """Received, and answered as it deserves; no temporary file is made for it."""

        def refuse(*args: object, **keywords: object) -> None:
            raise AssertionError("a body went to the disk")

        self.patch(tempfile, "TemporaryFile", refuse)
        self.assertEqual(self.ask("/health", "POST", body=bytes(self.LIMIT)).status, 405)

    def test_forms_that_cannot_be_read(self) -> None:
        """400 in JSON."""
        headers = {"Content-Type": "multipart/form-data; boundary="}
        response = self.ask("/health", "POST", headers, b"x")
        self.assertIn(response.status, (400, 405))
        self.assertEqual(response.header("Content-Type"), "application/json; charset=utf-8")

    def test_all_bodies_together(self) -> None:
        """Slow clients share what memory there is for bodies; it comes back from those that are answered or go."""
        self.patch(site, "MAX_BODIES_BYTES", 100_000)
        slow = Connection(self.site)
        slow.send(request("/health", "POST", {"Content-Length": "90000"}) + bytes(60_000))
        self.assertEqual(self.ask("/health", "POST", body=bytes(40_000)).status, 405)
        refused = Connection(self.site)
        refused.send(request("/health", "POST", body=bytes(40_001)))
        response = refused.response()
        self.assertEqual((response.status, response.json()["code"], refused.is_open), (503, "CAPACITY", False))
        self.assertEqual(response.header("Retry-After"), "5")
        self.assertEqual(self.site.bodies_bytes, 60_000)
        slow.transport.loseConnection()
        self.assertEqual(self.site.bodies_bytes, 0)
        self.assertEqual(self.ask("/health", "POST", body=bytes(100_000)).status, 405)

    def test_forms_are_not_read(self) -> None:
        """Nothing takes them, and reading two megabytes of them would hold up every dictation."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection = Connection(self.site)
        connection.send(request("/api/transcribe/process", "POST", headers, b"&a=b" * 1000))
        self.assertEqual(connection.response().json()["error"], "Content-Type must be application/json")

    def test_a_client_that_never_finishes_its_request(self) -> None:
        """Dropped after a minute."""
        connection = Connection(self.site)
        connection.send(b"GET /health HTTP/1.1\r\n")
        self.clock.pump([5] * 15)
        self.assertFalse(connection.is_open)
