"""The doors of the WebSocket: paths, Host and Origin are checked here, before Autobahn sees the request, and what
proof of who speaks it brings along is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from autobahn.twisted.resource import WebSocketResource
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from alie.access_settings import AccessSettings
from alie.auth.interface import Tickets, WsTokens
from alie.errors import AlieError, AuthRequired, Forbidden, NotFound, UpgradeRequired
from alie.origins import Hosts, Origins
from alie.principal import ORIGIN, Caller, Principal
from alie.standing import TICKET, TRUSTED_ORIGIN, WS_TOKEN
from alie.web.answers import JsonResource, Missing, refuse
from alie.web.cors import header
from alie.web.entrance import Entrance, OneSocket, once
from alie.web.factory import DictationFactory
from alie.web.limiter import Limiter

# What the pages open, and what the older nginx makes of it (contract, section 1).
PATHS = ((), (b"transcription",), (b"transcription", b"transcription"))
_VERSION = b"13"
ORIGIN_CALLER = Caller(Principal("00000000-0000-4000-8000-000000000001", ORIGIN))
"""Everybody who comes from a configured origin, where that alone is trusted."""


class Proofs:
    """Looks at the proof that an upgrade brings along; the Origin has been checked for every request already.

    Args:
        access: which ways there are.
        tickets: redeems cookies; they count only beside an Origin, since any page may send a browser here.
        ws_tokens: redeems `?ws_token=`; None where none are given.
        origins: those configured.
    """

    def __init__(self, access: AccessSettings, tickets: Tickets, ws_tokens: WsTokens | None, origins: Origins) -> None:
        self._access = access
        self._tickets = tickets
        self._ws_tokens = ws_tokens
        self._origins = origins

    def of(self, request: Request) -> Entrance:
        """Who is let in by what: the proof that names somebody first. Bad tickets are as good as none."""
        if not self._access.is_token_owed:
            return Entrance()
        token = (request.args or {}).get(b"ws_token")
        if token and self._access.takes_token_in_url and self._ws_tokens is not None:
            return _redeem(self._ws_tokens, token[0])
        origin, cookies = header(request, "origin"), header(request, "cookie")
        found = Entrance()
        if origin is not None and cookies is not None:
            found = self._ticket(cookies)
        if found.caller is None and origin is not None and self._is_trusted(origin):
            return Entrance(ORIGIN_CALLER, TRUSTED_ORIGIN)
        return found

    def _is_trusted(self, origin: str) -> bool:
        # Those configured only: to come from our own is no more than to have found us.
        return self._access.trusts_origin and self._origins.allows(origin, None)

    def _ticket(self, cookies: str) -> Entrance:
        try:
            return Entrance(self._tickets.redeem(cookies), TICKET)
        except AuthRequired:
            return Entrance()
        except AlieError:
            return Entrance(way=TICKET)


def _redeem(ws_tokens: WsTokens, token: bytes) -> Entrance:
    try:
        return Entrance(ws_tokens.redeem(token.decode("latin-1")), WS_TOKEN)
    except AlieError as refusal:
        return Entrance(way=WS_TOKEN, refusal=refusal)


class DictationDoor(JsonResource):
    """`/ws` and the paths below it that lead to dictation; the Origin has been checked for every request already.

    Args:
        factory: builds the sockets.
        hosts: the Host names we answer to.
        proofs: looks at what a request brings along.
        limiter: counts sockets by address.
        refusal: why there may be no more sockets now; None: there may.
        instance: what this daemon is called, at `/ws/i/<instance>`; empty: it has no such path.

    Attributes:
        words: of which the paths below it are made.
    """

    def __init__(
        self,
        factory: DictationFactory,
        hosts: Hosts,
        proofs: Proofs,
        limiter: Limiter,
        refusal: Callable[[], AlieError | None] = lambda: None,
        *,
        instance: str = "",
    ) -> None:
        super().__init__()
        self._factory = factory
        self._hosts = hosts
        self._proofs = proofs
        self._limiter = limiter
        self._refusal = refusal
        self._instance = instance.encode()
        self.words = {word.decode() for path in PATHS for word in path} | {"i", instance}

    def getChildWithDefault(self, path: bytes, request: Request) -> Resource:
        """This resource for every path that is ours, nothing for the rest."""
        below = (path, *(request.postpath or ()))
        request.postpath = []
        wanted = below[:-1] if below[-1] == b"" else below
        if len(wanted) == 2 and wanted[0] == b"i" and wanted[1]:
            return self if wanted[1] == self._instance else Elsewhere()
        return self if wanted in PATHS else Missing()

    def render_GET(self, request: Request) -> bytes | int:
        """Hands the connection to Autobahn."""
        if not self._hosts.knows(header(request, "host"), getattr(request.getHost(), "host", None)):
            raise Forbidden("This server does not answer to that Host")
        _check_upgrade(request)
        refusal = self._refusal()
        if refusal is not None:
            raise refusal
        leave = _both(self._limiter.enter(request), request.channel.upgraded())  # type: ignore[attr-defined]
        try:
            entrance = replace(self._proofs.of(request), address=self._limiter.address(request), leave=leave)
            one = OneSocket(self._factory, entrance)
            rendered: bytes | int = WebSocketResource(one).render(request)
        except BaseException:
            leave()
            raise
        if rendered != NOT_DONE_YET:  # no socket was made
            leave()
        else:  # frames that came right behind the request are still with the channel, which would drop them
            channel: Any = request.channel
            channel.rawDataReceived = one.socket.dataReceived
        return rendered


class Elsewhere(Missing):
    """The path of another instance: its sessions are not here. 404, so that a client goes back to where it began."""

    def render(self, request: Request) -> bytes:
        """Says what to do; the name that was asked for is not repeated."""
        return refuse(request, NotFound("That instance is not here: connect at /ws"))


def _check_upgrade(request: Request) -> None:
    """Whether it is one to WebSocket (RFC 6455, section 4.2.1); HTTP/1.0 has none (RFC 9110, section 7.8).

    Extensions that are asked for are passed over, well-formed or not: there are none here, and they need no answer.
    """
    is_upgrade = "websocket" in (header(request, "upgrade") or "").lower() and request.clientproto == b"HTTP/1.1"
    if not is_upgrade or header(request, "sec-websocket-version") != _VERSION.decode():
        request.setHeader(b"Upgrade", b"websocket")
        request.setHeader(b"Sec-WebSocket-Version", _VERSION)
        raise UpgradeRequired(f"This path speaks WebSocket only, version {_VERSION.decode()}" if is_upgrade else None)
    request.requestHeaders.removeHeader(b"Sec-WebSocket-Extensions")


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:
        first()
        second()

    return once(call)
