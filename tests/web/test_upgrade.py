"""Tests of the WebSocket's doors: paths, Host, Origin, subprotocols, and the handshake of the old guide."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from tests.support.memory_web import Connection, WebCase

GUIDE = (
    b"GET /ws/transcription HTTP/1.1\r\n"
    b"Host: 127.0.0.1:3001\r\n"
    b"User-Agent: curl/7.88.1\r\n"
    b"Accept: */*\r\n"
    b"Connection: Upgrade\r\n"
    b"Upgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
    b"\r\n"
)
PUBLIC = GUIDE.replace(b"Host: 127.0.0.1:3001", b"Host: api.alie.app\r\nOrigin: https://api.alie.app")


class GuideTests(WebCase):
    """The check of the deployment guide, byte for byte."""

    def test_direct(self) -> None:
        """101 with the accept key of RFC 6455's sample nonce, then the greeting."""
        connection = Connection(self.site)
        connection.send(GUIDE)
        self.assertTrue(connection.received().startswith(b"HTTP/1.1 101 Switching Protocols\r\n"))
        response = connection.response()
        self.assertEqual(response.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        self.assertEqual((response.header("Upgrade"), response.header("Connection")), ("WebSocket", "Upgrade"))
        (greeting,) = connection.messages()
        self.assertEqual(list(greeting), ["type", "payload"])
        self.assertEqual(greeting["type"], "connection_established")
        self.assertEqual(uuid.UUID(greeting["payload"]["sessionId"]).version, 4)
        self.assertTrue(datetime.fromisoformat(greeting["payload"]["timestamp"]).tzinfo)
        self.assertEqual(greeting["payload"]["protocol"], 1)

    def test_through_the_proxy(self) -> None:
        """With the public Host, and the Origin of the service itself."""
        self.build(PUBLIC_WS_URL="wss://api.alie.app")
        connection = Connection(self.site)
        connection.send(PUBLIC)
        self.assertEqual(connection.response().status, 101)
        self.assertEqual(len(connection.messages()), 1)

    def test_each_socket_has_a_session_of_its_own(self) -> None:
        """No constant id any more."""
        first, second = (self.upgrade()[0].messages()[0]["payload"]["sessionId"] for _ in range(2))
        self.assertNotEqual(first, second)

    def test_no_version_is_told(self) -> None:
        """Neither ours nor that of what we are made of."""
        _, response = self.upgrade()
        self.assertEqual(response.header("Server"), "Alie")


class PathTests(WebCase):
    """What the pages open, and what the old nginx makes of it; nothing else."""

    def test_paths_that_lead_to_dictation(self) -> None:
        """With or without a trailing slash, with any query."""
        for path in ("/ws", "/ws/transcription", "/ws/transcription/transcription"):
            for end in ("", "/", "?ws_token=x", "/?a=1&b=%20", "?"):
                self.assertEqual(self.upgrade(path + end)[1].status, 101, path + end)

    def test_other_paths(self) -> None:
        """404, not 400, in JSON."""
        for path in (
            "/ws/other",
            "/ws//",
            "/ws//transcription",
            "/ws/transcription//",
            "/ws/transcription/ws/transcription",
            "/ws/transcription/transcription/transcription",
            "/ws/transcriptionfoo",
            "/ws/transcription%2Ftranscription",
            "/ws/Transcription",
            "/wsfoo",
            "/WS",
            "/ws/..",
        ):
            response = self.upgrade(path)[1]
            self.assertEqual((response.status, response.json()["code"]), (404, "NOT_FOUND"), path)

    def test_path_of_an_instance(self) -> None:
        """Its own leads to dictation, that of another to a clear answer; the other paths are everybody's."""
        self.build(ALIE_INSTANCE="2")
        for path in ("/ws/i/2", "/ws/i/2/", "/ws/i/2?ws_token=x", "/ws", "/ws/transcription"):
            self.assertEqual(self.upgrade(path)[1].status, 101, path)
        for path in ("/ws/i/1", "/ws/i/22", "/ws/i/2x/"):
            response = self.upgrade(path)[1]
            self.assertEqual((response.status, response.json()["code"]), (404, "NOT_FOUND"), path)
            self.assertIn("instance is not here", response.json()["error"])
        for path in ("/ws/i", "/ws/i/", "/ws/i//", "/ws/i/2/2", "/ws/I/2", "/ws/j/2"):
            response = self.upgrade(path)[1]
            self.assertEqual((response.status, response.json()["error"]), (404, "Not found"), path)

    def test_path_of_an_instance_where_there_is_one_daemon(self) -> None:
        """It has no name, so any is another's."""
        self.assertIn("instance is not here", self.upgrade("/ws/i/1")[1].json()["error"])

    def test_where_clients_come_back_to(self) -> None:
        """To the instance that holds their session."""
        for name, path in (("", "/ws/transcription"), ("2", "/ws/i/2")):
            self.build(ALIE_INSTANCE=name)
            connection = self.connect()
            connection.start(resume=True)
            (ready,) = connection.messages()
            self.assertEqual(ready["resumePath"], path)
            self.assertEqual(self.upgrade(path)[1].status, 101)

    def test_a_plain_request(self) -> None:
        """426, and it says what is spoken here; no status page, no redirect to wherever is asked."""
        for path in ("/ws", "/ws/", "/ws/transcription", "/ws?redirect=https://evil.com&after=0"):
            response = self.ask(path)
            self.assertEqual((response.status, response.json()["code"]), (426, "UPGRADE_REQUIRED"), path)
            self.assertEqual(response.header("Upgrade"), "websocket")
            self.assertIsNone(response.header("Location"))
            self.assertNotIn(b"utobahn", response.body)

    def test_an_upgrade_to_something_else(self) -> None:
        """It is no WebSocket either."""
        self.assertEqual(self.upgrade(Upgrade="h2c")[1].status, 426)

    def test_other_methods(self) -> None:
        """405 with Allow."""
        response = self.ask("/ws", "POST")
        self.assertEqual((response.status, response.header("Allow")), (405, "GET, HEAD, OPTIONS"))


class OriginTests(WebCase):
    """A browser's page must be one of ours; who sends no Origin is no browser."""

    settings: ClassVar[dict[str, str]] = {"CORS_ALLOWED_ORIGINS": "https://app.example.ca,https://*.vercel.app"}

    def test_allowed(self) -> None:
        """Listed, matched by a wildcard, or the origin that was addressed."""
        for origin in ("https://app.example.ca", "https://a.vercel.app", "http://127.0.0.1:3001"):
            self.assertEqual(self.upgrade(Origin=origin)[1].status, 101, origin)

    def test_refused_before_the_upgrade(self) -> None:
        """403 in JSON; the origin is not repeated anywhere."""
        for origin in ("https://evil.com", "null", "http://localhost:3001", "https://evil-vercel.app", "", "*"):
            connection, response = self.upgrade(Origin=origin)
            self.assertEqual((response.status, response.json()["code"]), (403, "FORBIDDEN"), origin)
            self.assertNotIn(b"evil", response.body)
            self.assertEqual(connection.frames(), [])
        self.assertEqual(len(self.service.factory.sockets), 0)

    def test_none(self) -> None:
        """curl and native clients pass on to authentication."""
        self.assertEqual(self.upgrade()[1].status, 101)

    def test_the_scheme_that_a_proxy_states(self) -> None:
        """Counts from a proxy on this machine."""
        for scheme, status in (("https", 101), ("http", 403), ("https,http", 101)):
            _, response = self.upgrade(Origin="https://127.0.0.1:3001", X_Forwarded_Proto=scheme)
            self.assertEqual(response.status, status, scheme)


class HostTests(WebCase):
    """DNS rebinding: a page of a name that points here is not ours, though browser and server see one origin."""

    settings: ClassVar[dict[str, str]] = {"PUBLIC_WS_URL": "wss://api.alie.app/ws", "ALIE_HOSTS": "clinic.example.ca"}

    def test_known(self) -> None:
        """Loopback, our own address, the public URL's host, and what the operator adds."""
        for host in (
            "localhost:3001",
            "127.0.0.1",
            "[::1]:3001",
            "api.alie.app",
            "API.alie.app:443",
            "clinic.example.ca",
        ):
            self.assertEqual(self.upgrade(Host=host)[1].status, 101, host)

    def test_rebinding(self) -> None:
        """403, with or without the Origin of the same name."""
        for host in ("evil.com", "evil.com:3001", "127.0.0.1.evil.com", "10.9.8.7", "", "api.alie.app.evil.com"):
            self.assertEqual(self.upgrade(Host=host)[1].status, 403, host)
            self.assertEqual(self.upgrade(Host=host, Origin=f"http://{host}")[1].status, 403, host)


class NegotiationTests(WebCase):
    """No subprotocol is needed and no compression is spoken."""

    def test_first_subprotocol(self) -> None:
        """If some are offered, as the original does."""
        _, response = self.upgrade(Sec_WebSocket_Protocol="alie.v1, other")
        self.assertEqual((response.status, response.header("Sec-WebSocket-Protocol")), (101, "alie.v1"))

    def test_no_subprotocol(self) -> None:
        """None is made up."""
        self.assertIsNone(self.upgrade()[1].header("Sec-WebSocket-Protocol"))

    def test_compression_is_declined(self) -> None:
        """Chromium offers it."""
        _, response = self.upgrade(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits")
        self.assertEqual((response.status, response.header("Sec-WebSocket-Extensions")), (101, None))

    def test_other_versions(self) -> None:
        """13 is the only one."""
        _, response = self.upgrade(Sec_WebSocket_Version="8")
        self.assertEqual((response.status, response.header("Sec-WebSocket-Version")), (426, "13"))
        self.assertEqual(response.json()["code"], "UPGRADE_REQUIRED")

    def test_a_handshake_without_a_key(self) -> None:
        """Refused; nothing of the server is told."""
        connection = Connection(self.site)
        connection.send(GUIDE.replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""))
        self.assertIn(b"HTTP/1.1 400", connection.received())
        self.assertNotIn(b"utobahn", connection.received())
        self.assertFalse(connection.is_open)
