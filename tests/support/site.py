"""The site of etc/nginx in Debian's own nginx, installed by the commands of docs/operations.md, in a folder.

What differs from a machine in production: a folder before every path, ports (which the daemons choose, and nginx
inherits), and who has signed the certificate.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autobahn.twisted.websocket import WebSocketClientFactory
from twisted.internet import reactor
from twisted.internet.defer import DeferredList
from twisted.internet.endpoints import TCP4ClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IHostnameResolver
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from tests.support import runbook
from tests.support.alie_command import Ran
from tests.support.curl import curl
from tests.support.dictating_client import DictatingClient
from tests.support.nginx import NGINX, NginxProcess, listening_socket, write_certificate

NAME = "api.alie.app"
ROOT = Path(__file__).parents[2]
DEBIAN = Path("/etc/nginx")
PATIENCE_S = 60
LOOK_S = 0.05
#: Paths on the machine that the files name, all of them.
_PATHS = re.compile(r"(?<![\w.])/(?=(?:etc/nginx|etc/letsencrypt|etc/systemd|var/log/nginx|var/www|run/nginx\.pid)\b)")
_TEMPORARY = "".join(
    f"{name}_temp_path {{root}}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
)
#: What the page's commands run that would be of this machine; each is refused anything else than what the page has.
_STUBS = {
    "apt-get": '[ "$*" = "install --yes nginx-light" ]',
    "systemctl": """case "$*" in
    "reload nginx" | "disable --now alie-backend.service alie-backend.socket") ;;
    "daemon-reload" | "enable --now alie-backend@3001 alie-backend@3002") ;;
    *) exit 1 ;;
esac
echo "$*" >> {root}/systemctl""",
    "nginx": 'exec {nginx} -e {root}/errors -c {root}/etc/nginx/nginx.conf "$@"',
}


class Site:
    """nginx with Alie's site, until the test ends.

    Args:
        case: the test.
        instances: where the daemons are (http://127.0.0.1:PORT), by their names, which the files have.
        edit: changes files of etc/nginx, in a copy, before they are installed.

    Attributes:
        root: stands for `/`.
        checkout: a copy of what Alie comes in, as far as nginx and Cloudflare go; the commands are run there.
        https_port, http_port: where it listens, on 127.0.0.1.
    """

    def __init__(
        self, case: TestCase, instances: Mapping[int, str], edit: Callable[[Path], None] = lambda folder: None
    ) -> None:
        folder = tempfile.TemporaryDirectory()
        case.addCleanup(folder.cleanup)
        self.root = Path(folder.name) / "root"
        listening = [listening_socket(), listening_socket()]
        self.https_port, self.http_port = (each.getsockname()[1] for each in listening)
        self.checkout = Path(folder.name) / "checkout"
        self._copy(instances)
        edit(self.checkout / "etc" / "nginx")
        self._prepare()
        self.follow("nginx")
        self._process = NginxProcess(self.conf / "nginx.conf", self.root / "errors", listening)
        case.addCleanup(self._process.stop)

    @property
    def conf(self) -> Path:
        """Stands for /etc/nginx."""
        return self.root / "etc" / "nginx"

    @property
    def certificate(self) -> Path:
        """Whom clients have to trust."""
        return self.live / "fullchain.pem"

    @property
    def live(self) -> Path:
        """Stands for certbot's folder of the present certificate and key."""
        return self.root / "etc" / "letsencrypt" / "live" / NAME

    def moved(self, text: str) -> str:
        """A text in which every path on the machine is one below `root`."""
        return _PATHS.sub(f"{self.root}/", text)

    def _copy(self, instances: Mapping[int, str]) -> None:
        """A copy with this machine's paths and ports."""
        for name in ("nginx", "cloudflare", "systemd"):
            shutil.copytree(ROOT / "etc" / name, self.checkout / "etc" / name)
        for file in (path for path in self.checkout.rglob("*") if path.is_file()):
            text = re.sub(r"^ *listen \[::\].*\n", "", self.moved(file.read_text()), flags=re.MULTILINE)
            text = text.replace("listen 443 ", f"listen 127.0.0.1:{self.https_port} ")
            text = text.replace("listen 80;", f"listen 127.0.0.1:{self.http_port};")
            for name, url in instances.items():
                text = text.replace(f"127.0.0.1:{name}", url.removeprefix("http://"))
            file.write_text(text)

    def _prepare(self) -> None:
        """The machine as Debian's package and certbot leave it."""
        self.root.parent.chmod(0o755)  # workers of nginx are www-data, if it is started by root
        for folder in (
            "etc/nginx/sites-enabled",
            "var/log/nginx",
            "etc/systemd/system",
            "var/www/letsencrypt",
            "run",
            "bin",
        ):
            (self.root / folder).mkdir(parents=True)
        for folder in ("conf.d", "snippets", "sites-available", "modules-enabled"):
            (self.conf / folder).mkdir()
        shutil.copy(DEBIAN / "mime.types", self.conf)
        main = self.moved((DEBIAN / "nginx.conf").read_text())
        (self.conf / "nginx.conf").write_text(f"daemon off;\n{main}")
        (self.conf / "conf.d" / "temporary.conf").write_text(_TEMPORARY.format(root=self.root))
        self.live.mkdir(parents=True)
        write_certificate(self.live, [NAME])
        (self.live / "certificate.pem").rename(self.live / "fullchain.pem")
        (self.live / "key.pem").rename(self.live / "privkey.pem")
        for name, text in _STUBS.items():
            stub = self.root / "bin" / name
            stub.write_text(f"#!/bin/sh\n{text.format(root=self.root, nginx=NGINX)}\n")
            stub.chmod(0o755)

    def follow(self, section: str, *, replaced: Mapping[str, str] = {}, **environment: str) -> None:
        """Runs the commands of one section of the page, in a copy of what Alie comes in. Blocks.

        Args:
            section: its heading.
            replaced: what stands for hosts elsewhere.
            environment: what the operator has set.

        Raises:
            AssertionError: with all that was said, where one of them fails.
        """
        text = self.moved(runbook.commands(section))
        for host, other in replaced.items():
            text = text.replace(host, other)
        path = f"{self.root}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", "-eux", "-c", text],
            cwd=self.checkout,
            env={"PATH": path, "HOME": str(self.root), **environment},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    async def reload(self) -> None:
        """As `systemctl reload nginx` does; waits until no worker that was there takes new connections."""
        before = self._workers()
        os.kill(self._process.pid, signal.SIGHUP)
        for _ in range(round(PATIENCE_S / LOOK_S)):
            now = self._workers()
            is_new = any(pid not in before for pid in now)
            if is_new and not any(now.get(pid) == title for pid, title in before.items()):
                return
            await deferLater(reactor, LOOK_S, lambda: None)
        raise AssertionError(self._workers())

    def _workers(self) -> dict[int, str]:
        """Its worker processes, and what they call themselves: one that takes no more connections says so."""
        processes = Path("/proc")
        pids = (processes / f"{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        found = {}
        for pid in pids:
            try:
                found[int(pid)] = (processes / pid / "cmdline").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
        return found

    @property
    def url(self) -> str:
        """Its URL, for a client that resolves its name by `resolve_to_loopback`."""
        return f"https://{NAME}:{self.https_port}"

    async def curl(self, *arguments: str, until: str = "") -> Ran:
        """Runs `tests.support.curl`, which takes this to be https://api.alie.app, and http://api.alie.app."""
        ways = [f"{NAME}:443:127.0.0.1:{self.https_port}", f"{NAME}:80:127.0.0.1:{self.http_port}"]
        connect = [part for way in ways for part in ("--connect-to", way)]
        return await curl("--cacert", str(self.certificate), *connect, *arguments, until=until)

    async def connect(
        self, path: str = "/ws", *, said: Mapping[str, str] = {}, address: str = "127.0.0.1", port: int = 0
    ) -> Any:
        """A `DictatingClient`, from an address of this machine, with more headers; `opened` or `closed` has fired.

        Args:
            path: of the socket.
            said: headers.
            address: of the client.
            port: of what is before nginx; 0: nothing is.
        """
        factory = WebSocketClientFactory(f"wss://{NAME}{path}", headers=dict(said))
        factory.protocol = DictatingClient
        trusted = Certificate.loadPEM(self.certificate.read_bytes())
        endpoint: Any = TCP4ClientEndpoint(reactor, "127.0.0.1", port or self.https_port, bindAddress=(address, 0))
        client = await wrapClientTLS(optionsForClientTLS(NAME, trusted), endpoint).connect(factory)
        await DeferredList([client.opened, client.closed], fireOnOneCallback=True)
        return client

    async def logged(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first line of the access log of which `is_so` is true; waits, since nginx writes when all is over."""
        for _ in range(round(PATIENCE_S / LOOK_S)):
            for line in self.access_log:
                if is_so(line):
                    return line
            await deferLater(reactor, LOOK_S, lambda: None)
        raise AssertionError(self.access_log)

    @property
    def access_log(self) -> Sequence[dict[str, Any]]:
        """What was asked for, so far."""
        path = self.root / "var" / "log" / "nginx" / "alie.access.log"
        return [json.loads(line) for line in path.read_text().splitlines()]

    @property
    def logs(self) -> str:
        """All that nginx has written anywhere."""
        logs = [*(self.root / "var" / "log" / "nginx").iterdir(), self.root / "errors"]
        return "".join(path.read_text() for path in logs if path.is_file())


@implementer(IHostnameResolver)
class _Loopback:
    """Resolves as another resolver does, but every name to this machine."""

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver

    def resolveHostName(self, receiver: Any, name: str, *arguments: Any, **named: Any) -> Any:
        """See IHostnameResolver."""
        return self._resolver.resolveHostName(receiver, "127.0.0.1", *arguments, **named)


def trust(case: TestCase, certificate: Path) -> None:
    """Has clients within this process find every name here, and trust this certificate, until the test ends."""
    previous = reactor.installNameResolver(_Loopback(reactor.nameResolver))  # type: ignore[attr-defined]
    case.addCleanup(reactor.installNameResolver, previous)  # type: ignore[attr-defined]
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(certificate)
    case.addCleanup(lambda: os.environ.pop("SSL_CERT_FILE") and before and os.environ.update(SSL_CERT_FILE=before))
