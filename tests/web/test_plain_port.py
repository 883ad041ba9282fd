"""Tests of alie.web.plain_port: what is left in the clear once there is TLS, and who is sent where."""

from __future__ import annotations

from typing import ClassVar

from tests.support.memory_web import UPGRADE, Response, WebCase

STRANGER = "203.0.113.9"
HOST = "api.example.ca"


class PlainPortCase(WebCase):
    """Of a daemon that speaks TLS, and so is known by its name."""

    settings: ClassVar[dict[str, str]] = {
        "HOST": "0.0.0.0",
        "ALIE_INSECURE": "1",
        "ALIE_HOSTS": HOST,
        "ALIE_TLS_CERT": "/etc/alie/fullchain.pem",
        "ALIE_TLS_KEY": "/etc/alie/privkey.pem",
        "PUBLIC_WS_URL": f"wss://{HOST}/ws",
    }

    def stranger(self, path: str, method: str = "GET", **headers: str) -> Response:
        """A request from elsewhere."""
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(path, method, {"Host": HOST, **own}, peer=STRANGER)


class StrangerTests(PlainPortCase):
    """Whoever comes from elsewhere, without TLS."""

    def test_pages(self) -> None:
        """Are where they were, by https; nobody is to keep that for longer than TLS is there."""
        for path in ("/", "/page/style.css", "/nowhere?a=b%20c", "//evil.example/x"):
            for method in ("GET", "HEAD"):
                answer = self.stranger(path, method)
                self.assertEqual((answer.status, answer.body), (308, b""), path)
                self.assertEqual(answer.header("Location"), f"https://{HOST}/{path.lstrip('/')}")
                self.assertEqual(answer.header("Cache-Control"), "no-store")

    def test_health(self) -> None:
        """Is told to anybody: balancers ask for it in the clear."""
        self.engine.problems = list  # type: ignore[method-assign]
        for path in ("/health", "/healthz", "/readyz"):
            self.assertEqual(self.stranger(path).status, 200, path)

    def test_programs(self) -> None:
        """Are refused, so that they learn it before they have sent their tokens for months."""
        for path, method in (
            ("/api/config", "GET"),
            ("/%61pi/config", "GET"),
            ("/api/feedback", "POST"),
            ("/metrics", "GET"),
            ("/", "POST"),
        ):
            answer = self.stranger(path, method)
            self.assertEqual((answer.status, answer.json()["code"]), (403, "TLS_REQUIRED"), path)
            self.assertIsNone(answer.header("Location"))

    def test_websockets(self) -> None:
        """Too, on every path that they have."""
        for path in ("/ws", "/ws/transcription", "/ws?ws_token=secret"):
            answer = self.stranger(path, **{name.replace("-", "_"): value for name, value in UPGRADE.items()})
            self.assertEqual((answer.status, answer.json()["code"]), (403, "TLS_REQUIRED"), path)

    def test_hosts_of_others(self) -> None:
        """Nobody is sent to a name that is none of ours."""
        answer = self.stranger("/", Host="evil.example")
        self.assertEqual((answer.status, answer.header("Location")), (403, None))

    def test_lies(self) -> None:
        """Only proxies that are believed may say that there was TLS."""
        self.assertEqual(self.stranger("/", X_Forwarded_Proto="https").status, 308)


class FriendTests(PlainPortCase):
    """Whoever comes from this machine, or by a proxy that is believed."""

    def test_this_machine(self) -> None:
        """Probes, and `alie transcribe` of the operator."""
        for path in ("/", "/api/config", "/metrics", "/readyz"):
            self.assertNotIn(self.ask(path).status, (308, 403), path)
        self.connect()

    def test_this_machine_by_another_address(self) -> None:
        """Also where loopback is no proxy that is believed."""
        self.build(**{**self.settings, "ALIE_TRUSTED_PROXIES": "10.0.0.0/8"})
        self.connect()

    def test_a_proxy(self) -> None:
        """May say that its client came by https, or nothing."""
        for stated in ({"X-Forwarded-Proto": "https"}, {"X-Forwarded-Proto": "wss"}, {}):
            answer = self.ask("/api/config", headers={"Host": HOST, "X-Forwarded-For": STRANGER, **stated})
            self.assertEqual(answer.status, 200, stated)

    def test_a_proxy_whose_client_came_plainly(self) -> None:
        """Is as good as that client."""
        for stated in ("http", "ws", "gopher"):
            headers = {"Host": HOST, "X-Forwarded-For": STRANGER, "X-Forwarded-Proto": stated}
            self.assertEqual(self.ask("/", headers=headers).header("Location"), f"https://{HOST}/")
            self.assertEqual(self.ask("/api/config", headers=headers).json()["code"], "TLS_REQUIRED")


class WhereTests(PlainPortCase):
    """Which port the way leads to."""

    def location(self, host: str, **settings: str) -> str | None:
        """For somebody who came by this name."""
        self.build(**{**self.settings, **settings})
        return self.stranger("/a", Host=host).header("Location")

    def test_the_public_one(self) -> None:
        """Where PUBLIC_WS_URL says so: it may be forwarded to another port."""
        public = f"wss://{HOST}:8444/ws"
        for host in (HOST, HOST.upper(), f"{HOST}:3001"):
            self.assertEqual(self.location(host, PUBLIC_WS_URL=public), f"https://{HOST}:8444/a")

    def test_our_own(self) -> None:
        """For other names, and where nothing is said."""
        self.assertEqual(self.location("127.0.0.1:3001"), "https://127.0.0.1:8443/a")
        self.assertEqual(self.location("[::1]:3001"), "https://[::1]:8443/a")
        self.assertEqual(self.location(HOST, PUBLIC_WS_URL=""), f"https://{HOST}:8443/a")

    def test_off(self) -> None:
        """Where the operator wants both ports alike."""
        self.build(**{**self.settings, "ALIE_TLS_REDIRECT": "0"})
        self.assertEqual(self.stranger("/api/config").status, 200)
        self.build(HOST="0.0.0.0", ALIE_INSECURE="1", ALIE_HOSTS=HOST)
        self.assertEqual(self.stranger("/api/config").status, 200)
