"""Tests of alie.origins: who may call us from a browser, and by which names we answer."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.origins import Hosts, Origins, host_of, is_loopback, is_origin, port_of

APP = "https://app.example.ca"


class ExactTests(SynchronousTestCase):
    """An allowed origin is that origin: scheme, host and port."""

    def setUp(self) -> None:
        self.origins = Origins([APP, "http://localhost:5173", "https://[2001:db8::1]:8443"])

    def allows(self, *origins: str) -> set[str]:
        """Those among the origins that may pass, for a request addressed elsewhere."""
        return {origin for origin in origins if self.origins.allows(origin, "api.example.ca")}

    def test_listed(self) -> None:
        """Each as it is listed."""
        listed = (APP, "http://localhost:5173", "https://[2001:db8::1]:8443")
        self.assertEqual(self.allows(*listed), set(listed))

    def test_replaced(self) -> None:
        """From then on the new ones, and none of those before."""
        self.origins.replace(["https://other.example.ca"])
        self.assertEqual(self.allows(APP, "https://other.example.ca"), {"https://other.example.ca"})

    def test_case_and_default_port(self) -> None:
        """Names are the same in any case, and so is a default port, said or not."""
        same = ("https://APP.Example.CA", "HTTPS://app.example.ca", "https://app.example.ca:443")
        self.assertEqual(self.allows(*same), set(same))

    def test_other_scheme_or_port(self) -> None:
        """Each is another origin."""
        self.assertFalse(
            self.allows(
                "http://app.example.ca",
                "https://app.example.ca:444",
                "https://app.example.ca:80",
                "http://localhost",
                "http://localhost:5174",
                "https://localhost:5173",
                "wss://app.example.ca",
                "https://[2001:db8::1]",
            )
        )

    def test_look_alikes(self) -> None:
        """Longer, shorter and dressed-up names are other names."""
        self.assertFalse(
            self.allows(
                "https://evil-app.example.ca",
                "https://app.example.ca.evil.com",
                "https://app.example.ca.",
                "https://appxexample.ca",
                "https://app.example.c",
                "https://example.ca",
                "https://evil.com#https://app.example.ca",
                "https://evil.com/https://app.example.ca",
                "https://app.example.ca@evil.com",
                "https://user@app.example.ca",
                "https://user:pw@app.example.ca",
                "https://app.example.ca/",
                "https://app.example.ca?",
                "https://app.example.ca#",
                "https://app.example.ca/path",
                "https://аpp.example.ca",
                "https://app%2eexample.ca",
            )
        )

    def test_what_is_no_origin(self) -> None:
        """ "null" above all: sandboxed frames and files send it."""
        self.assertFalse(
            self.allows("null", "", "*", "file://", "about:blank", "app.example.ca", "//app.example.ca", "https://")
        )
        self.assertFalse(self.allows("https://app.example.ca:port", "https://app.example.ca:99999", "https://[::1"))
        self.assertFalse(self.allows("https://app.exam\tple.ca", " https://app.example.ca", "https://app.example.ca "))


class WildcardTests(SynchronousTestCase):
    """A `*` stands for one whole label."""

    def setUp(self) -> None:
        self.origins = Origins(["https://*.vercel.app", "https://*.example.ca:8443"])

    def test_one_label(self) -> None:
        """Any, but exactly one."""
        self.assertTrue(self.origins.allows("https://clinic-1.vercel.app", None))
        self.assertTrue(self.origins.allows("https://Clinic.Vercel.App", None))
        self.assertTrue(self.origins.allows("https://a.example.ca:8443", None))

    def test_everything_else(self) -> None:
        """The look-alike that the older backend admits, two labels, none, and other ports."""
        for origin in (
            "https://evil-vercel.app",
            "https://evilvercel.app",
            "https://vercel.app",
            "https://.vercel.app",
            "https://a.b.vercel.app",
            "https://a.vercel.app.evil.com",
            "https://a.vercelxapp",
            "http://a.vercel.app",
            "https://a.vercel.app:8443",
            "https://*.vercel.app",
            "https://a.example.ca",
        ):
            self.assertFalse(self.origins.allows(origin, None), origin)


class SameOriginTests(SynchronousTestCase):
    """The origin that a request was addressed to may always pass."""

    def allows(self, origin: str, host: str | None, scheme: str | None = None) -> bool:
        """With nothing listed."""
        return Origins([]).allows(origin, host, scheme)

    def test_same_host_and_port(self) -> None:
        """The port may be a default one; IPv6 is written in brackets."""
        self.assertTrue(self.allows("http://127.0.0.1:3001", "127.0.0.1:3001"))
        self.assertTrue(self.allows("https://api.alie.app", "api.alie.app"))
        self.assertTrue(self.allows("https://api.alie.app", "API.alie.app:443"))
        self.assertTrue(self.allows("http://[::1]:3001", "[::1]:3001"))

    def test_other_host_or_port(self) -> None:
        """Another is another."""
        self.assertFalse(self.allows("http://127.0.0.1:3002", "127.0.0.1:3001"))
        self.assertFalse(self.allows("http://localhost:3001", "127.0.0.1:3001"))
        self.assertFalse(self.allows("https://api.alie.app:8443", "api.alie.app"))
        self.assertFalse(self.allows("https://evil.com", "api.alie.app"))

    def test_scheme_counts_when_a_proxy_states_it(self) -> None:
        """Else it cannot be known behind TLS that ends elsewhere."""
        self.assertTrue(self.allows("https://api.alie.app", "api.alie.app", "https"))
        self.assertFalse(self.allows("http://api.alie.app", "api.alie.app", "https"))
        self.assertTrue(self.allows("http://api.alie.app", "api.alie.app", None))

    def test_null_is_never_the_same(self) -> None:
        """Nor is anything where the Host is missing or odd."""
        self.assertFalse(self.allows("null", "null"))
        for host in (None, "", "api.alie.app:port", "[::1"):
            self.assertFalse(self.allows("https://api.alie.app", host), host)


class HostTests(SynchronousTestCase):
    """A name that somebody else has pointed at us is not ours (DNS rebinding)."""

    def test_loopback_names(self) -> None:
        """They can only mean this machine."""
        hosts = Hosts([])
        for host in ("localhost", "LOCALHOST:3001", "127.0.0.1:3001", "127.8.8.8", "[::1]:3001", "a.localhost"):
            self.assertTrue(hosts.knows(host, "10.0.0.5"), host)

    def test_the_address_we_were_reached_at(self) -> None:
        """By number, with or without the port, in IPv4 or IPv6."""
        self.assertTrue(Hosts([]).knows("10.0.0.5:3001", "10.0.0.5"))
        self.assertTrue(Hosts([]).knows("[2001:db8::5]:3001", "2001:db8::5"))
        self.assertTrue(Hosts([]).knows("10.0.0.5:3001", "::ffff:10.0.0.5"))
        self.assertFalse(Hosts([]).knows("10.0.0.6", "10.0.0.5"))
        self.assertFalse(Hosts([]).knows("10.0.0.5", None))

    def test_configured_names(self) -> None:
        """In any case and with any port."""
        hosts = Hosts(["api.alie.app", "Clinic.Example.CA"])
        for host in ("api.alie.app", "API.ALIE.APP:443", "clinic.example.ca:8443"):
            self.assertTrue(hosts.knows(host, "10.0.0.5"), host)

    def test_rebinding(self) -> None:
        """Any other name, and whatever is no name."""
        hosts = Hosts(["api.alie.app"])
        for host in (
            None,
            "",
            ":3001",
            "evil.com",
            "evil.com:3001",
            "127.0.0.1.evil.com",
            "localhost.evil.com",
            "api.alie.app.evil.com",
            "evil-api.alie.app",
            "api.alie.app@evil.com",
            "evil.com@api.alie.app",
            "[::1",
            "127.0.0.1:port",
            "0.0.0.0",
            "2130706433",
        ):
            self.assertFalse(hosts.knows(host, "10.0.0.5"), host)


class LoopbackTests(SynchronousTestCase):
    """Which addresses only this machine can reach."""

    def test_loopback(self) -> None:
        """All of 127/8, ::1 in any spelling, IPv4 within IPv6."""
        for host in (
            "localhost",
            "x.localhost",
            "127.0.0.1",
            "127.255.0.1",
            "::1",
            "0:0:0:0:0:0:0:1",
            "::ffff:127.0.0.1",
        ):
            self.assertTrue(is_loopback(host), host)

    def test_not_loopback(self) -> None:
        """Everything else, the address of all interfaces first."""
        for host in (
            "0.0.0.0",
            "::",
            "",
            "10.0.0.1",
            "example.ca",
            "127.0.0.1.example.ca",
            "notlocalhost",
            "::ffff:10.0.0.1",
        ):
            self.assertFalse(is_loopback(host), host)


class UrlTests(SynchronousTestCase):
    """Reading names out of URLs."""

    def test_host_of(self) -> None:
        """Lower case; None where there is none."""
        self.assertEqual(host_of("wss://API.alie.app/ws"), "api.alie.app")
        self.assertIsNone(host_of("api.alie.app"))
        self.assertIsNone(host_of("wss://[::1/ws"))

    def test_is_origin(self) -> None:
        """A wildcard is one only where it may be."""
        self.assertTrue(is_origin("https://*.example.ca", may_have_wildcard=True))
        for text in ("https://*.example.ca", "https://a*.example.ca", "https://a.*.example.ca"):
            self.assertFalse(is_origin(text), text)
        for text in ("https://*", "https://*.ca", "https://a*.example.ca", "*", "https://a.*.ca", "https://*.*.ca"):
            self.assertFalse(is_origin(text, may_have_wildcard=True), text)

    @given(st.text(max_size=40) | st.text("htps:/.*@[]#?1a", max_size=20).map("https://".__add__), st.text(max_size=20))
    @settings(deadline=None, max_examples=150)
    def test_no_text_raises(self, origin: str, host: str) -> None:
        """Whatever a header holds, the answer is yes or no."""
        self.assertIn(Origins([APP]).allows(origin, host), (True, False))
        self.assertIn(Hosts([]).knows(host, "10.0.0.5"), (True, False))

    def test_the_port_of_a_url(self) -> None:
        """Its own, or its scheme's; 0 where there is none."""
        for url, port in (
            ("wss://api.example.ca:8444/ws", 8444),
            ("wss://api.example.ca/ws", 443),
            ("http://[::1]", 80),
            ("gopher://a", 0),
            ("wss://a:99999", 0),
        ):
            self.assertEqual(port_of(url), port, url)
