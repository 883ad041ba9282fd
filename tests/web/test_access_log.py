"""Tests of alie.web.access_log: one line a request, and nothing of anybody in it."""

from __future__ import annotations

import re
from typing import Any

from twisted.logger import LogLevel, formatEvent, globalLogPublisher

from alie.logs.lines import json_line
from alie.web.channel import HEAD_S, MAX_BODY_BYTES
from tests.support.memory_web import UPGRADE, Connection, WebCase, request

SECRET = "zyxquor-blimfrast"
GIVEN = "0123456789abcdef0123456789abcdef"


class AccessCase(WebCase):
    """Keeps what is logged."""

    def setUp(self) -> None:
        super().setUp()
        self.events: list[Any] = []
        globalLogPublisher.addObserver(self.events.append)
        self.addCleanup(globalLogPublisher.removeObserver, self.events.append)

    def lines(self) -> list[Any]:
        """The events of the access log, which then are forgotten; nothing secret may be in any."""
        found = [event for event in self.events if event.get("event") == "request"]
        self.assertNotIn("zyxquor", "".join(map(json_line, self.events)).lower())
        self.events.clear()
        return found

    def line(self) -> Any:
        """The only one."""
        (found,) = self.lines()
        return found


class LineTests(AccessCase):
    """What a line says."""

    def test_all_of_it(self) -> None:
        """Method, path, status, code, bytes, duration and id, and no address."""
        answer = self.ask("/api/config")
        line = self.line()
        known = {name: line[name] for name in ("method", "path", "status", "code", "bytes", "duration_ms")}
        size = len(answer.body)
        wanted = {
            "method": "GET",
            "path": "/api/config",
            "status": 200,
            "code": "ok",
            "bytes": size,
            "duration_ms": 0.0,
        }
        self.assertEqual((known, line["log_level"]), (wanted, LogLevel.info))
        self.assertTrue(re.fullmatch(r"[0-9a-f]{32}", line["request_id"]))
        self.assertEqual(answer.header("X-Request-ID"), line["request_id"])
        self.assertNotIn("127.0.0.1", repr({name: line[name] for name in line if not name.startswith("log_")}))

    def test_no_query(self) -> None:
        """Not of a route, not of a socket, not of what is nowhere."""
        for path in ("/api/config", "/ws", "/nowhere", "/health"):
            self.ask(f"{path}?ws_token={SECRET}&email={SECRET}")
            self.assertEqual(self.line()["path"], path if path != "/nowhere" else "/*")

    def test_paths(self) -> None:
        """Words of the server's own stay; whatever else stands there is a star."""
        case = "0b4f0c1e-6a5d-4d0e-9c57-3a3bd1c9f6a1"
        for path, wanted in {
            f"/api/cases/{case}": "/api/*",  # there is no store here, so that is no word of ours
            f"/api/{SECRET}/config": "/api/*/config",
            f"/{SECRET}/{SECRET}/{SECRET}": "/*",
            f"/ws/{SECRET}": "/ws/*",
            "/%61pi/config": "/api/config",
            "/api/%63onfig/": "/api/config/",
            "/ws/transcription": "/ws/transcription",
            "/page/alie-client.js": "/page/alie-client.js",
            "/": "/",
            f"http://{SECRET}/ws": "*/ws",
        }.items():
            self.ask(path)
            self.assertEqual(self.line()["path"], wanted, path)

    def test_methods(self) -> None:
        """One that nobody has heard of may be anything."""
        for method, wanted in {"HEAD": "HEAD", "DELETE": "DELETE", "ZYXQUOR-BLIMFRAST": "*"}.items():
            self.ask("/api/config", method)
            self.assertEqual(self.line()["method"], wanted)

    def test_refusals(self) -> None:
        """With the code that the client was told."""
        self.ask("/api/nothing")
        self.assertEqual((self.line()["status"]), 404)
        self.ask("/ws", headers={**UPGRADE, "Origin": f"https://{SECRET}.example"})
        line = self.line()
        self.assertEqual((line["path"], line["status"], line["code"]), ("/ws", 403, "FORBIDDEN"))

    def test_those_who_watch(self) -> None:
        """Health is asked without end: only whoever looks closely sees that, unless it is refused."""
        for path, level in {"/health": LogLevel.debug, "/readyz": LogLevel.debug, "/metrics": LogLevel.debug}.items():
            self.ask(path)
            self.assertEqual(self.line()["log_level"], level)
        self.ask("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
        line = self.line()
        self.assertEqual((line["status"], line["log_level"]), (403, LogLevel.info))

    def test_duration(self) -> None:
        """From the last header to the last byte of the answer: the body may take its time."""
        connection = Connection(self.site)
        head, body = request("/api/nothing", "POST", body=b"0123456789").split(b"\r\n\r\n")
        connection.send(head + b"\r\n\r\n")
        self.clock.advance(1.5)
        connection.send(body)
        self.assertEqual(self.line()["duration_ms"], 1500.0)

    def test_each_request_once(self) -> None:
        """On one connection, too; each has its own id."""
        connection = Connection(self.site)
        connection.send(request("/api/config") * 2)
        ids = {line["request_id"] for line in self.lines()}
        self.assertEqual(len(ids), 2)


class RequestIdTests(AccessCase):
    """`X-Request-ID`."""

    def test_a_proxys(self) -> None:
        """Taken over, so that one id is in both logs."""
        for given in (GIVEN, "0b4f0c1e-6a5d-4d0e-9c57-3a3bd1c9f6a1"):
            answer = self.ask("/api/config", headers={"X-Request-ID": given})
            self.assertEqual((self.line()["request_id"], answer.header("X-Request-ID")), (given, given))

    def test_a_strangers(self) -> None:
        """Nobody else can write into the log."""
        self.ask("/api/config", headers={"X-Request-ID": GIVEN}, peer="192.0.2.7")
        self.assertNotEqual(self.line()["request_id"], GIVEN)

    def test_of_another_form(self) -> None:
        """Whatever a proxy passes on from its client."""
        for given in (SECRET, GIVEN.upper(), GIVEN + "0", ""):
            self.ask("/api/config", headers={"X-Request-ID": given})
            self.assertNotEqual(self.line()["request_id"], given)


class EndTests(AccessCase):
    """Requests that end otherwise."""

    def test_a_client_that_goes(self) -> None:
        """Before it has sent all, so that its path is not known: no status, and a code of its own."""
        connection = Connection(self.site)
        connection.send(request("/api/config", "POST", headers={"Content-Length": "100"}))
        connection.transport.loseConnection()
        line = self.line()
        self.assertEqual((line["status"], line["code"], line["log_level"]), (None, "CLIENT_GONE", LogLevel.info))
        self.assertEqual(formatEvent(line), "* *: CLIENT_GONE, 0 bytes, 0.0 ms")

    def test_after_the_answer(self) -> None:
        """Going then is nothing."""
        connection = Connection(self.site)
        connection.send(request("/api/config"))
        connection.transport.loseConnection()
        self.assertEqual(self.line()["status"], 200)

    def test_a_body_that_is_too_long(self) -> None:
        """Refused before it has come; its path is not known then."""
        connection = Connection(self.site)
        connection.send(request("/api/config", "POST", headers={"Content-Length": str(MAX_BODY_BYTES + 1)}))
        line = self.line()
        self.assertEqual((line["path"], line["status"], line["code"]), ("*", 413, "PAYLOAD_TOO_LARGE"))

    def test_what_is_no_request(self) -> None:
        """Scanners send any amount: only for whoever looks closely."""
        Connection(self.site).send(f"{SECRET}\r\n\r\n".encode())
        line = self.line()
        self.assertEqual((line["path"], line["status"], line["log_level"]), ("*", 400, LogLevel.debug))

    def test_headers_that_never_come(self) -> None:
        """Told as a timeout."""
        Connection(self.site).send(f"GET /{SECRET} HTTP/1.1\r\n".encode())
        self.clock.advance(HEAD_S)
        self.assertEqual(self.line()["code"], "REQUEST_TIMEOUT")

    def test_a_socket(self) -> None:
        """Has no line here, neither at its beginning nor at its end: its session has."""
        connection = self.connect()
        connection.transport.loseConnection()
        self.assertEqual(self.lines(), [])

    def test_a_fault_of_ours(self) -> None:
        """The error has the id of its request."""

        def broken() -> list[str]:
            raise ValueError(SECRET)

        self.engine.problems = broken  # type: ignore[method-assign]
        self.ask("/readyz")
        events = list(self.events)
        self.flushLoggedErrors(ValueError)
        (failed,) = [event for event in events if event.get("event") == "request.failed"]
        self.events = [event for event in events if event.get("event") == "request"]
        line = self.line()
        self.assertEqual((line["status"], line["request_id"]), (500, failed["request_id"]))
