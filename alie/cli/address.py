"""Where a server is: one URL as the operator types it, read into what the WebSocket and the REST client need."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

WEBSOCKET_PATH = "/ws/transcription"
_SECURE = {"http": False, "ws": False, "https": True, "wss": True}


@dataclass(frozen=True, slots=True)
class Address:
    """A server, and the path of its WebSocket.

    Attributes:
        host: name or IP address, without brackets.
        port: 1..65535.
        is_secure: whether TLS is spoken.
        path: of the WebSocket, query string included.
    """

    host: str
    port: int
    is_secure: bool
    path: str

    @property
    def authority(self) -> str:
        """`host:port`; an IPv6 address in brackets, the scheme's own port left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"

    @property
    def websocket_url(self) -> str:
        """URL of the WebSocket."""
        return f"{'wss' if self.is_secure else 'ws'}://{self.authority}{self.path}"

    def http_url(self, path: str) -> str:
        """URL of a REST path on the same server."""
        return f"{'https' if self.is_secure else 'http'}://{self.authority}{path}"


def parse(url: str) -> Address:
    """Reads an http, https, ws or wss URL; without a path, the WebSocket is at /ws/transcription.

    Raises:
        ValueError: not such a URL, in a sentence for the operator.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(f"{url}: not a URL") from None
    if parts.scheme not in _SECURE or not parts.hostname:
        raise ValueError(f"{url}: an address like http://127.0.0.1:3001 or wss://host/ws is needed")
    if parts.username is not None or parts.fragment:
        raise ValueError(f"{url}: neither a user name nor a fragment (#) belongs here")
    is_secure = _SECURE[parts.scheme]
    return Address(
        host=parts.hostname,
        port=port or (443 if is_secure else 80),
        is_secure=is_secure,
        path=_path(parts),
    )


def _path(parts: SplitResult) -> str:
    path = WEBSOCKET_PATH if parts.path in ("", "/") else parts.path
    return f"{path}?{parts.query}" if parts.query else path
