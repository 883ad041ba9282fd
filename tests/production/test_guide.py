"""The checks that the older deployment guide gave its operator, as they stand there, on a server with Alie."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from tests.support.server_machine import ServerMachine

#: Section 6.
PUBLIC = """
curl -i -N --http1.1 \
  -H "Connection: Upgrade" \
  -H "Upgrade: websocket" \
  -H "Host: api.alie.app" \
  -H "Origin: https://api.alie.app" \
  -H "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" \
  -H "Sec-WebSocket-Version: 13" \
  https://api.alie.app/ws/transcription
"""
#: Section 13, "Verification": at the daemon, and through nginx.
DIRECT = """
curl -i -N --http1.1 -H "Connection: Upgrade" -H "Upgrade: websocket" \
  -H "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" -H "Sec-WebSocket-Version: 13" \
  http://127.0.0.1:3001/ws/transcription
"""
THROUGH_NGINX = """
curl -i -N --http1.1 -H "Connection: Upgrade" -H "Upgrade: websocket" \
  -H "Host: api.alie.app" -H "Origin: https://api.alie.app" \
  -H "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" -H "Sec-WebSocket-Version: 13" \
  https://api.alie.app/ws
"""
#: Sections 8 and 13, and the health of section 12; only what follows a log has an end here.
RUNBOOK = """
systemctl start alie-backend
systemctl stop alie-backend
systemctl start alie-backend
systemctl restart alie-backend
certbot renew --dry-run
nginx -t && systemctl reload nginx
curl --silent --fail https://api.alie.app/health
journalctl -u alie-backend --no-pager
"""
#: curl waits for more than the greeting; it is ended when it has that.
UNTIL_GREETED = """
timeout 60 sh -c 'until grep --quiet --text connection_established /root/said; do sleep 0.1; done'
kill $!
cat /root/said
"""


class GuideTests(SynchronousTestCase):
    """With the site of etc/nginx, TLS, and systemd."""

    timeout = 600

    def setUp(self) -> None:
        self.machine = ServerMachine(self)
        self.machine.serve()

    def ask(self, command: str) -> str:
        """What one of its commands that never end has got by the time it has been greeted."""
        return self.machine.run(f"{command.strip()} > /root/said 2> /dev/null &\n{UNTIL_GREETED}")

    def test_sockets(self) -> None:
        """101 and the greeting; nginx has noted it so."""
        for command in (PUBLIC, DIRECT, THROUGH_NGINX):
            said = self.ask(command)
            self.assertTrue(said.startswith("HTTP/1.1 101 Switching Protocols"), said)
            self.assertIn('{"type":"connection_established","payload":{"sessionId":"', said)
        self.machine.run("systemctl stop nginx")  # it notes what is over
        lines = (self.machine.tree / "var/log/nginx/alie.access.log").read_text().splitlines()
        asked = [(line["method"], line["path"], line["status"]) for line in map(json.loads, lines)]
        self.assertIn(("GET", "/ws/transcription", 101), asked)
        self.assertIn(("GET", "/ws", 101), asked)

    def test_runbook(self) -> None:
        """Each command succeeds, and the service serves after all of them."""
        said = self.machine.run(RUNBOOK)
        self.assertIn("all simulated renewals succeeded", said)
        self.assertIn('{"status":"ok"}', said.replace(" ", ""))
        self.assertIn("Alie listens on http://127.0.0.1:3001", said)
