"""The site of etc/nginx in a real nginx before a real daemon: what is reached through it, what nginx says itself."""

from __future__ import annotations

import json
import os
from typing import Any

from twisted.internet.defer import Deferred, gatherResults

from tests.production.site_case import GREETED, ORIGIN, SiteCase, answered
from tests.support import runbook
from tests.support.alie_command import Ran
from tests.support.log_lines import until
from tests.support.site import ROOT

SECRET = "s3cr3t-in-a-query"


class InstallTests(SiteCase):
    """The commands of the page, on Debian's files."""

    def test_as_the_page_says(self) -> Deferred[None]:
        """Both times nginx finds the files good and is reloaded; it may have as many connections as the page says."""

        async def check() -> None:
            self.assertEqual(len(runbook.blocks("nginx")), 2)
            site, _ = await self.begin()
            self.assertEqual((site.root / "systemctl").read_text(), "reload nginx\n" * 2)
            self.assertEqual(
                sorted(path.name for path in (site.conf / "sites-enabled").iterdir()),
                ["api.alie.app", "api.alie.app-http"],
            )
            main = (site.conf / "nginx.conf").read_text()
            self.assertIn("\nworker_rlimit_nofile 16384;\n", main)
            self.assertIn("worker_connections 8192;", main)
            self.assertEqual((await self.ask(site, "/health"))[0], 200)

        return Deferred.fromCoroutine(check())

    def test_both_families(self) -> None:
        """Each site listens on IPv4 and IPv6, HTTP/2 for browsers among them; the tests use the former only."""
        text = "".join(path.read_text() for path in sorted((ROOT / "etc/nginx/sites-available").iterdir()))
        listens = [line.strip() for line in text.splitlines() if line.strip().startswith("listen")]
        self.assertEqual(
            listens, ["listen 443 ssl http2;", "listen [::]:443 ssl http2;", "listen 80;", "listen [::]:80;"]
        )


class PathTests(SiteCase):
    """What is reached through it."""

    def test_sockets(self) -> Deferred[None]:
        """Every path of the WebSocket, with its query, and with the public origin; nothing else is an upgrade."""

        async def check() -> None:
            site, _ = await self.begin()
            paths = ("/ws", "/ws/", "/ws/transcription", "/ws/transcription/?a=b", "/ws/i/3001", "/ws/i/3001/")
            origin = ("-H", "Origin: https://api.alie.app")
            coming = [Deferred.fromCoroutine(self.upgrade(site, path, *origin)) for path in paths]
            for path, said in zip(paths, await gatherResults(coming), strict=True):
                self.assertTrue(said.startswith("HTTP/1.1 101 "), (path, said))
                self.assertIn(GREETED, said)
            for path, status in (("/ws/other", 404), ("/wsfoo", 404), ("/ws/i/", 404), ("/api/config", 200)):
                said = await self.upgrade(site, path)
                self.assertTrue(said.startswith(f"HTTP/1.1 {status} "), (path, said))
            for path in ("/ws", "/ws/", "/ws/transcription", "/ws/i/3001"):
                for arguments, told in ((("--http2",), None), (("--http1.1", "-H", "Upgrade: h2c"), "websocket")):
                    status, head, body = await self.ask(site, path, *arguments)
                    self.assertEqual((status, json.loads(body)["code"]), (426, "UPGRADE_REQUIRED"))
                    self.assertEqual(head.get("upgrade"), told)

        return Deferred.fromCoroutine(check())

    def test_rest_and_page(self) -> Deferred[None]:
        """Health, REST and the page; the daemon's headers come through, each once."""

        async def check() -> None:
            site, _ = await self.begin()
            for path, kind in (("/health", "json"), ("/healthz", "json"), ("/api/config", "json"), ("/", "html")):
                status, told, _ = await self.ask(site, path)
                self.assertEqual((status, kind in told["content-type"]), (200, True), path)
            ran = await site.curl("--include", "-H", f"Origin: {ORIGIN}", "https://api.alie.app/api/config")
            self.assertEqual(ran.out.lower().count("strict-transport-security:"), 1)
            self.assertIn(f"access-control-allow-origin: {ORIGIN}", ran.out)

        return Deferred.fromCoroutine(check())

    def test_the_operators_own(self) -> Deferred[None]:
        """What tells of the daemon's inside is not there from outside, however it is spelled."""

        async def check() -> None:
            site, daemon = await self.begin()
            for path in (
                "/readyz",
                "/metrics",
                "/metrics/",
                "/%6detrics",
                "//metrics",
                "/api/../metrics",
                "/readyz?a=b",
            ):
                status, _, body = await self.ask(site, path)
                self.assertEqual((status, json.loads(body)["code"]), (404, "NOT_FOUND"), path)
            self.assertNotIn("metrics", [line["path"] for line in site.access_log if line["upstream"]])
            self.assertTrue(daemon.listening.called)

        return Deferred.fromCoroutine(check())

    def test_plain_http(self) -> Deferred[None]:
        """Is sent to HTTPS, method and all; but certbot's challenges are answered, by HTTPS as well."""

        async def check() -> None:
            site, _ = await self.begin()
            status, told, _ = answered(await site.curl("--include", "http://api.alie.app/api/config?a=b"))
            self.assertEqual((status, told["location"]), (308, "https://api.alie.app/api/config?a=b"))
            challenge = site.root / "var/www/letsencrypt/.well-known/acme-challenge/token"
            challenge.parent.mkdir(parents=True)
            challenge.write_text("proof")
            for scheme in ("http", "https"):
                ran = await site.curl(f"{scheme}://api.alie.app/.well-known/acme-challenge/token")
                self.assertEqual(ran.out, "proof")

        return Deferred.fromCoroutine(check())


class ErrorTests(SiteCase):
    """What nginx says itself: as Alie would, and nothing of its own version."""

    def assertError(self, answer: tuple[int, dict[str, str], str], status: int, code: str) -> None:
        """It is JSON of the usual form."""
        found, told, body = answer
        self.assertEqual((found, told["content-type"]), (status, "application/json; charset=utf-8"))
        self.assertEqual(told["server"], "nginx")
        self.assertIn("max-age=", told["strict-transport-security"])
        error = json.loads(body)
        self.assertEqual(sorted(error), ["code", "error", "message", "success"])
        self.assertEqual((error["success"], error["code"]), (False, code))

    def test_no_daemon(self) -> Deferred[None]:
        """503, and when to try again; for REST, for sockets, and for who comes back."""

        async def check() -> None:
            site, daemon = await self.begin()
            daemon.stop("KILL")
            await daemon.ended
            for path in ("/api/config", "/health", "/"):
                answer = await self.ask(site, path)
                self.assertError(answer, 503, "UNAVAILABLE")
                self.assertEqual(answer[1]["retry-after"], "2")
            for path in ("/ws", "/ws/i/3001", "/ws/i/3999"):
                said = await self.upgrade(site, path)
                self.assertError(answered(Ran(0, said, "")), 503, "UNAVAILABLE")

        return Deferred.fromCoroutine(check())

    def test_bad_requests(self) -> Deferred[None]:
        """Whatever is wrong with them."""

        async def check() -> None:
            site, _ = await self.begin()
            for arguments in (("-H", "Host: a b"), ("-X", "A:B", "--http1.1"), ("-H", "Host:")):
                self.assertError(await self.ask(site, "/", *arguments), 400, "BAD_REQUEST")
            self.assertError(await self.ask(site, "/%00"), 400, "BAD_REQUEST")
            plain = await site.curl("--include", f"http://127.0.0.1:{site.https_port}/")
            self.assertError(answered(plain), 400, "BAD_REQUEST")
            self.assertError(await self.ask(site, "/.alie/error"), 404, "NOT_FOUND")

        return Deferred.fromCoroutine(check())


class LogTests(SiteCase):
    """No query string is in any log, whatever becomes of the request."""

    def test_access_log(self) -> Deferred[None]:
        """JSON: who asked for what, and which daemon answered, under the id that is in the daemon's log, too."""

        async def check() -> None:
            site, daemon = await self.begin()
            await self.ask(site, f"/api/config?token={SECRET}", "-H", f"Referer: https://x.example/?{SECRET}")
            line: dict[str, Any] = await site.logged(lambda line: line["path"] == "/api/config")
            self.assertEqual((line["status"], line["method"], line["client"]), (200, "GET", "127.0.0.1"))
            self.assertEqual((line["protocol"], line["upstream_status"]), ("HTTP/2.0", "200"))
            await until(daemon, f'"request_id":"{line["request_id"]}"')
            await self.upgrade(site, f"/ws?ws_token={SECRET}")
            line = await site.logged(lambda line: line["path"] == "/ws")
            self.assertEqual((line["status"], line["tls"]), (101, "TLSv1.3"))
            self.assertNotIn(SECRET, site.logs)

        return Deferred.fromCoroutine(check())

    def test_what_goes_wrong(self) -> Deferred[None]:
        """Nor if nginx has something to complain of, which it does by quoting the request."""

        async def check() -> None:
            site, daemon = await self.begin()
            await self.ask(site, f"/%00?{SECRET}")
            await self.ask(site, f"/?{SECRET}", "-H", f"X-Long: {'x' * 20_000}", "--http1.1")
            await self.ask(site, f"/metrics?{SECRET}")
            await site.curl(f"http://api.alie.app/?{SECRET}")
            daemon.stop("KILL")
            await daemon.ended
            for path in ("/ws", "/ws/i/3001", "/api/config"):
                await self.upgrade(site, f"{path}?ws_token={SECRET}")
            line = await site.logged(lambda line: line["path"] == "/ws/i/3001")
            self.assertEqual((line["status"], line["upstream_status"]), (503, "502 : 502"))
            await site.logged(lambda line: line["path"] == "/api/config")
            self.assertNotIn(SECRET, site.logs)

        return Deferred.fromCoroutine(check())


class BodyTests(SiteCase):
    """A body may hold what a patient said."""

    def test_limit(self) -> Deferred[None]:
        """2 MiB, as the daemon's own; what nginx refuses it refuses as the daemon would."""

        async def check() -> None:
            site, daemon = await self.begin()
            body = daemon.folder / "body"
            for size, status in ((2_097_152, 400), (2_097_153, 413)):
                body.write_bytes(b" " * size)
                posted = ("-H", "Content-Type: application/json", "--data-binary", f"@{body}")
                answer = await self.ask(site, "/api/transcribe/process", *posted)
                self.assertEqual(answer[0], status)
                line = await site.logged(lambda line, status=status: line["status"] == status)
                self.assertEqual(bool(line["upstream"]), status == 400)
            self.assertEqual(json.loads(answer[2])["code"], "PAYLOAD_TOO_LARGE")

        return Deferred.fromCoroutine(check())

    def test_never_on_the_disk(self) -> Deferred[None]:
        """The largest body is taken though nginx has nowhere to write it, told beforehand how large it is or not."""

        async def check() -> None:
            site, daemon = await self.begin()
            await self.ask(site, "/health")  # its workers are there, with the folder that was made at their start
            os.rmdir(site.root / "client_body")
            (site.root / "client_body").touch()
            body = daemon.folder / "body"
            body.write_bytes(b" " * 2_097_152)
            posted = ("-H", "Content-Type: application/json", "--data-binary", f"@{body}")
            chunked = ("-H", "Transfer-Encoding: chunked")
            ways = (("--http2",), ("--http1.1", "-H", "Expect:"), ("--http1.1", "-H", "Expect:", *chunked))
            for count, how in enumerate(ways, 2):
                self.assertEqual((await self.ask(site, "/api/transcribe/process", *posted, *how))[0], 400)
                await site.logged(lambda line, count=count: len(site.access_log) == count)
                self.assertEqual(site.access_log[-1]["upstream_status"], "400")

        return Deferred.fromCoroutine(check())
