"""A whole server: systemd, two instances, nginx on its own ports, made by the commands of the page as they stand."""

from __future__ import annotations

import json
import shutil

from twisted.trial.unittest import SynchronousTestCase

from tests.support import runbook
from tests.support.borrowed_machine import ROOT, borrowed
from tests.support.nginx import write_certificate

NAME = "api.alie.app"
#: The packages are there already, as there is no network; all else is run as the page has it.
APT = 'apt-get() { [ "$*" = "install --yes nginx-light" ]; }\n'
CURL = f"curl -sS --cacert /etc/letsencrypt/live/{NAME}/fullchain.pem --resolve {NAME}:443:%s --resolve {NAME}:80:%s"
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
UPGRADE += ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",)
#: The first line of the answer to an upgrade; the connection ends with it.
CONNECT = "exec 3< <({curl} -N -i --http1.1 {headers} https://{name}{path}); head -n 1 <&3; kill $!"
#: Lines are written when a connection is over.
LOGGED = "timeout 60 sh -c 'until grep \"502 : .*101\" {log}; do sleep 0.1; done' > /dev/null; cat {log}"


class ServerTests(SynchronousTestCase):
    """Debian's units, files and ports."""

    timeout = 600

    def setUp(self) -> None:
        self.machine = borrowed(self, PUBLIC_WS_URL=f"wss://{NAME}/ws", WS_JWT_SECRET="secret" * 8)
        tree = self.machine.tree
        shutil.copytree(ROOT / "etc", tree / "root" / "etc")  # where the commands are run
        for unit in (tree / "etc/systemd/system").glob("alie-backend@*"):
            unit.unlink()
        shutil.copytree("/etc/nginx", tree / "etc/nginx", ignore=shutil.ignore_patterns("modules-enabled"))
        live = tree / "etc/letsencrypt/live" / NAME
        live.mkdir(parents=True)
        write_certificate(live, [NAME])
        (live / "certificate.pem").rename(live / "fullchain.pem")
        (live / "key.pem").rename(live / "privkey.pem")
        with (tree / "etc/passwd").open("a") as users:
            users.write("www-data:x:33:33::/var/www:/usr/sbin/nologin\n")
        with (tree / "etc/group").open("a") as groups:
            groups.write("www-data:x:33:\n")
        self.machine.run("mkdir -p /var/lib/nginx /var/log/nginx /var/www && systemctl start nginx")

    def curl(self, url: str, address: str = "127.0.0.1") -> str:
        """What comes of a request."""
        return self.machine.run(f"{CURL % (address, address)} -i {url}")

    def connect(self, path: str) -> str:
        """The first line of the answer to an upgrade."""
        headers = " ".join(f"-H '{line}'" for line in UPGRADE)
        curl = CURL % ("127.0.0.1", "127.0.0.1")
        return self.machine.run(CONNECT.format(curl=curl, headers=headers, name=NAME, path=path)).strip()

    def test_as_the_page_says(self) -> None:
        """Both instances serve through nginx, each at a path of its own; when one is stopped, the other does."""
        self.machine.run("systemctl enable --now alie-backend")
        self.machine.run(APT + runbook.commands("nginx"))
        self.machine.run(runbook.commands("Several instances"))
        units = "alie-backend@3001 alie-backend@3002 nginx"
        self.assertEqual(self.machine.run(f"systemctl is-active {units}").split(), ["active"] * 3)
        self.assertEqual(self.machine.run("systemctl is-active alie-backend || true").strip(), "inactive")
        for address in ("127.0.0.1", "[::1]"):
            self.assertIn('{"status":"ok"}', self.curl(f"https://{NAME}/health", address))
            self.assertIn(f"ocation: https://{NAME}/x", self.curl(f"http://{NAME}/x", address))
        self.assertIn(f'"publicWsUrl":"wss://{NAME}/ws"', self.curl(f"https://{NAME}/api/config"))
        for path in ("/ws", "/ws/transcription", "/ws/i/3001", "/ws/i/3002"):
            self.assertEqual(self.connect(path), "HTTP/1.1 101 Switching Protocols", path)
        self.machine.run(f"echo '127.0.0.1 {NAME}' >> /etc/hosts")
        trusted = {"SSL_CERT_FILE": f"/etc/letsencrypt/live/{NAME}/fullchain.pem"}
        self.assertIn("none lost", self.machine.run(f"alie check https://{NAME}", **trusted))
        self.machine.run("systemctl stop alie-backend@3002")
        self.assertEqual(self.connect("/ws/i/3002"), "HTTP/1.1 101 Switching Protocols")
        folders = self.machine.run("ls -d /var/lib/alie-*/audit").split()
        self.assertEqual(folders, ["/var/lib/alie-3001/audit", "/var/lib/alie-3002/audit"])
        log = self.machine.run(LOGGED.format(log="/var/log/nginx/alie.access.log")).splitlines()
        lines = [line for line in map(json.loads, log) if line["path"] == "/ws/i/3002"]
        ways = sorted((line["upstream_status"][:3], line["upstream"].split()[0], line["status"]) for line in lines)
        self.assertEqual(ways, [("101", "127.0.0.1:3002", 101), ("502", "127.0.0.1:3002", 101)])
