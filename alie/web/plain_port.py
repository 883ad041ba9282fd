"""What is left of the plain port once there is TLS: health, whoever comes from this machine, and the way to https."""

from __future__ import annotations

from collections.abc import Callable

from twisted.web.server import Request

from alie.errors import Forbidden, TlsRequired
from alie.origins import Hosts, is_loopback
from alie.web.cors import header, plain_path, stated_scheme
from alie.web.proxies import TrustedProxies

_HEALTH = (b"/health", b"/healthz", b"/readyz")
_FOR_PROGRAMS = (b"/api", b"/ws", b"/metrics")
_HTTPS_PORT = 443


class PlainPort:
    """Sends strangers to https.

    Pages are redirected. Programs are refused: a redirect would have them send a token in the clear each time, and
    nobody would notice (OWASP ASVS 5.0, 4.1.2). Proxies that are believed may speak plainly, unless they say themselves
    that their client does.

    Args:
        proxies: those that are believed.
        hosts: the Host names that we answer to; nobody is sent to another.
        secure_port: where https is, for clients that came by this Host name.
    """

    def __init__(self, proxies: TrustedProxies, hosts: Hosts, secure_port: Callable[[str], int]) -> None:
        self._proxies = proxies
        self._hosts = hosts
        self._secure_port = secure_port

    def sends_away(self, request: Request) -> bool:
        """Whether the request has been answered with a redirect.

        Raises:
            TlsRequired: it should not have come here, and is not sent elsewhere.
            Forbidden: its Host is none of ours.
        """
        path = plain_path(request)
        if self._may_stay(request) or path in _HEALTH:
            return False
        if request.method not in (b"GET", b"HEAD") or any(
            path == one or path.startswith(one + b"/") for one in _FOR_PROGRAMS
        ):
            raise TlsRequired
        host = (header(request, "host") or "").lower()
        if not self._hosts.knows(host, getattr(request.getHost(), "host", None)):
            raise Forbidden("This server does not answer to that Host")
        request.setResponseCode(308)
        request.setHeader(b"Location", self._elsewhere(host, request))
        request.setHeader(b"Content-Length", b"0")
        # Browsers would keep it for ever, also after TLS has moved to another port.
        request.setHeader(b"Cache-Control", b"no-store")
        return True

    def _may_stay(self, request: Request) -> bool:
        scheme = stated_scheme(request, self._proxies)
        if scheme is not None:
            return scheme == "https"
        peer = getattr(request.getClientAddress(), "host", "")
        return is_loopback(peer) or self._proxies.is_trusted(request)

    def _elsewhere(self, host: str, request: Request) -> bytes:
        name = host[: host.index("]") + 1] if host.startswith("[") else host.partition(":")[0]
        port = self._secure_port(name.strip("[]"))
        # What was asked for is taken as it came, but as a path: "//host" would lead elsewhere.
        uri: bytes = request.uri
        rest = b"/" + uri.lstrip(b"/") if uri.startswith(b"/") else b"/"
        return f"https://{name}{'' if port == _HTTPS_PORT else f':{port}'}".encode("latin-1") + rest
