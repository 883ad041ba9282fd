"""docs/operations.md, "Configure": its commands, and that a real daemon says the same at start."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.cli.files import folder_for
from tests.support import runbook
from tests.support.daemon import ROOT, environment, start

SECRET = "canary-that-nobody-may-see"
BAD = {"RATE_LIMIT_ENABLED": "perhaps", "ALIE_METRICS_TOKN": SECRET, "SUPABASE_JWT_SECRET": "short"}


class ConfigureTests(TestCase):
    """The section, from its first command to its last."""

    timeout = 120

    def setUp(self) -> None:
        self.folder = folder_for(self)
        (self.folder / "etc").mkdir()

    async def run_page(self, block: int, **settings: str) -> tuple[int, str, str]:
        """Runs one block: as this user, and with a folder of the test's own for /etc/alie."""
        text = runbook.blocks("Configure")[block].text
        text = (
            text.replace("/etc/alie", str(self.folder / "etc"))
            .replace("sudo -u alie ", "")
            .replace("-o alie -g alie ", "")
        )
        own = environment(self.folder, **settings)
        own["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
        out, err, status = await getProcessOutputAndValue("/bin/sh", ["-ec", text], env=own, path=str(ROOT))
        return status, out.decode(), err.decode()

    async def test_a_new_file(self) -> None:
        """Is nobody else's, and the daemon would start with it."""
        self.assertEqual(await self.run_page(0), (0, "", ""))
        file = self.folder / "etc/alie.env"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        status, out, err = await self.run_page(1)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("The daemon would start.", out)
        status, out, err = await self.run_page(2)
        self.assertEqual((status, err), (0, ""))
        self.assertIn(["ALIE_PING_SECONDS", "env", "file", "20"], [line.split() for line in out.splitlines()])

    async def test_as_the_daemon_says(self) -> None:
        """What is wrong is told by the same lines that a daemon ends with."""
        (self.folder / "etc/alie.env").write_text("".join(f"{name}={text}\n" for name, text in BAD.items()))
        status, out, err = await self.run_page(1)
        self.assertEqual((status, out), (1, ""))
        daemon = start(self, "--env-file", str(self.folder / "etc/alie.env"))
        self.assertEqual(await daemon.ended, 1)
        self.assertEqual(err, daemon.err)
        self.assertEqual(len(err.splitlines()), len(BAD))
        self.assertNotIn(SECRET, err)

    async def test_beside_a_running_daemon(self) -> None:
        """Its port and its state directory are taken, by itself: that is no fault."""
        daemon = start(self)
        port = (await daemon.listening).rsplit(":", 1)[1]
        (self.folder / "etc/alie.env").write_text(f"ALIE_STATE_DIR={daemon.folder}/.local/state/alie\n")
        status, out, err = await self.run_page(1, PORT=port)
        self.assertEqual((status, err), (0, ""))
        self.assertIn(f"A daemon of Alie listens on 127.0.0.1 port {port} already", out)
