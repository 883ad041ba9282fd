"""Tests of alie.tls_settings: what an operator may ask for, and what makes no sense."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie import config
from alie.config import ConfigError
from alie.tls_settings import TlsSettings

ON = {"ALIE_TLS_CERT": "/etc/alie/fullchain.pem", "ALIE_TLS_KEY": "/etc/alie/privkey.pem"}


class TlsSettingsTests(SynchronousTestCase):
    """By way of the whole configuration."""

    def complaints(self, **values: str) -> list[str]:
        """All of them."""
        with self.assertRaises(ConfigError) as caught:
            config.read(values)
        return caught.exception.complaints

    def test_off(self) -> None:
        """By default."""
        found = config.read({})
        self.assertEqual(found.tls, TlsSettings())
        self.assertEqual((found.tls.is_on, found.tls.is_alone, found.use_wss), (False, False, False))

    def test_on(self) -> None:
        """By two files; pages are told wss, and strangers at the plain port where to go."""
        found = config.read(ON)
        self.assertEqual(found.tls, TlsSettings("/etc/alie/fullchain.pem", "/etc/alie/privkey.pem", "127.0.0.1", 8443))
        self.assertEqual((found.tls.is_on, found.tls.is_alone, found.use_wss), (True, True, True))
        self.assertFalse(config.read({**ON, "ALIE_TLS_REDIRECT": "off"}).tls.is_alone)
        self.assertFalse(config.read({**ON, "PUBLIC_WS_URL": "ws://a/ws"}).use_wss)

    def test_files(self) -> None:
        """All that is read."""
        found = config.read({**ON, "ALIE_TLS_CLIENT_CA": "/etc/alie/ca.pem", "ALIE_TLS_PORT": "443"}).tls
        self.assertEqual(found.files, ("/etc/alie/fullchain.pem", "/etc/alie/privkey.pem", "/etc/alie/ca.pem"))
        self.assertEqual(found.port, 443)

    def test_half(self) -> None:
        """One of the files, or what belongs to both without them."""
        for name, other in (("ALIE_TLS_CERT", "ALIE_TLS_KEY"), ("ALIE_TLS_KEY", "ALIE_TLS_CERT")):
            self.assertEqual(self.complaints(**{name: "/a"}), [f"{name} is of no use without {other}"])
        for name, value in (
            ("ALIE_TLS_HOST", "::"),
            ("ALIE_TLS_PORT", "443"),
            ("ALIE_TLS_CLIENT_CA", "/a"),
            ("ALIE_TLS_REDIRECT", "1"),
        ):
            self.assertEqual(
                self.complaints(**{name: value}), [f"{name} is of no use without ALIE_TLS_CERT and ALIE_TLS_KEY"]
            )

    def test_one_port_for_both(self) -> None:
        """Cannot be; two free ones can."""
        self.assertEqual(
            self.complaints(**ON, PORT="8443"),
            ["ALIE_TLS_PORT is 8443, and so is PORT: give each one of its own"],
        )
        self.assertEqual(config.read({**ON, "PORT": "0", "ALIE_TLS_PORT": "0"}).tls.port, 0)

    def test_a_way_around_client_certificates(self) -> None:
        """The plain port, if others can reach it."""
        asked = {**ON, "ALIE_TLS_CLIENT_CA": "/a", "ALIE_TLS_REDIRECT": "0"}
        (complaint,) = self.complaints(**asked, HOST="0.0.0.0", ALIE_INSECURE="1")
        self.assertIn("asks nobody for the certificate", complaint)
        config.read(asked)

    def test_open_without_authentication(self) -> None:
        """Is one port or the other; by its name."""
        self.assertIn("ALIE_TLS_HOST is ::, open to others", self.complaints(**ON, ALIE_TLS_HOST="::")[0])
        (complaint,) = self.complaints(**ON, HOST="0.0.0.0")
        self.assertIn("HOST is 0.0.0.0, open to others", complaint)
        self.assertEqual(config.read({**ON, "ALIE_TLS_HOST": "::", "ALIE_INSECURE": "1"}).tls.host, "::")
        config.read({**ON, "ALIE_TLS_HOST": "::1"})
