"""One daemon behind nginx, and what curl gets of it."""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from tests.support.alie_command import Ran
from tests.support.daemon import Daemon, start
from tests.support.site import Site

ORIGIN = "https://app.example.ca"
SETTINGS = {
    "PUBLIC_WS_URL": "wss://api.alie.app/ws",
    "CORS_ALLOWED_ORIGINS": ORIGIN,
    "ALIE_INSTANCE": "3001",
    "ALIE_SHED_LOAD": "off",  # or on a busy machine a daemon would now and then answer 503, and nginx pass it over
}
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
UPGRADE += ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",)
#: Headers of the older guide's check.
GUIDE = (*UPGRADE, "Host: api.alie.app", "Origin: https://api.alie.app")

#: The end of a greeting.
GREETED = '"protocol":1}}'


def headers(*lines: str) -> list[str]:
    """Options of curl."""
    return [part for line in lines for part in ("-H", line)]


def answered(ran: Ran) -> tuple[int, dict[str, str], str]:
    """Status, headers (names in lower case) and body of what `curl --include` has got."""
    head, _, body = ran.out.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    named = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, _, value in named}, body


class SiteCase(TestCase):
    """One daemon behind nginx."""

    timeout = 300

    async def begin(self, **settings: str) -> tuple[Site, Daemon]:
        """Starts both."""
        daemon = start(self, **{**SETTINGS, **settings})
        return Site(self, {3001: await daemon.listening}), daemon

    async def ask(self, site: Site, path: str, *arguments: str) -> tuple[int, dict[str, str], str]:
        """One request."""
        return answered(await site.curl("--include", "--path-as-is", *arguments, f"https://api.alie.app{path}"))

    async def upgrade(self, site: Site, path: str, *arguments: str) -> str:
        """Asks for a WebSocket, as the guide does; returns what comes of it, up to the greeting."""
        own = ("--no-buffer", "--http1.1", *headers(*UPGRADE))
        ran = await site.curl("--include", *own, *arguments, f"https://api.alie.app{path}", until=GREETED)
        assert ran.out, ran
        return ran.out
