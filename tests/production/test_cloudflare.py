"""Cloudflare before nginx: its settings, its networks, its certificates; and its edge, which cuts connections."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase, TestCase

from alie import config
from tests.production.site_case import GUIDE, SETTINGS, answered, headers
from tests.support import runbook
from tests.support.authority import Authority
from tests.support.cloudflare import TOKEN, V4, Cloudflare
from tests.support.daemon import start
from tests.support.edge import IDLE_S, Edge
from tests.support.recorder import Recorder
from tests.support.site import ROOT, Site, trust
from tests.support.speaker import Speaker, words

FOLDER = ROOT / "etc" / "cloudflare"
PEM = "/ssl/static/authenticated_origin_pull_ca.pem"
SITES = ("https://api.cloudflare.com", "https://www.cloudflare.com", "https://developers.cloudflare.com")


def here(cloudflare: Cloudflare, folder: Path) -> None:
    """Has the scripts of a folder ask this server instead."""
    for script in folder.glob("*.py"):
        text = script.read_text()
        for site in SITES:
            text = text.replace(site, cloudflare.url)
        script.write_text(text)


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script in an environment of its own."""
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def shown(authority: Authority, folder: Path) -> tuple[str, str]:
    """Options of curl that show a certificate which `authority` has signed for a client."""
    issued = authority.issue("client", is_client=True)
    file = folder / f"client-{len(list(folder.glob('client-*.pem')))}.pem"
    file.write_bytes(issued.chain + issued.key)
    return "--cert", str(file)


class PageTests(TestCase):
    """All commands of the section, one after the other."""

    timeout = 300

    def test_as_the_page_says(self) -> Deferred[None]:
        """The zone is set, only Cloudflare is served from then on, and its networks are current."""

        async def check() -> None:
            self.assertEqual(len(runbook.blocks("Cloudflare")), 3)
            authority, stranger = Authority(), Authority()
            cloudflare = Cloudflare(self)
            cloudflare.files[PEM] = authority.pem
            site = Site(self, {3001: Recorder(self).url})
            here(cloudflare, site.checkout / "etc" / "cloudflare")
            self.assertEqual(answered(await site.curl("--include", "https://api.alie.app/health"))[0], 200)
            settings = {"CLOUDFLARE_API_TOKEN": TOKEN, "ZONE_ID": "the-zone"}
            replaced = dict.fromkeys(SITES, cloudflare.url)
            await deferToThread(site.follow, "Cloudflare", replaced=replaced, **settings)
            self.assertGreater(len(cloudflare.asked), 9)
            await site.reload()
            for issuer, status in ((None, 403), (stranger, 403), (authority, 200)):
                certificate = shown(issuer, site.root) if issuer is not None else ()
                told = answered(await site.curl("--include", *certificate, "https://api.alie.app/health"))
                self.assertEqual(told[0], status)
                self.assertEqual("FORBIDDEN" in told[2], status == 403)
            networks = (site.conf / "snippets" / "alie-cloudflare.conf").read_text().splitlines()[2:10]
            self.assertEqual(networks, [f"set_real_ip_from {one};" for one in V4.split()])

        return Deferred.fromCoroutine(check())

    def test_sockets_with_a_certificate(self) -> Deferred[None]:
        """The guide's check, from Cloudflare and from elsewhere."""

        async def check() -> None:
            authority = Authority()
            url = await start(self, **SETTINGS).listening

            def edit(folder: Path) -> None:
                (folder / "alie.d" / "on.conf").write_text((folder / "snippets" / "alie-origin-pulls.conf").read_text())
                (folder / "cloudflare-origin-pull-ca.pem").write_bytes(authority.pem)

            site = Site(self, {3001: url}, edit)
            upgrade = ("--include", "--http1.1", "--no-buffer", *headers(*GUIDE), "https://api.alie.app/ws")
            self.assertIn("403 Forbidden", (await site.curl(*upgrade)).out)
            said = (await site.curl(*shown(authority, site.root), *upgrade, until='"protocol":1}}')).out
            self.assertIn("101 Switching Protocols", said)

        return Deferred.fromCoroutine(check())


class RangesTests(TestCase):
    """The list of networks: whoever is on it can claim to be anybody."""

    timeout = 300

    def setUp(self) -> None:
        self.cloudflare = Cloudflare(self)
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        (self.folder / "ranges.py").write_text((FOLDER / "ranges.py").read_text())
        here(self.cloudflare, self.folder)
        self.file = self.folder / "alie-cloudflare.conf"

    async def renew(self) -> subprocess.CompletedProcess[str]:
        """Runs the script."""
        command = [sys.executable, str(self.folder / "ranges.py"), str(self.file)]
        return await deferToThread(run, command)

    def test_renewed(self) -> Deferred[None]:
        """The form is that of the file that Alie comes with, which nginx reads; a second time, nothing is new."""

        async def check() -> None:
            self.assertEqual((await self.renew()).returncode, 0)
            lines = self.file.read_text().splitlines()
            shipped = (ROOT / "etc/nginx/snippets/alie-cloudflare.conf").read_text().splitlines()
            self.assertEqual((lines[:3], lines[-1]), (shipped[:3], shipped[-1]))
            self.assertEqual(len(lines), 8 + 4 + 3)
            self.assertIn("is current: 12 networks", (await self.renew()).stdout)

        return Deferred.fromCoroutine(check())

    def test_broken_answers(self) -> Deferred[None]:
        """The old list stays, to the byte, and it is said why."""

        async def check() -> None:
            self.file.write_text("the old list")
            good = dict(self.cloudflare.files)
            v4 = good["/ips-v4"]
            assert isinstance(v4, bytes)
            broken: list[bytes | int] = [500, 404, b"", b"<html>Just a moment...</html>", b"\xff\xfe", v4[:60]]
            broken += [v4 + b"\n" + wrong for wrong in (b"0.0.0.0/0", b"10.0.0.0/8", b"127.0.0.0/8", b"1.2.3.4/20")]
            broken += [v4 + b"\n2400:cb00::/32", v4 * 500, b"\n".join([b"173.245.48.0/20"] * 20)]
            for path in good:
                for answer in broken if path == "/ips-v4" else [500, b"", v4, b"::/0", b"fc00::/7"]:
                    self.cloudflare.files = {**good, path: answer}
                    ran = await self.renew()
                    self.assertEqual((ran.returncode, self.file.read_text()), (1, "the old list"), answer)
                    self.assertIn("stays as it is: ", ran.stderr)
                    self.assertNotIn("Traceback", ran.stderr)

        return Deferred.fromCoroutine(check())


class SettingsTests(TestCase):
    """What is set at Cloudflare."""

    timeout = 300

    def setUp(self) -> None:
        self.cloudflare = Cloudflare(self)
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        for name in ("apply.py", "settings.json"):
            (self.folder / name).write_text((FOLDER / name).read_text())
        here(self.cloudflare, self.folder)

    async def apply(self, *arguments: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
        """Runs the script."""
        command = [sys.executable, str(self.folder / "apply.py"), "the-zone", *arguments]
        return await deferToThread(run, command, CLOUDFLARE_API_TOKEN=token)

    def test_all(self) -> Deferred[None]:
        """Of settings and rules; rules of others, and those of ours from before, are treated as the page says."""

        async def check() -> None:
            rules = json.loads((FOLDER / "settings.json").read_text())["rules"]
            configuration, cache, firewall = rules
            others = {"id": "r-1", "description": "somebody else's", "version": "3"}
            self.cloudflare.rulesets = {
                cache["phase"]: {"id": "s-1", "rules": [others]},
                firewall["phase"]: {"id": "s-2", "rules": [others, {**firewall["rule"], "id": "r-2", "action": "old"}]},
            }
            ran = await self.apply()
            self.assertEqual((ran.returncode, ran.stderr), (0, ""))
            asked = {path: (method, body) for method, path, body in self.cloudflare.asked}
            self.assertEqual(asked["settings/websockets"], ("PATCH", {"value": "on"}))
            self.assertEqual(asked["bot_management"][1]["fight_mode"], False)
            entrypoint = f"rulesets/phases/{configuration['phase']}/entrypoint"
            self.assertEqual(asked[entrypoint], ("PUT", {"rules": [configuration["rule"]]}))
            self.assertEqual(asked["rulesets/s-1/rules"], ("POST", cache["rule"]))
            self.assertEqual(asked["rulesets/s-2/rules/r-2"], ("PATCH", firewall["rule"]))
            self.assertEqual(len(ran.stdout.splitlines()), len(asked))
            self.assertNotIn(TOKEN, ran.stdout)

        return Deferred.fromCoroutine(check())

    def test_another_host(self) -> Deferred[None]:
        """The rules are for the host that is named."""

        async def check() -> None:
            await self.apply("api.clinic.example")
            text = json.dumps(self.cloudflare.asked)
            self.assertEqual((text.count("api.clinic.example"), text.count("api.alie.app")), (3, 0))

        return Deferred.fromCoroutine(check())

    def test_refused(self) -> Deferred[None]:
        """What a plan does not have is told; the rest is set all the same. Without a token nothing is tried."""

        async def check() -> None:
            self.cloudflare.refused = {"bot_management"}
            ran = await self.apply()
            self.assertEqual(ran.returncode, 1)
            self.assertIn("REFUSED: bot_management: not for this plan", ran.stdout)
            self.assertEqual(ran.stdout.count("REFUSED"), 1)
            self.assertEqual((await self.apply(token="another")).stdout.count("REFUSED"), 10)
            self.cloudflare.asked = []
            self.assertEqual((await self.apply(token="")).returncode, 2)
            self.assertEqual(self.cloudflare.asked, [])

        return Deferred.fromCoroutine(check())


class EdgeTests(TestCase):
    """Sockets that the edge would cut, and those that it does."""

    timeout = 400

    def test_pings_beat_idleness(self) -> Deferred[None]:
        """Nobody speaks for two minutes, and the socket is there; without pings it is not after 100 s."""

        async def check() -> None:
            for seconds, is_kept in (("1", True), ("3600", False)):
                url = await start(self, **SETTINGS, ALIE_PING_SECONDS=seconds).listening
                site = Site(self, {3001: url})
                edge = Edge(self, site.https_port)
                client = await site.connect(port=edge.port)
                self.addCleanup(client.dropConnection, abort=True)
                client.say("start_transcription", languageCode="en-US", sampleRate=16000, resume=True)
                await client.message("stream_ready")
                if is_kept:
                    for _ in range(6):
                        await edge.next_from_origin()
                        edge.clock.advance(20)
                    client.say("ping", id="still")
                    self.assertEqual((await client.message("pong"))["id"], "still")
                else:
                    edge.clock.advance(IDLE_S - 1)
                    self.assertEqual(len(edge.carried), 1)
                    edge.clock.advance(1)
                    await client.closed
                self.assertEqual(edge.cuts, 0 if is_kept else 1)

        return Deferred.fromCoroutine(check())

    def test_release(self) -> Deferred[None]:
        """A client comes back to its session, in mid-sentence; every word comes once."""

        async def check() -> None:
            url = await start(self, **SETTINGS).listening
            site = Site(self, {3001: url})
            edge = Edge(self, site.https_port)
            trust(self, site.certificate)
            whole = await Speaker().speak(f"https://api.alie.app:{edge.port}/ws")
            self.assertGreater(len(words(whole.client)), 25)
            released = await Speaker(edge.release).speak(f"https://api.alie.app:{edge.port}/ws")
            self.assertEqual([back.is_anew for back in released.backs], [False])
            self.assertEqual(words(released.client), words(whole.client))
            await site.logged(lambda line: len(site.access_log) == 3)
            self.assertEqual([line["path"] for line in site.access_log], ["/ws", "/ws", "/ws/i/3001"])

        return Deferred.fromCoroutine(check())


class DefaultTests(SynchronousTestCase):
    """What the daemon does unasked."""

    def test_pings(self) -> None:
        """Two are due before the edge cuts: one may be late."""
        self.assertLess(2 * config.read({}).ping_s, IDLE_S)
        self.assertGreaterEqual(IDLE_S, 2 * 50)
