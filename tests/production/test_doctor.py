"""`alie doctor` on a real daemon behind a real nginx: all well, and what goes wrong on the way to it; its sections of
docs/operations.md."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import SynchronousTestCase

from alie.cli.doctor.finding import PROBLEM
from tests.cli.files import folder_for
from tests.production.doctor_case import DoctorCase
from tests.production.trouble_case import NAME, SETTINGS, URL
from tests.support import runbook
from tests.support.borrowed_machine import borrowed
from tests.support.daemon import ROOT, Daemon
from tests.support.nginx import listening_socket
from tests.support.site import Site

PASS_ON = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"
KEEP_HOST = "proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;"


class WellTests(DoctorCase):
    """The site of etc/nginx, a certificate that is trusted."""

    async def test_all_is_well(self) -> None:
        """Every look finds what there is, and none a problem."""
        daemon, port = await self.begin()
        site = Site(self, {3001: f"http://127.0.0.1:{port}"})
        trust = {"SSL_CERT_FILE": str(site.certificate)}
        await self.ready(daemon, port)
        found = await self.doctor(daemon, port, "--connect-to", f"127.0.0.1:{site.https_port}", **trust)
        self.assertEqual([one["state"] for one in found["route"]], 3 * ["ok"], found["route"])
        self.assertIn(f"{URL} leads to this daemon", [one["detail"] for one in found["route"]])
        self.assertIn("trusted, chain complete, TLSv1.3", found["certificate"][0]["detail"])
        self.assertEqual(found["daemon"][0]["state"], "ok", found["daemon"])
        self.assertEqual(found["core dumps"][0]["state"], "ok")
        self.assertIn("the daemon may have", found["open files"][0]["detail"])
        self.assertEqual([one["state"] for one in found["disk"]], ["ok", "ok"])
        self.assertEqual(found["model"][0]["state"], "ok")

    async def test_one_of_several(self) -> None:
        """Its own path leads to it; the shared ones may lead to another."""
        first, port = await self.begin(ALIE_INSTANCE="3001")
        second, other = await self.begin(ALIE_INSTANCE="3002")
        site = Site(self, {3001: f"http://127.0.0.1:{other}"})
        where = ("route", "--connect-to", f"127.0.0.1:{site.https_port}")
        found = await self.doctor(second, other, *where, ALIE_INSTANCE="3001")
        self.assertEqual({one["state"] for one in found["route"]}, {"ok"}, found["route"])
        found = await self.doctor(first, port, *where, ALIE_INSTANCE="3001")
        states = {one["detail"].split()[0]: one["state"] for one in found["route"]}
        self.assertEqual(states[f"wss://{NAME}/ws/i/3001"], "problem")
        self.assertEqual(states[f"wss://{NAME}/ws"], "ok")


class UnitTests(DoctorCase):
    """The unit that comes along."""

    async def test_its_sandbox(self) -> None:
        """Is as good as it is said to be, by systemd's own judgement; its file of settings is not on this machine."""
        daemon, port = await self.begin()
        unit = str(ROOT / "etc/systemd/alie-backend.service")
        found = await self.doctor(daemon, port, "systemd", "env-file", "--unit", unit)
        self.assertEqual(found["sandbox"][0]["state"], "ok", found["sandbox"])
        self.assertEqual(found["env file"][0]["state"], "not looked at")


class ServerTests(SynchronousTestCase):
    """A server with systemd, on which Alie is installed."""

    timeout = 600
    AS_ALIE = "setpriv --reuid alie --regid alie --clear-groups "

    def setUp(self) -> None:
        self.machine = borrowed(self, ALIE_SHED_LOAD="off")

    def doctor(self, before: str = "", words: str = "") -> tuple[int, dict[str, list[dict[str, Any]]]]:
        """Its exit status, and what it finds, by step."""
        out = self.machine.run(f"status=0; {before}alie doctor --json {words} || status=$?; echo $status")
        text, status = out.rstrip().rsplit("\n", 1)
        found: dict[str, list[dict[str, Any]]] = {}
        for finding in json.loads(text)["findings"]:
            found.setdefault(finding["step"], []).append(finding)
        return int(status), found

    def test_before_and_after_the_start(self) -> None:
        """As root and as the daemon's user; nothing has to be named, since the unit names it."""
        status, found = self.doctor()
        problems = {step for step, ones in found.items() for one in ones if one["state"] == PROBLEM}
        self.assertEqual((status, problems), (1, {"daemon", "systemd"}))
        self.assertIn("The daemon would start.\n", self.machine.run(f"{self.AS_ALIE} alie config check"))
        self.machine.run("systemctl enable --now alie-backend")
        self.assertIn("listens on 127.0.0.1 port 3001 already", self.machine.run(f"{self.AS_ALIE} alie config check"))
        for before in ("", self.AS_ALIE):
            status, found = self.doctor(before)
            self.assertEqual(status, 0, found)
            for step in ("env file", "daemon", "port", "core dumps", "disk", "model", "systemd", "sandbox"):
                self.assertEqual({one["state"] for one in found[step]}, {"ok"}, found[step])
            self.assertIn("/var/lib/alie ", found["disk"][0]["detail"])

    def test_the_other_commands(self) -> None:
        """Find the daemon's folder by its unit, too; root makes nothing there that the daemon could not use."""
        self.machine.run("systemctl enable --now alie-backend")
        new = "alie key new --user Anne --clinic Parc 2>&1 >/dev/null"
        self.assertIn("/var/lib/alie/alie.db", self.machine.run(f"{self.AS_ALIE} {new}"))
        self.assertIn("this runs as root", self.machine.run(f"{new} || true"))
        self.machine.run("systemctl restart alie-backend")
        self.assertIn("key.issue", self.machine.run("cat /var/lib/alie/audit/audit.jsonl"))
        self.machine.run(f"{self.AS_ALIE} alie audit verify")

    def test_an_instance(self) -> None:
        """Its port is its socket's, and its folder its own; a credential is a setting like any other."""
        (self.machine.tree / "etc/credstore").mkdir(mode=0o700)
        (self.machine.tree / "etc/credstore/alie.env").write_text("WS_JWT_SECRET=changeme-changeme\n")
        self.machine.run("systemctl enable --now alie-backend@3002")
        status, found = self.doctor(words="--unit alie-backend@3002.service")
        self.assertEqual((status, found["port"][0]["detail"]), (1, "127.0.0.1 port 3002 is the daemon's"))
        self.assertIn("/var/lib/alie-3002 ", found["disk"][0]["detail"])
        self.assertEqual(found["secrets"][0]["detail"], "WS_JWT_SECRET looks like a placeholder")


class RouteTests(DoctorCase):
    """Proxies as they are set up wrongly."""

    def problem(self, routes: dict[str, str], path: str, part: str) -> None:
        """That path is a problem, and this is said."""
        told = routes[f"wss://{NAME}{path}"]
        self.assertTrue(told.startswith("problem: "), told)
        self.assertIn(part, told)

    async def test_the_older_site(self) -> None:
        """Whose prefix makes /ws/transcription/transcription of /ws/transcription: both lead to the daemon."""
        routes = await self.routes(
            f"location / {{ proxy_pass http://127.0.0.1:PORT; {PASS_ON} {KEEP_HOST} }}"
            f"location /ws {{ proxy_pass http://127.0.0.1:PORT/ws/transcription; {PASS_ON} {KEEP_HOST} }}"
        )
        self.assertEqual({told.partition(":")[0] for told in routes.values()}, {"ok"}, routes)

    async def test_a_prefix_that_leads_nowhere(self) -> None:
        """A path is put before another that is there already."""
        routes = await self.routes(f"location /ws {{ proxy_pass http://127.0.0.1:PORT/api/ws; {PASS_ON} {KEEP_HOST} }}")
        self.problem(routes, "/ws", "leads nowhere (404)")
        self.problem(routes, "/ws/transcription", "proxy_pass")

    async def test_without_upgrade(self) -> None:
        """The headers are not passed on."""
        routes = await self.routes(f"location / {{ proxy_pass http://127.0.0.1:PORT; {KEEP_HOST} }}")
        self.problem(routes, "/ws", "pass on Upgrade and Connection")

    async def test_another_host(self) -> None:
        """The daemon does not answer to the name that the proxy makes up."""
        routes = await self.routes(
            f"location / {{ proxy_pass http://127.0.0.1:PORT; {PASS_ON} proxy_set_header Host x.example; }}"
        )
        self.problem(routes, "/ws", "ALIE_HOSTS")

    async def test_nobody_behind(self) -> None:
        """The proxy has another port."""
        listening = listening_socket()
        free = listening.getsockname()[1]
        listening.close()
        routes = await self.routes(f"location / {{ proxy_pass http://127.0.0.1:{free}; {PASS_ON} {KEEP_HOST} }}")
        self.problem(routes, "/ws", "finds nothing behind the proxy (502)")

    async def test_another_daemon(self) -> None:
        """Is no less Alie, and still not this one."""
        _, other = await self.begin()
        routes = await self.routes(f"location / {{ proxy_pass http://127.0.0.1:{other}; {PASS_ON} {KEEP_HOST} }}")
        self.problem(routes, "/ws", "leads to another daemon of Alie than that on 127.0.0.1 port")

    async def test_a_redirect(self) -> None:
        """Is not followed."""
        routes = await self.routes(f"location / {{ return 301 https://{NAME}$request_uri; }}")
        self.problem(routes, "/ws", "is sent elsewhere (301)")

    async def test_metrics_for_everybody(self) -> None:
        """A proxy that shows neither the client nor the name publishes them."""
        routes = await self.routes(f"location / {{ proxy_pass http://127.0.0.1:PORT; {PASS_ON} }}", PUBLIC_WS_URL=URL)
        told = routes[f"https://{NAME}/metrics"]
        self.assertTrue(told.startswith("problem: "), told)


class CertificateTests(DoctorCase):
    """What is served at the public address."""

    async def test_nobody_trusts_it(self) -> None:
        """Nobody has signed it."""
        daemon, port = await self.begin()
        where = self.proxy("location / { return 404; }")
        (found,) = (await self.doctor(daemon, port, "certificate", "--connect-to", where))["certificate"]
        self.assertEqual(found["state"], "problem")
        self.assertIn("signed by itself", found["detail"])

    async def test_another_name(self) -> None:
        """The names that it is for are told."""
        daemon, port = await self.begin()
        site = Site(self, {3001: f"http://127.0.0.1:{port}"})
        other = ("--url", "wss://other.example/ws", "--connect-to", f"127.0.0.1:{site.https_port}")
        trust = {"SSL_CERT_FILE": str(site.certificate)}
        (found,) = (await self.doctor(daemon, port, "certificate", *other, **trust))["certificate"]
        self.assertEqual((found["state"], found["detail"].rpartition(" ")[2]), ("problem", NAME))


class PageTests(DoctorCase):
    """docs/operations.md, "Doctor": its commands, as this user, with files and ports of the test's own."""

    async def page(self, block: int, daemon: Daemon, port: str, site: Site) -> str:
        """What one of them writes."""
        file = folder_for(self) / "alie.env"
        file.write_text("".join(f"{name}={text}\n" for name, text in {**SETTINGS, "PORT": port}.items()))
        file.chmod(0o600)
        text = [one.text for one in runbook.blocks("Doctor") if one.language == "sh"][block]
        for before, after in (
            ("sudo -u alie ", ""),
            ("/etc/alie/alie.env", str(file)),
            ("127.0.0.1:443", f"127.0.0.1:{site.https_port}"),
            # Nobody outside of this machine is asked by a test.
            ("--online", f"--online --osv-url http://127.0.0.1:{port}"),
        ):
            text = text.replace(before, after)
        own = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(daemon.folder)}
        own |= {"SSL_CERT_FILE": str(site.certificate)}
        out, err, _ = await getProcessOutputAndValue("/bin/sh", ["-ec", text], env=own, reactor=reactor)
        self.assertEqual(err, b"")
        return out.decode()

    async def test_the_section(self) -> None:
        """All of it, past the CDN, one look alone, with an advisory service, for programs."""
        daemon, port = await self.begin()
        site = Site(self, {3001: f"http://127.0.0.1:{port}"})
        self.assertIn("ok             env file", await self.page(0, daemon, port, site))
        past = await self.page(1, daemon, port, site)
        self.assertEqual(set(re.findall(r"^\S+ +(\S+) ", past, re.MULTILINE)), {"certificate", "route"})
        self.assertIn(f"{URL} leads to this daemon", past)
        self.assertIn("127.0.0.1 did not answer for every package", await self.page(2, daemon, port, site))
        self.assertIn("findings", json.loads(await self.page(3, daemon, port, site)))
