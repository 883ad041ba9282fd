"""Tests of the headers on every answer: security, CORS, and the page with its own policy."""

from __future__ import annotations

from typing import ClassVar

from tests.support.memory_web import Connection, Response, WebCase, request

APP = "https://app.example.ca"
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Download-Options": "noopen",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-XSS-Protection": "0",
    "Server": "Alie",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class SecurityTests(WebCase):
    """Every answer carries them, errors and 304 as well; none tells what we are made of."""

    def answers(self) -> dict[str, Response]:
        """One answer of each kind."""
        bad = Connection(self.site)
        bad.send(b"GARBAGE\r\n\r\n")
        large = Connection(self.site)
        large.send(request("/health", "POST", {"Content-Length": "9999999"}))
        tag = self.ask("/health").header("ETag") or ""
        return {
            "200": self.ask("/health"),
            "204": self.ask(
                "/health", "OPTIONS", {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "GET"}
            ),
            "304": self.ask("/health", headers={"If-None-Match": tag}),
            "400": bad.response(),
            "403": self.ask("/health", headers={"Origin": "https://evil.com"}),
            "404": self.ask("/nowhere"),
            "405": self.ask("/health", "POST"),
            "413": large.response(),
            "426": self.ask("/ws"),
        }

    def test_on_every_answer(self) -> None:
        """Each once, with the strict policy."""
        for status, response in self.answers().items():
            self.assertEqual(response.status, int(status))
            for name, value in SECURITY.items():
                self.assertEqual(response.header(name), value, f"{name} on {status}")
            self.assertIsNone(response.header("X-Powered-By"))

    def test_hsts(self) -> None:
        """Only where the browser came by https, as a proxy says that is believed (RFC 6797, 7.2)."""
        for peer, stated, has_it in (
            ("127.0.0.1", "https", True),
            ("127.0.0.1", "https, http", True),
            ("127.0.0.1", "http", False),
            ("127.0.0.1", "", False),
            ("203.0.113.9", "https", False),
        ):
            response = self.ask("/health", headers={"X-Forwarded-Proto": stated}, peer=peer)
            found = response.header("Strict-Transport-Security")
            self.assertEqual(found, HSTS["Strict-Transport-Security"] if has_it else None, (peer, stated))

    def test_on_a_fault_of_ours(self) -> None:
        """500 too."""
        self.engine.problems = None  # type: ignore[assignment, method-assign]
        response = self.ask("/readyz")
        self.assertEqual((response.status, response.header("X-Content-Type-Options")), (500, "nosniff"))
        self.flushLoggedErrors(TypeError)


class CorsTests(WebCase):
    """Pages of allowed origins may read every answer, with credentials; others get 403 and learn nothing."""

    settings: ClassVar[dict[str, str]] = {"CORS_ALLOWED_ORIGINS": f"{APP},https://*.vercel.app"}

    def preflight(self, origin: str, path: str = "/api/config") -> Response:
        """What a browser asks before a call with headers of its own."""
        return self.ask(
            path,
            "OPTIONS",
            {
                "Origin": origin,
                "Access-Control-Request-Method": "PATCH",
                "Access-Control-Request-Headers": "authorization,content-type,x-correlation-id,x-user-id",
            },
        )

    def test_allowed(self) -> None:
        """The origin itself comes back, never `*`: the pages send credentials."""
        for origin in (APP, "https://a.vercel.app", "http://127.0.0.1:3001"):
            response = self.ask("/api/config", headers={"Origin": origin})
            self.assertEqual(response.status, 200)
            self.assertEqual(response.header("Access-Control-Allow-Origin"), origin)
            self.assertEqual(response.header("Access-Control-Allow-Credentials"), "true")
            self.assertEqual(response.header("Vary"), "Origin")

    def test_errors_can_be_read_too(self) -> None:
        """A page must see why."""
        for path, method, headers in (
            ("/nowhere", "GET", {}),
            ("/health", "POST", {}),
            ("/health", "POST", {"Content-Length": "9999999"}),
        ):
            response = self.ask(path, method, {"Origin": APP, **headers})
            self.assertEqual(response.header("Access-Control-Allow-Origin"), APP, (path, method))

    def test_refused(self) -> None:
        """403 in JSON without a header that would let it be read; caches are told."""
        for origin in ("https://evil.com", "null", "https://evil-vercel.app", "https://app.example.ca.evil.com", ""):
            for path in ("/health", "/api/config", "/nowhere", "/"):
                response = self.ask(path, headers={"Origin": origin})
                self.assertEqual((response.status, response.json()["code"]), (403, "FORBIDDEN"))
                self.assertIsNone(response.header("Access-Control-Allow-Origin"))
                self.assertEqual(response.header("Vary"), "Origin")

    def test_without_an_origin(self) -> None:
        """No browser: no header for one, but caches are told."""
        response = self.ask("/health")
        self.assertEqual((response.status, response.header("Access-Control-Allow-Origin")), (200, None))
        self.assertEqual(response.header("Vary"), "Origin")

    def test_preflight(self) -> None:
        """Everything that the pages send is allowed, on every path."""
        for path in ("/api/config", "/api/profile", "/health", "/nowhere"):
            response = self.preflight(APP, path)
            self.assertEqual((response.status, response.body), (204, b""))
            self.assertEqual(response.header("Access-Control-Allow-Origin"), APP)
            self.assertEqual(response.header("Access-Control-Allow-Credentials"), "true")
            self.assertEqual(response.header("Access-Control-Max-Age"), "86400")
            methods = (response.header("Access-Control-Allow-Methods") or "").split(", ")
            self.assertEqual(set(methods), {"GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
            allowed = (response.header("Access-Control-Allow-Headers") or "").lower().split(", ")
            wanted = {"content-type", "authorization", "x-requested-with", "accept", "origin", "x-correlation-id"}
            self.assertTrue(wanted | {"x-user-id"} <= set(allowed))

    def test_preflight_refused(self) -> None:
        """As any other request."""
        response = self.preflight("https://evil.com")
        self.assertEqual((response.status, response.header("Access-Control-Allow-Methods")), (403, None))


class PageTests(WebCase):
    """The built-in page: its files, from memory, under a policy that lets it talk to us and to nobody else."""

    def test_index(self) -> None:
        """At `/`."""
        response = self.ask("/")
        self.assertEqual((response.status, response.header("Content-Type")), (200, "text/html; charset=utf-8"))
        policy = response.header("Content-Security-Policy") or ""
        self.assertIn("default-src 'none'", policy)
        self.assertIn("connect-src 'self'", policy)
        self.assertNotIn("unsafe", policy)
        for name in set(SECURITY) - {"Content-Security-Policy"}:
            self.assertEqual(response.header(name), SECURITY[name], name)

    def test_modules(self) -> None:
        """What index.html refers to, by its type."""
        for name, media_type in {
            "alie-client.js": "text/javascript; charset=utf-8",
            "style.css": "text/css; charset=utf-8",
            "icon.svg": "image/svg+xml",
        }.items():
            response = self.ask(f"/page/{name}")
            self.assertEqual((response.status, response.header("Content-Type")), (200, media_type))
            self.assertTrue(response.body)

    def test_not_modified(self) -> None:
        """A browser asks again and gets 304."""
        tag = self.ask("/").header("ETag") or ""
        response = self.ask("/", headers={"If-None-Match": tag})
        self.assertEqual((response.status, response.body), (304, b""))
        self.assertEqual(response.header("X-Content-Type-Options"), "nosniff")

    def test_no_way_out_of_the_folder(self) -> None:
        """Only what is in the page's list is there."""
        for path in (
            "/page/../builtin.py",
            "/page/%2e%2e/builtin.py",
            "/page/..%2fbuiltin.py",
            "/page/index.html",
            "/page/__init__.py",
            "/page/style.css/x",
            "/page//style.css",
        ):
            self.assertEqual(self.ask(path).status, 404, path)

    def test_off(self) -> None:
        """ALIE_PAGE=off: nothing is there, and dictation works all the same."""
        self.build(ALIE_PAGE="off")
        for path in ("/", "/page/style.css", "/page/alie-client.js"):
            self.assertEqual(self.ask(path).status, 404, path)
        self.assertEqual(self.upgrade()[1].status, 101)


class OddHeaderTests(WebCase):
    """Header values are bytes; what is no UTF-8 is no reason to fail."""

    def test_any_bytes(self) -> None:
        """Refused or ignored, as any other value that means nothing."""
        odd = "caf\xe9"
        self.assertEqual(self.ask("/health", headers={"Origin": f"https://{odd}.ca"}).status, 403)
        self.assertEqual(self.ask("/readyz", headers={"Authorization": f"Bearer {odd}"}).status, 200)
        self.assertEqual(self.ask("/health", headers={"X-Forwarded-Proto": odd, "If-None-Match": odd}).status, 200)
        self.assertEqual(self.upgrade(Host=odd)[1].status, 403)
        self.assertEqual(self.upgrade(Upgrade=odd)[1].status, 426)
