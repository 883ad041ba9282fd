"""Who the client is, as nginx tells the daemon; and how much one client may have of nginx."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from tests.production.site_case import SETTINGS, answered, headers
from tests.support.daemon import start
from tests.support.recorder import Recorder
from tests.support.site import Site

FORGED = ("X-Forwarded-For: 203.0.113.7", "CF-Connecting-IP: 203.0.113.8", "X-Real-IP: 203.0.113.9")
FORGED += ("Forwarded: for=203.0.113.10", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http")
CLOUDFLARE = "127.0.0.2"


def is_cloudflare(network: str) -> Callable[[Path], None]:
    """Makes `network` the only one of Cloudflare's."""

    def edit(folder: Path) -> None:
        file = folder / "snippets" / "alie-cloudflare.conf"
        lines = re.sub(r"^set_real_ip_from .*\n", "", file.read_text(), flags=re.MULTILINE)
        file.write_text(f"set_real_ip_from {network};\n{lines}")

    return edit


class ClientTests(TestCase):
    """What the daemon is told."""

    timeout = 300

    def test_what_clients_write_of_themselves(self) -> Deferred[None]:
        """Is replaced: who is not Cloudflare is its own address, whatever it says; also in the log."""

        async def check() -> None:
            recorder = Recorder(self)
            site = Site(self, {3001: recorder.url}, is_cloudflare("198.51.100.0/24"))
            await site.curl(*headers(*FORGED), "--interface", "127.0.0.3", "https://api.alie.app/api/config?a=b")
            ((path, told),) = recorder.requests
            self.assertEqual(path, "/api/config?a=b")
            self.assertEqual((told["x-forwarded-for"], told["x-real-ip"]), ("127.0.0.3", "127.0.0.3"))
            self.assertEqual((told["host"], told["x-forwarded-proto"]), ("api.alie.app", "https"))
            self.assertFalse({"forwarded", "x-forwarded-host", "cf-connecting-ip", "upgrade"} & set(told))
            self.assertNotIn("203.0.113", str(told))
            line = await site.logged(lambda line: True)
            self.assertEqual((line["client"], line["peer"]), ("127.0.0.3", "127.0.0.3"))

        return Deferred.fromCoroutine(check())

    def test_from_cloudflare(self) -> Deferred[None]:
        """CF-Connecting-IP counts from its networks, and nothing else from there; IPv6 as well."""

        async def check() -> None:
            recorder = Recorder(self)
            site = Site(self, {3001: recorder.url}, is_cloudflare(f"{CLOUDFLARE}/32"))
            for address in ("203.0.113.8", "2001:db8::8"):
                said = ("X-Forwarded-For: 203.0.113.7", f"CF-Connecting-IP: {address}")
                await site.curl(*headers(*said), "--interface", CLOUDFLARE, "https://api.alie.app/health")
                told = recorder.requests[-1][1]
                self.assertEqual((told["x-forwarded-for"], told["x-real-ip"]), (address, address))
                line = await site.logged(lambda line, it=address: line["client"] == it)  # type: ignore[misc]
                self.assertEqual(line["peer"], CLOUDFLARE)

        return Deferred.fromCoroutine(check())

    def test_the_daemons_own_count(self) -> Deferred[None]:
        """Of sockets of one address: what a client writes of itself does not make two of it, Cloudflare's word does."""

        async def check() -> None:
            # Those who connect are of this machine, and not proxies for that.
            own = {"ALIE_SOCKETS_PER_ADDRESS": "1", "ALIE_TRUSTED_PROXIES": "127.0.0.1/32"}
            url = await start(self, **SETTINGS, **own).listening
            site = Site(self, {3001: url}, is_cloudflare(f"{CLOUDFLARE}/32"))

            async def one(client: str, address: str) -> bool:
                socket = await site.connect(
                    said={"CF-Connecting-IP": client, "X-Forwarded-For": client}, address=address
                )
                self.addCleanup(socket.dropConnection, abort=True)
                return bool(socket.opened.called)

            self.assertTrue(await one("203.0.113.7", CLOUDFLARE))
            self.assertTrue(await one("203.0.113.8", CLOUDFLARE))
            self.assertFalse(await one("203.0.113.8", CLOUDFLARE))
            self.assertTrue(await one("203.0.113.9", "127.0.0.3"))
            self.assertFalse(await one("203.0.113.10", "127.0.0.3"))

        return Deferred.fromCoroutine(check())

    def test_the_same_list_as_cloudflare_publishes(self) -> None:
        """Networks only, and none that would let in everybody; the daemon believes nginx, which is on this machine."""
        text = (Path(__file__).parents[2] / "etc/nginx/snippets/alie-cloudflare.conf").read_text()
        found = re.findall(r"^set_real_ip_from (\S+)/(\d+);$", text, flags=re.MULTILINE)
        self.assertEqual((len(found), len({":" in network for network, _ in found})), (22, 2))
        self.assertTrue(all(int(length) >= 12 for _, length in found), found)


class LimitTests(TestCase):
    """How much one address may have open."""

    timeout = 300

    def test_connections(self) -> Deferred[None]:
        """100 at once; one more is 429, and another address is served."""

        async def check() -> None:
            recorder = Recorder(self, waits=True)
            site = Site(self, {3001: recorder.url})
            hundred = [f"https://api.alie.app/api/{number}" for number in range(100)]
            waiting = Deferred.fromCoroutine(site.curl("--parallel", "--parallel-max", "100", *hundred))
            await recorder.arrived(100)
            status, told, body = answered(await site.curl("--include", "https://api.alie.app/health"))
            self.assertEqual((status, told["retry-after"]), (429, "5"))
            self.assertIn("RATE_LIMITED", body)
            other = Deferred.fromCoroutine(site.curl("--interface", "127.0.0.3", "https://api.alie.app/health"))
            await recorder.arrived(101)
            recorder.release()
            _, ran = await gatherResults([waiting, other])
            self.assertEqual(ran.out, "recorded")

        return Deferred.fromCoroutine(check())


class AnswerTests(TestCase):
    """A long answer to a slow client."""

    timeout = 300

    def test_never_on_the_disk(self) -> Deferred[None]:
        """It waits in memory, a little of it, and in the daemon; nginx has nowhere to write it."""

        async def check() -> None:
            recorder = Recorder(self, b"x" * 8_000_000)
            site = Site(self, {3001: recorder.url})
            await site.curl("https://api.alie.app/health")
            os.rmdir(site.root / "proxy")
            (site.root / "proxy").touch()
            ran = await site.curl("--http1.1", "--limit-rate", "4M", "https://api.alie.app/api/sessions")
            self.assertEqual((ran.status, len(ran.out)), (0, 8_000_000))

        return Deferred.fromCoroutine(check())
