"""Tests of real daemons: they start, answer and stop, or say in one line why not."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from twisted.application.service import IServiceMaker
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.utils import getProcessOutputAndValue
from twisted.plugin import getPlugins
from twisted.trial.unittest import SynchronousTestCase, TestCase

from tests.support.daemon import ROOT, fetch, kill, start

CURL = shutil.which("curl")
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


class PluginTests(SynchronousTestCase):
    """`twistd` knows Alie, and nothing of Twisted's own is in the way."""

    def test_listed(self) -> None:
        """By its name."""
        self.assertIn("alie", [maker.tapname for maker in getPlugins(IServiceMaker)])

    def test_no_packages_of_twisteds_name(self) -> None:
        """An `__init__.py` there would overwrite Twisted's own when Alie is installed."""
        for folder in ("twisted", "twisted/plugins"):
            self.assertFalse((ROOT / folder / "__init__.py").exists())


class StartTests(TestCase):
    """A daemon that starts."""

    timeout = 60

    def test_health_and_the_guides_check(self) -> Deferred[None]:
        """All of health answers; the handshake of the guide, by curl itself where there is one; SIGTERM ends it."""

        async def check() -> None:
            daemon = start(self)
            url = await daemon.listening
            self.assertEqual(await fetch(f"{url}/health"), '{"status":"ok"}')
            self.assertEqual(json.loads(await fetch(f"{url}/healthz"))["ok"], True)
            self.assertEqual(
                json.loads(await fetch(f"{url}/api/config"))["publicWsUrl"], f"{url.replace('http', 'ws')}/ws"
            )
            answer = await self.handshake(url)
            self.assertTrue(answer.startswith("HTTP/1.1 101 Switching Protocols"), answer)
            self.assertIn('{"type":"connection_established","payload":{"sessionId":"', answer)
            daemon.stop()
            self.assertEqual(await daemon.ended, 0)
            self.assertEqual(daemon.err, "")

        return Deferred.fromCoroutine(check())

    async def handshake(self, url: str) -> str:
        """What the guide's check is answered."""
        if CURL is not None:
            headers = [part for name, value in HANDSHAKE.items() for part in ("-H", f"{name}: {value}")]
            command = ["-i", "-s", "-N", "--http1.1", "--max-time", "2", *headers, f"{url}/ws/transcription"]
            out, _, _ = await getProcessOutputAndValue(CURL, command)
            return str(out.decode(errors="replace"))
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as client:
            lines = "".join(f"{name}: {value}\r\n" for name, value in HANDSHAKE.items())
            client.sendall(f"GET /ws/transcription HTTP/1.1\r\nHost: {host}:{port}\r\n{lines}\r\n".encode())
            answer = b""
            while b"connection_established" not in answer:
                answer += client.recv(4096)
        return answer.decode(errors="replace")

    def test_as_a_background_daemon(self) -> Deferred[None]:
        """`twistd alie`, as its users type it: it leaves a pidfile, serves, and takes the file away when it stops."""

        async def check() -> None:
            launcher = start(self, twistd=("--pidfile=alie.pid", "--logfile=alie.log"))
            self.assertEqual(await launcher.ended, 0, launcher.out + launcher.err)
            pidfile, log = launcher.folder / "alie.pid", launcher.folder / "alie.log"
            await until(lambda: pidfile.exists() and pidfile.read_text())
            pid = int(pidfile.read_text())
            self.addCleanup(kill, pid)
            await until(lambda: log.exists() and "Alie listens on " in log.read_text())
            url = log.read_text().split("Alie listens on ")[1].split()[0]
            self.assertEqual(await fetch(f"{url}/health"), '{"status":"ok"}')
            await getProcessOutputAndValue("/bin/kill", ["-TERM", str(pid)])
            await until(lambda: not pidfile.exists() and not Path(f"/proc/{pid}").exists())
            self.assertNotIn("Traceback", log.read_text())

        return Deferred.fromCoroutine(check())


async def until(is_done: Any) -> None:
    """Asks again and again: a process that is no child of ours tells nobody what it does."""
    while not is_done():
        await deferLater(reactor, 0.05)


class RefusalTests(TestCase):
    """A daemon that cannot start says why on stderr, in clear lines, and exits with 1."""

    timeout = 60

    async def refused(self, *options: str, **settings: str) -> list[str]:
        """What it says."""
        daemon = start(self, *options, **settings)
        self.assertEqual(await daemon.ended, 1, daemon.out + daemon.err)
        self.assertNotIn("Traceback", daemon.out + daemon.err)
        return daemon.err.splitlines()

    def run_all(self, *checks: Coroutine[Any, Any, None]) -> Deferred[None]:
        """One after the other: they are short, and the machine may be small."""

        async def run() -> None:
            for check in checks:
                await check

        return Deferred.fromCoroutine(run())

    def test_busy_port(self) -> Deferred[None]:
        """It names the address."""

        async def check() -> None:
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", 0))
                taken.listen()
                port = taken.getsockname()[1]
                (line,) = await self.refused("--port", str(port))
                self.assertIn(f"port {port}", line)
                self.assertIn("taken", line)

        return Deferred.fromCoroutine(check())

    def test_bad_values_all_at_once(self) -> Deferred[None]:
        """One line each; a slip in a name is one of them, and so is a door left open."""

        async def check() -> None:
            lines = await self.refused(
                HOST="0.0.0.0",
                PORT="http",
                CORS_ALLOWED_ORIGINS="*",
                ALIE_MODELDIR="/models",
                ALIE_METRICS_TOKEN="s3cret",
                ALIE_DRAIN_SECONDS="s3cret",
            )
            self.assertEqual(len(lines), 5)
            for part in ("ALIE_INSECURE=1", "PORT", "CORS_ALLOWED_ORIGINS", "did you mean ALIE_MODEL_DIR?"):
                self.assertEqual(len([line for line in lines if part in line and line.startswith("alie: ")]), 1, part)
            self.assertNotIn("s3cret", "".join(lines))

        return Deferred.fromCoroutine(check())

    def test_missing_model(self) -> Deferred[None]:
        """It names the folder."""

        async def check() -> None:
            lines = await self.refused(ALIE_MODEL_DIR="/nonexistent")
            self.assertIn("/nonexistent", lines[0])

        return Deferred.fromCoroutine(check())

    def test_bad_options(self) -> Deferred[None]:
        """An option that does not exist, and a file that cannot be read."""

        async def unknown() -> None:
            self.assertIn("--loud", (await self.refused("--loud"))[0])

        async def missing_file() -> None:
            self.assertIn("/nonexistent.env", (await self.refused("--env-file", "/nonexistent.env"))[0])

        return self.run_all(unknown(), missing_file())
