"""docs/operations.md, "Troubleshooting": each symptom is brought about, and its section's commands name the cause.

The commands are those of the page, read by tests.support.runbook (`TroubleCase.page`).
"""

from __future__ import annotations

import json
import re
import socket
from typing import Any

from twisted.internet.threads import deferToThread
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from tests.cli.doctor.answering import Answering
from tests.production.trouble_case import NAME, ORIGIN, URL, TroubleCase
from tests.support.authority import HOUR, Authority, now
from tests.support.nginx import Nginx, listening_socket
from tests.support.site import Site

PASS_ON = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"
START = json.dumps({"type": "start_transcription", "languageCode": "fr-CA", "sampleRate": 16000})
PATIENCE_S = 60
PINGS = 5


def opened(url: str, **more: Any) -> ClientConnection:
    """A WebSocket, with its greeting read."""
    client = connect(url, proxy=None, compression=None, open_timeout=PATIENCE_S, ping_interval=None, **more)
    client.recv(PATIENCE_S)
    return client


class ProxyTests(TroubleCase):
    """What is wrong on the way to the daemon."""

    def proxy(self, location: str) -> str:
        """An nginx of the test's own; gives where it listens."""
        listening = listening_socket()
        port = listening.getsockname()[1]
        nginx = Nginx(listening, [NAME], f"server {{ listen 127.0.0.1:{port} ssl; location / {{ {location} }} }}")
        self.addCleanup(nginx.stop)
        return f"127.0.0.1:{port}"

    async def test_first_always(self) -> None:
        """Everything is looked at."""
        await self.begin()
        told = await self.page("Troubleshooting")
        for step in ("settings", "daemon", "port", "certificate", "route", "clock", "disk", "model", "versions"):
            self.assertRegex(told, rf"(?m)^(ok|note|problem|not looked at) +{step} ")

    async def test_without_upgrade(self) -> None:
        """The headers are not passed on."""
        _, port = await self.begin()
        where = self.proxy(f"proxy_pass http://127.0.0.1:{port};")
        told = await self.page("The WebSocket answers 400 or 426", ("127.0.0.1:443", where))
        self.assertRegex(told, rf"problem +route +{URL} is no upgrade any more .*\(426\)")

    async def test_nobody_behind(self) -> None:
        """The daemon is down: nginx by itself says 502, the site of etc/nginx 503."""
        daemon, port = await self.begin()
        where = self.proxy(f"proxy_pass http://127.0.0.1:{port}; {PASS_ON}")
        site = Site(self, {3001: f"http://127.0.0.1:{port}"})
        daemon.stop()
        await daemon.ended
        for address, status in ((where, 502), (f"127.0.0.1:{site.https_port}", 503)):
            told = await self.page("The WebSocket answers 502, 503 or 504", ("127.0.0.1:443", address))
            self.assertRegex(told, r"problem +daemon +none of Alie answers")
            self.assertRegex(told, rf"problem +route +{URL} .*\({status}\)")

    async def test_silence_is_cut(self) -> None:
        """By a proxy that waits less long than the daemon between two pings; not if it pings more often."""
        _, port = await self.begin(ALIE_PING_SECONDS="3600")
        listening = listening_socket()
        hasty = listening.getsockname()[1]
        self.serve_plainly(listening, f"proxy_pass http://127.0.0.1:{port}; {PASS_ON} proxy_read_timeout 1s;")

        def cut() -> int:
            with opened(f"ws://127.0.0.1:{hasty}/ws") as client, self.assertRaises(ConnectionClosedError) as caught:
                client.recv(PATIENCE_S)
            self.assertIsNone(caught.exception.rcvd)  # what browsers call 1006
            return 1006

        self.assertEqual(await deferToThread(cut), 1006)
        told = await self.page("Sockets close with 1006 after a minute or two")
        self.assertRegex(told, r"^ALIE_PING_SECONDS +env file +3600\n$")

    async def test_pings_keep_it(self) -> None:
        """As many of them as take longer than the proxy waits."""
        _, port = await self.begin(ALIE_PING_SECONDS="1")
        listening = listening_socket()
        url = f"ws://127.0.0.1:{listening.getsockname()[1]}/ws"
        self.serve_plainly(listening, f"proxy_pass http://127.0.0.1:{port}; {PASS_ON} proxy_read_timeout 3s;")
        self.assertEqual(await deferToThread(self.pings, url), PINGS)

    def pings(self, url: str) -> int:
        """How many come; at most PINGS are waited for."""
        heard: list[bytes] = []

        class Counting(ClientConnection):
            def process_event(self, event: Any) -> None:
                super().process_event(event)
                if isinstance(event, Frame) and event.opcode is Opcode.PING:
                    heard.append(event.data)
                    if len(heard) == PINGS:
                        self.socket.shutdown(socket.SHUT_RDWR)

        with opened(url, create_connection=Counting) as client, self.assertRaises(ConnectionClosedError):
            client.recv(PATIENCE_S)
        return len(heard)

    def serve_plainly(self, listening: socket.socket, location: str) -> None:
        """An nginx without TLS there."""
        port = listening.getsockname()[1]
        nginx = Nginx(listening, [NAME], f"server {{ listen 127.0.0.1:{port}; location / {{ {location} }} }}")
        self.addCleanup(nginx.stop)

    async def test_refused_pages(self) -> None:
        """Of an origin that is not allowed; those of one that is are not."""
        section = "A page is refused: origin, mixed content"
        for allowed, status in ((ORIGIN, 200), ("https://other.example", 403)):
            _, port = await self.begin(CORS_ALLOWED_ORIGINS=allowed)
            site = Site(self, {3001: f"http://127.0.0.1:{port}"})
            told = await self.page(section, self.curl(site))
            self.assertTrue(told.endswith(f"\n{status}\n"), told)
            self.assertRegex(told, rf"(?m)^CORS_ALLOWED_ORIGINS +env file +{allowed}$")

    async def test_the_microphone(self) -> None:
        """The built-in page is there, and no header forbids it to listen."""
        _, port = await self.begin()
        site = Site(self, {3001: f"http://127.0.0.1:{port}"})
        told = await self.page("The microphone is refused", self.curl(site))
        self.assertRegex(told, r"^HTTP/\S+ 200")
        self.assertNotIn("permissions-policy", told.lower())

    def curl(self, site: Site) -> tuple[str, str]:
        """Has curl find the public name at the test's nginx, and trust it."""
        there = f"--connect-to {NAME}:443:127.0.0.1:{site.https_port}"
        return "curl -s ", f"curl -s --cacert {site.certificate} {there} "


class ClientTests(TroubleCase):
    """What clients are told."""

    async def test_tokens(self) -> None:
        """None where one is owed."""
        _, port = await self.begin(WS_REQUIRE_AUTH="true")
        token = self.home / "token"
        token.write_text("alie_aaaaaaaa_" + "a" * 52)
        local = ("https://api.alie.app", f"http://127.0.0.1:{port}")
        section = "AUTH_REQUIRED, AUTH_INVALID, AUTH_EXPIRED"
        told = await self.page(section, local, ("/root/token", str(token)))
        self.assertIn("(AUTH_INVALID)", told)
        self.assertIn("what to do: put an access token, or a key made by `alie key new`", told)
        told = await self.page(section, local, (" --token-file /root/token", ""))
        self.assertIn("(AUTH_REQUIRED)", told)

    async def test_capacity(self) -> None:
        """The only seat is taken, and somebody else is refused."""
        _, port = await self.begin(ALIE_MAX_SESSIONS="1")
        url = f"ws://127.0.0.1:{port}/ws"

        def crowd() -> str:
            told = []
            for _ in range(2):
                client = opened(url)
                self.addCleanup(deferToThread, client.close)
                client.send(START)
                told.append(json.loads(client.recv(PATIENCE_S)))
            self.assertEqual(told[0]["type"], "stream_ready")
            return str(told[1]["code"])

        self.assertEqual(await deferToThread(crowd), "CAPACITY")
        told = await self.page("CAPACITY")
        self.assertIn("Every seat is taken", told)
        self.assertIn("alie_sessions 1.0\n", told)

    async def test_no_words(self) -> None:
        """The server's own sentence comes back, and is counted."""
        _, port = await self.begin()
        local = ("https://api.alie.app", f"http://127.0.0.1:{port}")
        told = await self.page("Audio arrives, and no words come", local)
        self.assertRegex(told, r"(?m)^ok +speech ")
        self.assertRegex(told, r'alie_results_total\{kind="final"\} [1-9]')
        self.assertNotIn("alie_audio_seconds_total 0.0\n", told)


class MachineTests(TroubleCase):
    """What is wrong on the machine."""

    async def test_the_engine(self) -> None:
        """Amazon cannot be reached, and nobody asks it anything."""
        self.settings |= {
            "PORT": "0",
            "ALIE_ENGINE": "amazon",
            "ALIE_TRANSCRIBE_ENDPOINT": "https://127.0.0.1:1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ACCESS_KEY_ID": "AKIA2XK4QJ7WZPLM3N5T",
            "AWS_SECRET_ACCESS_KEY": "canary-that-nobody-may-see",
        }
        told = await self.page("ENGINE_UNAVAILABLE, ENGINE_THROTTLED, ENGINE_REJECTED")
        self.assertRegex(told, r"(?m)^ok +engine +amazon\. ")
        self.assertRegex(told, r"(?m)^problem +aws +reach: 127\.0\.0\.1:1: Connection refused")
        self.assertRegex(told, r"(?m)^ok +model ")
        self.assertNotIn("canary", told)

    async def test_an_expired_certificate(self) -> None:
        """Both as it is served, and in its file."""
        authority, folder = Authority(), self.home
        (folder / "root.pem").write_bytes(authority.pem)
        chain, key = authority.issue(NAME, since=now() - 90 * HOUR, until=now() - HOUR).write(folder)
        tls = {"ALIE_TLS_CERT": str(chain), "ALIE_TLS_KEY": str(key), "ALIE_TLS_PORT": "0"}
        daemon, _ = await self.begin(**tls)
        found = re.search(r"https://127\.0\.0\.1:(\d+)", daemon.out)
        assert found is not None, daemon.out
        section, there = "The certificate has expired, or nobody trusts it", ("127.0.0.1:443", f"127.0.0.1:{found[1]}")
        told = await self.page(section, there, SSL_CERT_FILE=str(folder / "root.pem"))
        self.assertRegex(told, r"(?m)^problem +tls +expired 0\.0 days ago")
        self.assertRegex(told, rf"(?m)^problem +certificate +{NAME}: expired 0\.0 days ago")

    async def test_the_clock(self) -> None:
        """Is an hour from that of Supabase."""
        with Answering({}, date="Sun, 06 Nov 1994 08:49:37 GMT") as server:
            key = "sb_publishable_x"
            self.settings |= {"PORT": "0", "SUPABASE_URL": server.url, "SUPABASE_ANON_KEY": key}
            told = await self.page("The clock is wrong")
        self.assertRegex(told, r"(?m)^problem +clock +\d+ s ahead of Supabase: tokens that are good are refused")
        self.assertRegex(told, r"(?m)^(ok|note|not looked at) +clock ")

    async def test_the_disk(self) -> None:
        """How full it is."""
        daemon, _ = await self.begin()
        told = await self.page("The disk is full", ("/var/lib/alie", str(daemon.folder)))
        self.assertIn("Mounted on", told)
        self.assertRegex(told, r"(?m)^(ok|note|problem) +disk .* MB free")

    async def test_memory(self) -> None:
        """What is held."""
        await self.begin()
        told = await self.page("Memory runs out")
        self.assertRegex(told, r"(?m)^alie_load_memory_ratio 0\.0$")
        self.assertRegex(told, r"(?m)^alie_sessions_unread 0\.0$")

    async def test_the_port(self) -> None:
        """Somebody else has it."""
        with socket.create_server(("127.0.0.1", 0)) as other:
            # Whoever connects is hung up on: it is not Alie.
            other.settimeout(0)
            self.settings["PORT"] = str(other.getsockname()[1])
            told = await self.page("The port is in use")
        self.assertIn(f"alie: cannot listen on 127.0.0.1 port {self.settings['PORT']}: the port is taken", told)

    async def test_late_words(self) -> None:
        """All that it says of its load."""
        await self.begin()
        told = await self.page("Words come late")
        for name in ("load_backlog_seconds", "load_delay_seconds", "load_step"):
            self.assertRegex(told, rf"(?m)^alie_{name} ")
