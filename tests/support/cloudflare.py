"""What Cloudflare serves, as far as Alie's scripts and commands ask for it: a server of this machine."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

TOKEN = "a-token-of-cloudflare"
V4 = (
    "173.245.48.0/20 103.21.244.0/22 103.22.200.0/22 103.31.4.0/22 "
    "141.101.64.0/18 108.162.192.0/18 190.93.240.0/20 8.0.0.0/9"
)
V6 = "2400:cb00::/32 2606:4700::/32 2803:f800::/32 2a06:98c0::/29"


class Cloudflare(Resource):
    """Lists of networks, a certificate, and one zone; until the test ends.

    Args:
        case: the test.

    Attributes:
        url: of it.
        files: what is served at a path; a number is an error.
        rulesets: of the zone, by phase.
        refused: paths below the zone that may not be edited.
        asked: method, path below the zone and body of each change.
    """

    isLeaf = True

    def __init__(self, case: TestCase) -> None:
        super().__init__()
        self.files: dict[str, bytes | int] = {
            "/ips-v4": V4.replace(" ", "\n").encode(),
            "/ips-v6": V6.replace(" ", "\n").encode() + b"\n",
        }
        self.rulesets: dict[str, dict[str, Any]] = {}
        self.refused: set[str] = set()
        self.asked: list[tuple[str, str, Any]] = []
        port: Any = reactor.listenTCP(0, Site(self), interface="127.0.0.1")  # type: ignore[attr-defined]
        case.addCleanup(port.stopListening)
        self.url = f"http://127.0.0.1:{port.getHost().port}"

    def render_GET(self, request: Request) -> bytes:
        """A file, or the rules of a phase."""
        path = request.path.decode()
        if path.startswith("/client"):
            phase = path.split("/")[-2]
            return self._answer(request, self.rulesets.get(phase))
        found = self.files.get(path, 404)
        if isinstance(found, int):
            request.setResponseCode(found)
            return b"an error page"
        return found

    def render_PATCH(self, request: Request) -> bytes:
        """A change."""
        below = request.path.decode().partition("/zones/the-zone/")[2]
        self.asked.append((request.method.decode(), below, json.loads(request.content.read())))
        return self._answer(request, None if below in self.refused else {})

    render_PUT = render_POST = render_PATCH

    def _answer(self, request: Request, result: object) -> bytes:
        if request.getHeader("authorization") != f"Bearer {TOKEN}":
            request.setResponseCode(403)
            return b'{"success": false, "errors": [{"message": "Authentication error"}]}'
        if result is None:
            request.setResponseCode(404 if request.method == b"GET" else 400)
            return b'{"success": false, "errors": [{"message": "not for this plan"}], "result": null}'
        return json.dumps({"success": True, "errors": [], "result": result}).encode()
