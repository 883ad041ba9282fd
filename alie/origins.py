"""Which web origins and which Host names are ours: one rule for REST and WebSocket."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_HOST = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+\Z|\[[0-9a-f:.]+\]\Z")
_WILDCARD_HOST = re.compile(r"\*\.(?:[a-z0-9_-]+\.)+[a-z0-9_-]+\Z")


def is_origin(text: str, *, may_have_wildcard: bool = False) -> bool:
    """Whether `text` is scheme://host[:port] and nothing else; with a wildcard, the first label may be `*`."""
    parts = _split(text)
    if parts is None or parts.scheme not in ("http", "https") or parts.path or parts.query or parts.fragment:
        return False
    if "@" in parts.netloc or text.endswith(("#", "?")):
        return False
    host = _bracketed(parts)
    return bool(_HOST.match(host) or (may_have_wildcard and _WILDCARD_HOST.match(host)))


class Origins:
    """The origins that may speak to us with the user's credentials.

    Args:
        allowed: each `scheme://host[:port]`; a first label `*` stands for exactly one label, so
            `https://*.vercel.app` admits `https://a.vercel.app`, but neither `https://evil-vercel.app` nor
            `https://a.b.vercel.app`.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        self.replace(allowed)

    def replace(self, allowed: Iterable[str]) -> None:
        """From now on these are allowed, in place of those before. Who was let in stays."""
        keys = [_key(origin) for origin in allowed]
        self._exact = frozenset(key for key in keys if not key[1].startswith("*."))
        self._wild = frozenset((scheme, host[2:], port) for scheme, host, port in keys if host.startswith("*."))

    def allows(self, origin: str, host: str | None, stated_scheme: str | None = None) -> bool:
        """Whether a request from `origin`, addressed to `host`, may pass.

        Args:
            origin: the Origin header.
            host: the Host header; the origin that the request was addressed to is always allowed.
            stated_scheme: "http" or "https" where a trusted proxy states it; else the scheme does not count.
        """
        if not is_origin(origin.lower()):
            return False
        key = scheme, name, port = _key(origin)
        _, _, parent = name.partition(".")
        if key in self._exact or (scheme, parent, port) in self._wild:
            return True
        if host is None or (stated_scheme is not None and stated_scheme != scheme):
            return False
        addressed = _split(f"{scheme}://{host.lower()}")
        return addressed is not None and (name, port) == (_bracketed(addressed), _port(addressed))


class Hosts:
    """The Host names that we answer to; any other is a name that somebody else has pointed at us (DNS rebinding).

    Args:
        names: besides loopback names and the address that the connection came in on.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name.lower() for name in names)

    def knows(self, host: str | None, local_address: str | None) -> bool:
        """Whether `host` (a Host header) is ours; `local_address` is our end of the connection."""
        parts = _split(f"http://{(host or '').lower()}")
        if parts is None or not parts.hostname or "@" in parts.netloc:
            return False
        if is_loopback(parts.hostname) or parts.hostname in self._names:
            return True
        address = _address(parts.hostname)
        return address is not None and address == _address(local_address or "")


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def host_of(url: str) -> str | None:
    """The host name in a URL, lower case; None if there is none."""
    parts = _split(url)
    return parts.hostname if parts else None


def port_of(url: str) -> int:
    """The port in a URL, or its scheme's; 0 if there is none."""
    parts = _split(url)
    return _port(parts) if parts else 0


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket that listens on :: sees IPv4 peers as ::ffff:a.b.c.d.
    return getattr(address, "ipv4_mapped", None) or address


def _split(text: str) -> SplitResult | None:
    if not text.isprintable() or " " in text:  # urlsplit would leave some of it out
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts


def _key(origin: str) -> tuple[str, str, int]:
    parts = urlsplit(origin.lower())
    return parts.scheme, _bracketed(parts), _port(parts)


def _port(parts: SplitResult) -> int:
    return parts.port or DEFAULT_PORTS.get(parts.scheme, 0)


def _bracketed(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host
