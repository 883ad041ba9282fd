"""A daemon, whatever is before it, and what `alie doctor` finds."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.task import deferLater
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

from tests.production.trouble_case import NAME, SETTINGS
from tests.support.daemon import Daemon, start
from tests.support.nginx import Nginx, listening_socket

SECRET = "canary-that-nobody-may-see"


class DoctorCase(TestCase):
    """A daemon, and whatever is before it."""

    timeout = 180

    async def begin(self, **settings: str) -> tuple[Daemon, str]:
        """Starts a daemon; gives it and the port that it has."""
        daemon = start(self, **{**SETTINGS, "WS_REQUIRE_AUTH": "true", "ALIE_METRICS_TOKEN": SECRET, **settings})
        return daemon, (await daemon.listening).rsplit(":", 1)[1]

    async def doctor(
        self, daemon: Daemon, port: str, *arguments: str, **settings: str
    ) -> dict[str, list[dict[str, Any]]]:
        """What it finds, by step."""
        command = Path(sys.executable).with_name("alie")
        own = {"PATH": os.environ["PATH"], "HOME": str(daemon.folder), "PORT": port, "ALIE_METRICS_TOKEN": SECRET}
        out, err, status = await getProcessOutputAndValue(
            str(command), ["doctor", "--json", *arguments], env={**own, **SETTINGS, **settings}, reactor=reactor
        )
        self.assertNotIn(SECRET, out.decode() + err.decode())
        content = json.loads(out)
        found: dict[str, list[dict[str, Any]]] = {}
        for finding in content["findings"]:
            found.setdefault(finding["step"], []).append(finding)
        problems = [one for ones in found.values() for one in ones if one["state"] == "problem"]
        self.assertEqual((status, content["ok"]), (1 if problems else 0, not problems), problems)
        return found

    async def ready(self, daemon: Daemon, port: str) -> None:
        """Waits until its model is loaded."""
        while (await self.doctor(daemon, port, "daemon"))["daemon"][0]["state"] == "problem":
            await deferLater(reactor, 0.1)

    def proxy(self, locations: str) -> str:
        """An nginx of the test's own; gives where it listens."""
        listening = listening_socket()
        port = listening.getsockname()[1]
        nginx = Nginx(listening, [NAME], f"server {{ listen 127.0.0.1:{port} ssl; {locations} }}")
        self.addCleanup(nginx.stop)
        return f"127.0.0.1:{port}"

    async def routes(self, locations: str, **settings: str) -> dict[str, str]:
        """What is found of each path of a daemon behind such a proxy; PORT stands for the daemon's."""
        daemon, port = await self.begin(**settings)
        where = self.proxy(locations.replace("PORT", port))
        found = await self.doctor(daemon, port, "route", "--connect-to", where, **settings)
        return {
            one["detail"].split()[0].rstrip(":"): f"{one['state']}: {one['detail']} {one['advice']}"
            for one in found["route"]
        }
