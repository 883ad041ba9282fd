"""The doors of the WebSocket: paths, Host and Origin are checked here, before Autobahn sees the request."""

from __future__ import annotations

from autobahn.twisted.resource import WebSocketResource
from twisted.web.resource import Resource
from twisted.web.server import Request

from alie.errors import Forbidden, UpgradeRequired
from alie.origins import Hosts
from alie.web.answers import JsonResource, Missing
from alie.web.cors import header
from alie.web.websocket import DictationFactory

# What the pages open, and what the older nginx makes of it (contract, section 1).
PATHS = ((), (b"transcription",), (b"transcription", b"transcription"))


class DictationDoor(JsonResource):
    """`/ws` and the paths below it that lead to dictation; the Origin has been checked for every request already.

    Args:
        factory: builds the sockets.
        hosts: the Host names we answer to.
    """

    def __init__(self, factory: DictationFactory, hosts: Hosts) -> None:
        super().__init__()
        self._hosts = hosts
        self._socket = WebSocketResource(factory)

    def getChildWithDefault(self, path: bytes, request: Request) -> Resource:
        """This resource for every path that is ours, nothing for the rest."""
        below = (path, *(request.postpath or ()))
        request.postpath = []
        wanted = below[:-1] if below[-1] == b"" else below
        return self if wanted in PATHS else Missing()

    def render_GET(self, request: Request) -> bytes | int:
        """Hands the connection to Autobahn."""
        if not self._hosts.knows(header(request, "host"), getattr(request.getHost(), "host", None)):
            raise Forbidden("This server does not answer to that Host")
        if "websocket" not in (header(request, "upgrade") or "").lower():
            request.setHeader(b"Upgrade", b"websocket")
            raise UpgradeRequired
        rendered: bytes | int = self._socket.render(request)
        return rendered
