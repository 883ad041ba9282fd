"""The sockets that clients connect to: the plain one, and that of TLS where it is spoken."""

from __future__ import annotations

import socket
from typing import Any

from prometheus_client import CollectorRegistry
from twisted.internet.defer import maybeDeferred
from twisted.internet.interfaces import IListeningPort, IProtocolFactory

from alie.listening import url
from alie.origins import host_of, port_of
from alie.tls.accepted import TlsServerFactory
from alie.tls.metrics import TlsMetrics
from alie.tls.renewal import Certificates
from alie.web.accepting import Accepting
from alie.web.site import AlieSite


def secured(site: AlieSite, certificates: Certificates | None, registry: CollectorRegistry) -> TlsServerFactory | None:
    """The same site by TLS, its figures in this registry; None where there is no certificate."""
    if certificates is None:
        return None
    count = TlsMetrics(registry, certificates).count
    return TlsServerFactory(lambda: certificates.context, site, site.turnstile, count)


class Doors:
    """Opens and closes them together.

    Args:
        reactor: the daemon's.
        plain: a socket that listens already.
        secure: likewise, for TLS; None: none is spoken.
        public_ws_url: how clients come in where it is not as it looks from here; empty: it is.
    """

    def __init__(
        self, reactor: Any, plain: socket.socket, secure: socket.socket | None = None, public_ws_url: str = ""
    ) -> None:
        self._reactor = reactor
        self._plain = plain
        self._secure = secure
        self._public_ws_url = public_ws_url
        self._ports: list[IListeningPort] = []

    @property
    def urls(self) -> list[str]:
        """Where they are; the plain one's last."""
        return [*([url(self._secure, "https")] if self._secure is not None else []), url(self._plain)]

    @property
    def ws_url(self) -> str:
        """Where clients open a WebSocket: by TLS, if there is TLS."""
        here = url(self._plain, "ws") if self._secure is None else url(self._secure, "wss")
        return self._public_ws_url or f"{here}/ws"

    def secure_port(self, host: str) -> int:
        """Where TLS is spoken, for clients that came by this host name; 0: nowhere."""
        public = self._public_ws_url
        if public.startswith("wss:") and host == host_of(public):
            return port_of(public)
        return 0 if self._secure is None else int(self._secure.getsockname()[1])

    @property
    def are_open(self) -> bool:
        """Whether connections are taken."""
        return bool(self._ports)

    def open(self, plain: IProtocolFactory, secure: IProtocolFactory | None, accepting: Accepting) -> None:
        """Takes connections from now on.

        Args:
            plain: for those to the plain socket.
            secure: for those to the other; None: there is none.
            accepting: paces both together.
        """
        for listening, factory in ((self._plain, plain), (self._secure, secure)):
            if listening is not None and factory is not None:
                port = self._reactor.adoptStreamPort(listening.fileno(), listening.family, factory)
                accepting.pace(port)
                self._ports.append(port)

    async def close(self, accepting: Accepting) -> None:
        """Takes no more; connections that are there stay."""
        accepting.stop()
        for port in self._ports:
            await maybeDeferred(port.stopListening)

    def let_go(self) -> None:
        """Gives the sockets back to the system."""
        self._plain.close()
        if self._secure is not None:
            self._secure.close()
