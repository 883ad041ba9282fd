"""Tests of SIGHUP on a real daemon: it goes on, takes up what may change, and keeps what it has where that is bad."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.integration.test_start import until
from tests.support.daemon import Daemon, start

CLINIC, OTHER = "https://clinic.example", "https://other.example"


class HangupTests(TestCase):
    """SIGHUP."""

    timeout = 60

    async def is_allowed(self, url: str, origin: str) -> bool:
        """Whether a page from there may call, as a browser finds it out."""
        command = ["-s", "-i", "-m", "20", "-H", f"Origin: {origin}", f"{url}/api/config"]
        out, _, status = await getProcessOutputAndValue("curl", command)
        self.assertEqual(status, 0, out)
        return f"access-control-allow-origin: {origin}" in out.decode().lower()

    async def reload(self, daemon: Daemon, expected: str) -> None:
        """Sends the signal and waits for what it says."""
        said = daemon.out.count(expected)
        daemon.stop("HUP")
        await until(lambda: daemon.out.count(expected) > said or daemon.ended.called)

    def test_origins(self) -> Deferred[None]:
        """Those of the file, as it is now; also where systemd has read the same file into the environment."""

        async def check(file: Path) -> None:
            file.write_text(f"CORS_ALLOWED_ORIGINS={CLINIC}\n")
            daemon = start(self, "--env-file", str(file), CORS_ALLOWED_ORIGINS=CLINIC)
            url = await daemon.listening
            self.assertEqual([await self.is_allowed(url, origin) for origin in (CLINIC, OTHER)], [True, False])
            file.write_text(f"CORS_ALLOWED_ORIGINS={OTHER}\n")
            await self.reload(daemon, "Reloaded: allowed origins")
            self.assertEqual([await self.is_allowed(url, origin) for origin in (CLINIC, OTHER)], [False, True])
            file.write_text("CORS_ALLOWED_ORIGINS=*\n")
            await self.reload(daemon, "allowed origins stays as it was: CORS_ALLOWED_ORIGINS must be")
            self.assertEqual([await self.is_allowed(url, origin) for origin in (CLINIC, OTHER)], [False, True])
            daemon.stop()
            self.assertEqual((await daemon.ended, daemon.err), (0, ""))

        return Deferred.fromCoroutine(check(Path(self.mktemp()).absolute()))
