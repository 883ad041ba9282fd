"""Tests of alie.tls.certificate: what can be served, what an operator is told of it, and why something cannot be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from twisted.trial.unittest import SynchronousTestCase

from alie.tls.certificate import Certificate, CertificateError, load
from alie.tls_settings import TlsSettings
from tests.support.authority import HOUR, Authority, Issued, now

AUTHORITY = Authority()
GOOD = AUTHORITY.issue("api.example.ca", "203.0.113.7")


class LoadCase(SynchronousTestCase):
    """Files of one test."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def settings(self, issued: Issued, client_ca: str = "") -> TlsSettings:
        """Of these files."""
        certificate, key = issued.write(self.folder)
        return TlsSettings(str(certificate), str(key), client_ca=client_ca)

    def load(self, issued: Issued, host: str = "") -> Certificate:
        """Writes it and reads it."""
        return load(self.settings(issued), host)

    def refusal(self, settings: TlsSettings) -> tuple[str, str]:
        """Why these cannot be served: code and sentence."""
        with self.assertRaises(CertificateError) as caught:
            load(settings)
        return caught.exception.code, str(caught.exception)


class GoodTests(LoadCase):
    """What can be served."""

    def test_what_is_known_of_it(self) -> None:
        """Names, validity, and that there is nothing to say."""
        until = now() + 48 * HOUR
        found = self.load(AUTHORITY.issue("api.example.ca", "203.0.113.7", until=until), "api.example.ca")
        self.assertEqual(found.names, ("203.0.113.7", "api.example.ca"))
        self.assertEqual((found.not_after, found.remarks), (until, ()))

    def test_kinds_of_keys(self) -> None:
        """Elliptic curves and RSA, long enough."""
        for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
            self.assertEqual(self.load(AUTHORITY.issue(key=key)).remarks, ())

    def test_another_digest(self) -> None:
        """For other contents only, whatever the files' times are."""
        one = self.load(GOOD).digest
        self.assertEqual(self.load(GOOD).digest, one)
        self.assertNotEqual(self.load(AUTHORITY.issue()).digest, one)

    def test_when_it_counts(self) -> None:
        """From its first second, and until its last one."""
        since, until = now() - HOUR, now() + HOUR
        found = self.load(AUTHORITY.issue(since=since, until=until))
        found.check(since)
        found.check(until - timedelta(seconds=1))
        for moment, code in ((since - HOUR, "TLS_CERTIFICATE_NOT_YET_VALID"), (until, "TLS_CERTIFICATE_EXPIRED")):
            with self.assertRaises(CertificateError) as caught:
                found.check(moment)
            self.assertEqual(caught.exception.code, code)


class RemarkTests(LoadCase):
    """What is served all the same."""

    def test_without_the_intermediate(self) -> None:
        """certbot's cert.pem in place of its fullchain.pem."""
        alone = Issued(GOOD.leaf, b"", GOOD.key)
        self.assertIn("give fullchain.pem", " ".join(self.load(alone).remarks))

    def test_a_chain_that_leads_nowhere(self) -> None:
        """Another authority's intermediate."""
        wrong = Issued(GOOD.leaf, Authority().intermediate, GOOD.key)
        self.assertIn("do not lead", " ".join(self.load(wrong).remarks))

    def test_for_another_host(self) -> None:
        """Names and addresses; a wildcard stands for one label."""
        wild = AUTHORITY.issue("*.example.ca")
        for issued, host, is_good in (
            (GOOD, "api.example.ca", True),
            (GOOD, "203.0.113.7", True),
            (GOOD, "www.example.ca", False),
            (GOOD, "203.0.113.8", False),
            (wild, "api.example.ca", True),
            (wild, "a.b.example.ca", False),
            (GOOD, "", True),
        ):
            self.assertEqual(not self.load(issued, host).remarks, is_good, host)

    def test_a_slow_key(self) -> None:
        """RSA of 4096 bits, ten milliseconds a handshake."""
        remarks = self.load(AUTHORITY.issue(key=rsa.generate_private_key(65537, 4096))).remarks
        self.assertIn("RSA of 4096 bits", " ".join(remarks))

    def test_a_key_that_others_may_read(self) -> None:
        """The group may: it is how certbot's key is given to a daemon without rights."""
        settings = self.settings(GOOD)
        for mode, is_good in ((0o600, True), (0o640, True), (0o644, False)):
            Path(settings.key).chmod(mode)
            remarks = load(settings).remarks
            self.assertEqual(not remarks, is_good, oct(mode))
        self.assertEqual(remarks, (f"Others may read the key in {settings.key} (mode 644): chmod 600",))


class RefusalTests(LoadCase):
    """What cannot be served, by code; no sentence has anything of a key in it."""

    def test_no_such_file(self) -> None:
        """Either of them."""
        settings = self.settings(GOOD)
        for path in (settings.certificate, settings.key):
            Path(path).rename(f"{path}.gone")
            self.assertEqual(
                self.refusal(settings), ("TLS_FILE_UNREADABLE", f"{path} cannot be read: No such file or directory")
            )
            Path(f"{path}.gone").rename(path)

    def test_no_certificate(self) -> None:
        """Something else, or half of one."""
        settings = self.settings(GOOD)
        for text in (b"", b"hello", GOOD.key, GOOD.leaf[:200]):
            Path(settings.certificate).write_bytes(text)
            code, sentence = self.refusal(settings)
            self.assertEqual(code, "TLS_CERTIFICATE_INVALID")
            self.assertIn(settings.certificate, sentence)

    def test_no_key(self) -> None:
        """Something else, half of one, one that wants a passphrase, or one that is too short."""
        settings = self.settings(GOOD)
        for text in (b"", b"hello", GOOD.key[:80], AUTHORITY.issue(passphrase=b"secret").key):
            Path(settings.key).write_bytes(text)
            code, sentence = self.refusal(settings)
            self.assertEqual(code, "TLS_KEY_INVALID", text)
            self.assertIn(settings.key, sentence)

    def test_a_short_key(self) -> None:
        """RSA of 1024 bits has been factored."""
        code, _ = self.refusal(self.settings(AUTHORITY.issue(key=rsa.generate_private_key(65537, 1024))))
        self.assertEqual(code, "TLS_KEY_INVALID")

    def test_another_key(self) -> None:
        """Of the same kind or another."""
        for other in (AUTHORITY.issue(), AUTHORITY.issue(key=rsa.generate_private_key(65537, 2048))):
            code, sentence = self.refusal(self.settings(Issued(GOOD.leaf, GOOD.intermediate, other.key)))
            self.assertEqual(code, "TLS_KEY_MISMATCH")
            self.assertIn("is not that of the first certificate", sentence)

    def test_no_client_authorities(self) -> None:
        """A file without any."""
        path = self.folder / "ca.pem"
        path.write_bytes(b"none")
        self.assertEqual(
            self.refusal(self.settings(GOOD, str(path))),
            ("TLS_CLIENT_CA_INVALID", f"There is no certificate in {path}"),
        )
