"""Tests of alie.web.proxies: whose word about the client is taken, and what of it."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.server import Request
from twisted.web.test.requesthelper import DummyChannel

from alie.web.proxies import TrustedProxies, network_of

LOOPBACK, STRANGER = "127.0.0.1", "203.0.113.7"


def request_from(peer: str, **headers: str | list[str]) -> Any:
    """A request; header names are written with underscores."""
    made: Any = Request(DummyChannel(), False)
    made.client = IPv4Address("TCP", peer, 50000)
    for name, values in headers.items():
        lines = [values] if isinstance(values, str) else values
        made.requestHeaders.setRawHeaders(name.replace("_", "-"), lines)
    return made


class ClientTests(SynchronousTestCase):
    """The address that limits and the audit log go by."""

    def client(self, peer: str, *networks: str, **headers: str | list[str]) -> str | None:
        """What is made of a request; by default loopback proxies are believed."""
        proxies = TrustedProxies(networks) if networks else TrustedProxies()
        return proxies.client(request_from(peer, **headers))

    def test_a_stranger_is_what_he_is(self) -> None:
        """Whatever he says of himself."""
        self.assertEqual(self.client(STRANGER), STRANGER)
        self.assertEqual(self.client(STRANGER, X_Forwarded_For="10.0.0.1", X_Real_IP="10.0.0.2"), STRANGER)

    def test_the_proxy_says(self) -> None:
        """As nginx writes it."""
        self.assertEqual(self.client(LOOPBACK, X_Forwarded_For=STRANGER), STRANGER)
        self.assertEqual(self.client(LOOPBACK, X_Real_IP=STRANGER), STRANGER)
        self.assertEqual(self.client("::ffff:127.0.0.1", X_Forwarded_For=STRANGER), STRANGER)

    def test_what_the_client_wrote_before_does_not_count(self) -> None:
        """The last entry is the proxy's own; header lines are one list."""
        self.assertEqual(self.client(LOOPBACK, X_Forwarded_For=f"1.2.3.4, 8.8.8.8, {STRANGER}"), STRANGER)
        self.assertEqual(self.client(LOOPBACK, X_Forwarded_For=["1.2.3.4", STRANGER]), STRANGER)
        self.assertEqual(self.client(LOOPBACK, X_Forwarded_For=f"127.0.0.1, {STRANGER}, 127.0.0.1"), STRANGER)

    def test_a_chain_of_trusted_proxies(self) -> None:
        """Such as Cloudflare before nginx, where the operator names its networks."""
        chain = f"6.6.6.6, {STRANGER}, 172.64.0.9"
        self.assertEqual(self.client(LOOPBACK, X_Forwarded_For=chain), "172.64.0.9")
        self.assertEqual(self.client(LOOPBACK, "127.0.0.0/8", "172.64.0.0/13", X_Forwarded_For=chain), STRANGER)

    def test_forms(self) -> None:
        """Ports, brackets and IPv6, as proxies write them."""
        for written, meant in (
            ("198.51.100.4:1234", "198.51.100.4"),
            ("[2001:db8::9]:1234", "2001:db8::9"),
            ("2001:db8::9", "2001:db8::9"),
            ("::ffff:198.51.100.4", "198.51.100.4"),
        ):
            self.assertEqual(self.client(LOOPBACK, X_Forwarded_For=written), meant)

    def test_nobody_knows(self) -> None:
        """A proxy that says nothing, or nothing that can be read."""
        self.assertIsNone(self.client(LOOPBACK))
        for odd in ("", "unknown", "_hidden", f"{STRANGER}, unknown", "127.0.0.1", "999.1.1.1", ","):
            self.assertIsNone(self.client(LOOPBACK, X_Forwarded_For=odd), odd)
        self.assertIsNone(self.client(LOOPBACK, X_Forwarded_For="unknown", X_Real_IP=STRANGER))

    def test_networks(self) -> None:
        """A subscriber's IPv6 network counts as one address."""
        self.assertEqual(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2::1"))
        self.assertNotEqual(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"))
        self.assertEqual(network_of(STRANGER), STRANGER)
