"""The sites that the older deployment guide gave: whoever has one of them may keep it."""

from __future__ import annotations

import json

from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from tests.production.site_case import GREETED, GUIDE, headers
from tests.support.curl import curl
from tests.support.daemon import start
from tests.support.nginx import Nginx, listening_socket
from tests.support.older_deployment import DAEMON, ONE_LOCATION, PREFIX

NAME = "api.alie.app"
#: Its rollback: the path as it is.
PASSED_THROUGH = PREFIX.replace("/ws/transcription", "")
PATHS = ("/ws", "/ws/", "/ws/transcription", "/ws?ws_token=x")
SITES = {
    "one location": ONE_LOCATION,
    "a prefix with a URI": ONE_LOCATION + PREFIX,
    "a prefix": ONE_LOCATION + PASSED_THROUGH,
}


class OlderSiteTests(TestCase):
    """One location for all; and with `location /ws`, a prefix, which makes other paths of those that pages ask for."""

    timeout = 300

    async def curl(self, port: int, path: str, *arguments: str, until: str = "") -> str:
        """What comes of a request, headers included."""
        way = ("--connect-to", f"{NAME}:443:127.0.0.1:{port}", "--insecure", "--include")
        return (await curl(*way, *arguments, f"https://{NAME}{path}", until=until)).out

    def test_each(self) -> Deferred[None]:
        """Both paths of the pages lead to dictation, REST answers, and nothing of the operator's is told."""

        async def check() -> None:
            daemon = await start(self, PUBLIC_WS_URL="wss://api.alie.app", USE_WSS="true").listening
            for name, locations in SITES.items():
                listening = listening_socket()
                port = listening.getsockname()[1]
                server = f"server {{ listen 127.0.0.1:{port} ssl; server_name {NAME}; {locations} }}"
                nginx = Nginx(listening, [NAME], server.replace(DAEMON, daemon))
                self.addCleanup(nginx.stop)
                upgrade = ("--http1.1", "--no-buffer", *headers(*GUIDE))
                coming = [Deferred.fromCoroutine(self.curl(port, path, *upgrade, until=GREETED)) for path in PATHS]
                for path, said in zip(PATHS, await gatherResults(coming), strict=True):
                    self.assertTrue(said.startswith("HTTP/1.1 101 "), (name, path, said))
                    self.assertIn('{"type":"connection_established","payload":{"sessionId":', said)
                for path in ("/health", "/healthz", "/api/config"):
                    self.assertIn(" 200 ", (await self.curl(port, path)).splitlines()[0])
                self.assertIn(" 403 ", (await self.curl(port, "/metrics")).splitlines()[0])
                readiness = json.loads((await self.curl(port, "/readyz")).partition("\r\n\r\n")[2])
                self.assertEqual(sorted(readiness), ["ok", "ready", "status"])

        return Deferred.fromCoroutine(check())
