"""A daemon in trouble, and the commands of docs/operations.md that find out about it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.cli.files import folder_for
from tests.support import runbook
from tests.support.daemon import Daemon, start

NAME = "api.alie.app"
URL = f"wss://{NAME}/ws"
ORIGIN = "https://app.example.ca"
# On a busy machine the daemon would refuse dictations for that.
SETTINGS = {
    "PUBLIC_WS_URL": URL,
    "CORS_ALLOWED_ORIGINS": ORIGIN,
    "ALIE_ENGINE": "embedded",
    "ALIE_SHED_LOAD": "off",
}


class TroubleCase(TestCase):
    """Runs a section of the page for a daemon of the test's own.

    Attributes:
        settings: in the file of settings that the commands are given.
        home: the daemon's.
    """

    timeout = 180

    def setUp(self) -> None:
        self.settings = dict(SETTINGS)
        self.home = folder_for(self)

    async def begin(self, **settings: str) -> tuple[Daemon, str]:
        """Starts a daemon; gives it and the port that it has."""
        daemon = start(self, **{**SETTINGS, **settings})
        port = (await daemon.listening).rsplit(":", 1)[1]
        self.settings |= {**settings, "PORT": port}
        self.home = daemon.folder
        return daemon, port

    async def page(self, section: str, *instead: tuple[str, str], **environment: str) -> str:
        """What the section's commands write.

        Args:
            section: its heading.
            instead: what stands on this machine for something of the page.
            environment: more of it.
        """
        file = folder_for(self) / "alie.env"
        file.write_text("".join(f"{name}={text}\n" for name, text in self.settings.items()))
        file.chmod(0o600)
        text = runbook.commands(section).replace("sudo -u alie ", "")
        port = self.settings.get("PORT", "3001")
        usual = (("/etc/alie/alie.env", str(file)), ("127.0.0.1:3001", f"127.0.0.1:{port}"))
        for before, after in instead:
            self.assertIn(before, text)
            text = text.replace(before, after)
        for before, after in usual:
            text = text.replace(before, after)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        own = {"PATH": path, "HOME": str(self.home), **environment}
        out, err, _ = await getProcessOutputAndValue("/bin/sh", ["-c", text], env=own, reactor=reactor)
        return out.decode() + err.decode()
