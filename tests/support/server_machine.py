"""A machine as docs/operations.md leaves a server: Alie behind nginx, with certbot; and who signs certificates.

It is a borrowed one (tests/support/borrowed_machine.py), so its programs are Debian's, and systemd runs them on the
ports that they have on a server. `api.alie.app` is the machine itself, also for the authority, which proves names as
Let's Encrypt does: pebble, whose certificates are good for 20 days and so always due to be renewed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cryptography import x509
from twisted.trial.unittest import SynchronousTestCase

from tests.support import runbook
from tests.support.authority import Authority
from tests.support.borrowed_machine import ROOT, Borrowed, borrowed
from tests.support.machine import Failed
from tests.support.recordings import Take
from tests.support.waiting import wait_until

NAME = "api.alie.app"
UNPACKED = "/root/alie"
"""Inside: the folder that Alie was unpacked to."""
COPIES = f"/etc/alie/tls/{NAME}"
"""Inside: what certbot's hook copies for the daemon."""
PATIENCE_S = 120
ANSWER_S = 20
_ETC = {
    "hosts": f"127.0.0.1 localhost {NAME}\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}
_PEBBLE: Mapping[str, Any] = {
    "listenAddress": "127.0.0.1:14000",
    "managementListenAddress": "127.0.0.1:15000",
    "certificate": "/root/acme/certificate.pem",
    "privateKey": "/root/acme/key.pem",
    "httpPort": 80,
    "tlsPort": 443,
    "ocspResponderURL": "",
    "externalAccountBindingRequired": False,
    "certificateValidityPeriod": 20 * 86_400,
}
# Challenges are looked at once and at once, every nonce is taken, and whoever has proved a name has to do it again.
_ACME = """
systemd-run --quiet --unit=names pebble-challtestsrv -http01= -https01= -tlsalpn01= -defaultIPv6=
systemd-run --quiet --unit=acme -E PEBBLE_VA_NOSLEEP=1 -E PEBBLE_WFE_NONCEREJECT=0 -E PEBBLE_AUTHZREUSE=0 \
    pebble -config /root/acme/pebble.json -dnsserver 127.0.0.1:8053
curl --silent --show-error --max-time 20 --retry 100 --retry-connrefused --retry-delay 1 --retry-max-time 120 \
    https://127.0.0.1:15000/roots/0 >> /etc/ssl/certs/ca-certificates.crt
"""
_SIMULATOR = (
    "systemd-run --quiet --unit=transcribe --working-directory=/srv -E PYTHONPATH=/opt/source"
    " /opt/alie/bin/python /srv/simulated_service.py"
)
# What /usr of this machine has already.
_INSTALLED = "apt-get install"


class ServerMachine:
    """Such a machine, until the test ends; nothing of Alie's is installed in nginx and certbot yet.

    Args:
        case: the test.
        settings: of alie.env.

    Attributes:
        tree: its root directory, seen from outside.
        run: runs a script in it.
    """

    def __init__(self, case: SynchronousTestCase, **settings: str) -> None:
        self._machine: Borrowed = borrowed(case, PUBLIC_WS_URL=f"wss://{NAME}/ws", **settings)
        self.tree = self._machine.tree
        self.run = self._machine.run
        etc = self.tree / "etc"
        for name, text in _ETC.items():
            (etc / name).write_text(text)
        for name in ("passwd", "group"):
            with (etc / name).open("a") as file:
                file.write("www-data:x:33:33::/var/www:/bin/sh\n" if name == "passwd" else "www-data:x:33:\n")
        for name in ("var/lib/nginx", "var/log/nginx", "etc/ssl/certs", "srv", "root/acme"):
            (self.tree / name).mkdir(parents=True, exist_ok=True)
        _copy_debian(etc)
        shutil.copytree(ROOT / "etc", self.tree / UNPACKED[1:] / "etc")

    def page(self, section: str, *numbers: int) -> str:
        """Runs blocks of a section of the page (all, without numbers); what /usr has already is not installed again."""
        texts = [block.text for block in runbook.blocks(section) if block.language == "sh"]
        return self.follow("".join(texts[number] for number in numbers or range(len(texts))))

    def follow(self, commands: str) -> str:
        """Runs commands of the page, in the folder that Alie was unpacked to."""
        lines = [line for line in commands.splitlines() if not line.startswith(_INSTALLED)]
        return self.run("\n".join([f"cd {UNPACKED}", *lines]))

    def start_authority(self) -> None:
        """Whom the machine then trusts, and certbot asks."""
        folder = self.tree / "root" / "acme"
        doorkeeper = Authority()
        door = doorkeeper.issue("127.0.0.1")
        (folder / "certificate.pem").write_bytes(door.chain)
        (folder / "key.pem").write_bytes(door.key)
        (self.tree / "etc/ssl/certs/ca-certificates.crt").write_bytes(doorkeeper.pem)
        (folder / "pebble.json").write_text(json.dumps({"pebble": _PEBBLE}))
        settings = self.tree / "root/.config/letsencrypt/cli.ini"
        settings.parent.mkdir(parents=True)
        settings.write_text("server = https://127.0.0.1:14000/dir\nno-random-sleep-on-renew = True\n")
        self.run(_ACME)

    def serve(self, *, by_itself: bool = False) -> None:
        """As the page says: nginx, its certificate, the daemon.

        Args:
            by_itself: whether the daemon speaks TLS, too, on port 8443.
        """
        self.start_authority()
        self.run("systemctl start nginx")
        self.page("nginx", 0)
        self.page("Certificates", 0)
        self.page("nginx", 1)
        if by_itself:
            self.page("Certificates", 1)
            self.set(ALIE_TLS_CERT=f"{COPIES}/fullchain.pem", ALIE_TLS_KEY=f"{COPIES}/privkey.pem")
        self.page("Start, stop, restart", 0)

    def set(self, **settings: str) -> None:
        """Adds lines to alie.env."""
        with (self.tree / "etc/alie/alie.env").open("a") as file:
            file.writelines(f"{name}={value}\n" for name, value in settings.items())

    def simulate(self, takes: list[Take]) -> None:
        """Starts a simulated Amazon Transcribe that knows what is said in these; the daemon must be started later."""
        scripts = {take.speaker: asdict(take.script) for take in takes}
        (self.tree / "srv/scripts.json").write_text(json.dumps(scripts))
        shutil.copy(Path(__file__).with_name("simulated_service.py"), self.tree / "srv")
        self.run(_SIMULATOR)
        told = self.tree / "srv/settings"
        wait_until(told.exists, PATIENCE_S)
        with (self.tree / "etc/alie/alie.env").open("a") as file:
            file.write(told.read_text())

    def served(self, port: int = 443) -> x509.Certificate:
        """The certificate that a client is shown."""
        ask = f"import ssl; print(ssl.get_server_certificate(('{NAME}', {port}), timeout={ANSWER_S}))"
        return x509.load_pem_x509_certificate(self.run(f'/opt/alie/bin/python -c "{ask}"').encode())

    def serves(self, certificate: x509.Certificate, port: int = 443) -> bool:
        """Whether that is this one; not, where nobody answers just now."""
        try:
            return self.served(port) == certificate
        except Failed:
            return False

    @property
    def newest(self) -> x509.Certificate:
        """The certificate that certbot has got last."""
        path = self.tree / "etc/letsencrypt/live" / NAME / "cert.pem"
        return x509.load_pem_x509_certificate(_within(self.tree, path).read_bytes())


def _within(tree: Path, path: Path) -> Path:
    """Follows a link that leads from one place of the machine to another."""
    target = path.readlink()
    return tree / target.relative_to("/") if target.is_absolute() else path.parent / target


def _copy_debian(etc: Path) -> None:
    """What the packages nginx-light and certbot have put there."""
    for name in ("sites-enabled", "sites-available", "conf.d", "snippets", "modules-enabled"):
        (etc / "nginx" / name).mkdir(parents=True)
    for name in ("nginx.conf", "mime.types", "proxy_params"):
        shutil.copy(f"/etc/nginx/{name}", etc / "nginx")
    (etc / "letsencrypt").mkdir()
    shutil.copy("/etc/letsencrypt/cli.ini", etc / "letsencrypt")
