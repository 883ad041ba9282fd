"""Which proxies are believed, and who the client behind them is."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from twisted.web.server import Request

from alie.guard_settings import DEFAULT_PROXIES

Address = IPv4Address | IPv6Address


class TrustedProxies:
    """Reads what proxies say of a request, from those that are believed only (OWASP ASVS 5.0, 4.1.3).

    Args:
        networks: of the proxies, in CIDR notation.
    """

    def __init__(self, networks: Iterable[str] = DEFAULT_PROXIES) -> None:
        self._networks = [ip_network(network, strict=False) for network in networks]

    def is_trusted(self, request: Request) -> bool:
        """Whether the request came in from a proxy that is believed."""
        return self._trusts(_address(_peer(request)))

    def counted(self, peer: str) -> str | None:
        """What connections of this peer are counted under, before anything is known of them; None: a proxy's."""
        address = _address(peer)
        return None if address is None or self._trusts(address) else network_of(str(address))

    def client(self, request: Request) -> str | None:
        """The client's address: the peer's own, or what a trusted proxy says; None where that one says nothing.

        Of X-Forwarded-For the last entry counts that no trusted proxy has made itself: what stands before it may have
        been written by the client. Of X-Real-IP, nothing does, unless there is no X-Forwarded-For.
        """
        peer = _address(_peer(request))
        if not self._trusts(peer):
            return None if peer is None else str(peer)
        lines = request.requestHeaders.getRawHeaders(b"x-forwarded-for") or []
        entries = b",".join(lines).decode("latin-1").split(",") if lines else []
        for entry in reversed(entries):
            address = _address(entry)
            if address is None:
                return None  # nobody knows who wrote this
            if not self._trusts(address):
                return str(address)
        if entries:
            return None
        real = _address((request.getHeader(b"x-real-ip") or b"").decode("latin-1"))
        return None if real is None or self._trusts(real) else str(real)

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 subscriber has a whole /64 (RFC 6177)."""
    parsed = ip_address(address)
    return str(ip_network((address, 64), strict=False)) if parsed.version == 6 else address


def _peer(request: Request) -> str:
    return getattr(request.getClientAddress(), "host", "")


def _address(text: str) -> Address | None:
    """An address as proxies write it: with blanks, a port, brackets, or IPv4 within IPv6; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
