"""One rule for REST and WebSocket: who may call, by Origin, Host and the scheme that a proxy states. A table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tests.support.memory_web import UPGRADE, Connection, Response, WebCase, request

APP = "https://app.clinic.ca"
AMPLIFY = "https://azure-production.d1deo9tihdnt50.amplifyapp.com"
CONFIGURED = f"{APP},{AMPLIFY},http://localhost:5173,https://*.vercel.app,https://*.preview.clinic.ca:8443"
PROXY, STRANGER = "127.0.0.1", "203.0.113.7"


@dataclass(frozen=True)
class Case:
    """A request. `scheme`: what X-Forwarded-Proto says; `peer`: where the connection comes from."""

    name: str
    is_allowed: bool
    origin: str | None
    host: str = "api.alie.app"
    scheme: str | None = "https"
    peer: str = PROXY


YES, NO = True, False
CASES = (
    Case("no origin: no browser", YES, None),
    Case("configured", YES, APP),
    Case("the front end of the old guide", YES, AMPLIFY),
    Case("configured, in capitals", YES, "HTTPS://App.Clinic.CA"),
    Case("configured, default port said", YES, "https://app.clinic.ca:443"),
    Case("configured, developer's", YES, "http://localhost:5173"),
    Case("one label for the star", YES, "https://alie-git-main.vercel.app"),
    Case("one label for the star, with its port", YES, "https://pr-7.preview.clinic.ca:8443"),
    Case("the origin itself", YES, "https://api.alie.app"),
    Case("the origin itself, default port said in Host", YES, "https://api.alie.app", host="api.alie.app:443"),
    Case("the origin itself, where no proxy states a scheme", YES, "http://127.0.0.1:3001", "127.0.0.1:3001", None),
    Case("the origin itself, IPv6", YES, "http://[::1]:3001", "[::1]:3001", None),
    Case("the origin itself, by a local name", YES, "http://localhost:3001", "localhost:3001", None),
    Case("the scheme of a stranger does not count", YES, "http://127.0.0.1:3001", "127.0.0.1:3001", "https", STRANGER),
    Case("another site", NO, "https://evil.com"),
    Case("look-alike that a pattern without escapes admits", NO, "https://evil-vercel.app"),
    Case("look-alike without the dot", NO, "https://evilvercel.app"),
    Case("dot taken for any letter", NO, "https://a.vercelxapp"),
    Case("the star for nothing", NO, "https://vercel.app"),
    Case("the star for an empty label", NO, "https://.vercel.app"),
    Case("the star for two labels", NO, "https://a.b.vercel.app"),
    Case("the star itself", NO, "https://*.vercel.app"),
    Case("the star, other scheme", NO, "http://a.vercel.app"),
    Case("the star, other port", NO, "https://a.vercel.app:8443"),
    Case("the star with a port, without it", NO, "https://pr-7.preview.clinic.ca"),
    Case("a longer name", NO, "https://app.clinic.ca.evil.com"),
    Case("a longer label", NO, "https://evil-app.clinic.ca"),
    Case("a parent", NO, "https://clinic.ca"),
    Case("a child", NO, "https://a.app.clinic.ca"),
    Case("a trailing dot", NO, "https://app.clinic.ca."),
    Case("other scheme", NO, "http://app.clinic.ca"),
    Case("other port", NO, "https://app.clinic.ca:8443"),
    Case("a user in it", NO, "https://app.clinic.ca@evil.com"),
    Case("a path in it", NO, "https://app.clinic.ca/"),
    Case("a fragment in it", NO, "https://evil.com#https://app.clinic.ca"),
    Case("two of them", NO, f"{APP}, https://evil.com"),
    Case("letters of another alphabet", NO, "https://аpp.clinic.ca".encode().decode("latin-1")),
    Case("null, as sandboxed frames and files have", NO, "null"),
    Case("empty", NO, ""),
    Case("a star", NO, "*"),
    Case("an extension", NO, "chrome-extension://abcdefghijklmnop"),
    Case("a file", NO, "file://"),
    Case("the origin itself by another scheme", NO, "http://api.alie.app"),
    Case("the origin itself on another port", NO, "https://api.alie.app:8443"),
    Case("a name that somebody pointed here", NO, "https://rebound.evil.com", host="rebound.evil.com"),
    Case("a name that somebody pointed here, without an origin", NO, None, host="rebound.evil.com"),
    Case("a local port of somebody else", NO, "http://localhost:3000", "localhost:3001", None),
)


class TheTable(WebCase):
    """Every case, as a call, as a preflight and as an upgrade."""

    settings: ClassVar[dict[str, str]] = {
        "CORS_ALLOWED_ORIGINS": CONFIGURED,
        "PUBLIC_WS_URL": "wss://api.alie.app/ws",
    }

    def send(self, case: Case, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> Response:
        """The case's request for a path."""
        own = {"Host": case.host, "Origin": case.origin, "X-Forwarded-Proto": case.scheme}
        given = {name: value for name, value in own.items() if value is not None}
        connection = Connection(self.site, case.peer)
        connection.send(request(path, method, {**given, **(headers or {})}))
        return connection.response()

    def test_size(self) -> None:
        """It is a table, and has both answers."""
        self.assertGreaterEqual(len(CASES), 40)
        self.assertEqual({case.is_allowed for case in CASES}, {True, False})

    def test_calls(self) -> None:
        """Allowed ones may be read with credentials; refusals are 403 in JSON, and no page can read them."""
        for case in CASES:
            response = self.send(case, "/api/config")
            self.assertEqual(response.status, 200 if case.is_allowed else 403, case.name)
            if not case.is_allowed:
                self.assertEqual(response.json()["code"], "FORBIDDEN", case.name)
            shared = response.header("Access-Control-Allow-Origin")
            if case.is_allowed and case.origin is not None:
                self.assertEqual(shared, case.origin, case.name)
                self.assertEqual(response.header("Access-Control-Allow-Credentials"), "true", case.name)
            else:
                self.assertIsNone(shared, case.name)
            self.assertIn("Origin", response.header("Vary") or "", case.name)

    def test_a_path_in_other_letters(self) -> None:
        """The same path, escaped (RFC 3986, section 2.3), is guarded as well."""
        case = Case("a name that somebody pointed here", NO, None, host="rebound.evil.com")
        for path in ("/%61pi/config", "/%61%70%69/config", "/ap%69/config"):
            self.assertEqual(self.send(case, path).status, 403, path)

    def test_preflights(self) -> None:
        """The headers that the pages really send are named in the answer."""
        asked = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-correlation-id,x-user-id",
        }
        for case in CASES:
            if case.origin is None:
                continue
            response = self.send(case, "/api/profile", "OPTIONS", asked)
            self.assertEqual(response.status, 204 if case.is_allowed else 403, case.name)
            named = (response.header("Access-Control-Allow-Headers") or "").lower()
            self.assertEqual("x-correlation-id" in named and "x-user-id" in named, case.is_allowed, case.name)

    def test_upgrades(self) -> None:
        """The same answers, before the upgrade."""
        for case in CASES:
            response = self.send(case, "/ws/transcription", headers=UPGRADE)
            self.assertEqual(response.status, 101 if case.is_allowed else 403, case.name)
