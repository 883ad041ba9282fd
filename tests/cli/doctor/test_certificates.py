"""Tests of alie.cli.doctor.certificates and served: how long they are good, and why nobody trusts one."""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.trial.unittest import SynchronousTestCase

from alie.cli.address import parse
from alie.cli.config.reading import Given
from alie.cli.doctor.certificates import expiry, names_of
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM
from alie.cli.doctor.place import Place
from alie.cli.doctor.served import judged, look
from alie.config import Config

NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
ADDRESS = parse("wss://api.alie.app/ws")


def leaf(
    *names: str, begins: datetime.datetime = NOW - DAY, ends: datetime.datetime = NOW + 80 * DAY
) -> x509.Certificate:
    """A certificate that has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1).not_valid_before(begins).not_valid_after(ends)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
        )
    return builder.sign(key, hashes.SHA256())


class ExpiryTests(SynchronousTestCase):
    """Of certificates that are renewed when a third of their life is left."""

    def state(self, days_left: float, life: int = 90) -> str:
        """Of one with so many days left."""
        ends = NOW + days_left * DAY
        return expiry("c", ends - life * DAY, ends, NOW).state

    def test_of_ninety_days(self) -> None:
        """Renewed at 30 days: at 20 it should have been long ago, at 7 it is urgent."""
        self.assertEqual([self.state(days) for days in (60, 25, 19, 8, 6, 0, -1)], [OK, OK, NOTE, NOTE] + 3 * [PROBLEM])

    def test_of_six_days(self) -> None:
        """Short ones are not always late."""
        self.assertEqual([self.state(days, 6) for days in (5, 1.4, 0.6, 0.3)], [OK, OK, NOTE, PROBLEM])

    def test_not_yet(self) -> None:
        """The clock may be wrong."""
        found = expiry("c", NOW + DAY, NOW + 90 * DAY, NOW)
        self.assertEqual(found.state, PROBLEM)
        self.assertIn("timedatectl", found.advice)


class JudgedTests(SynchronousTestCase):
    """What OpenSSL's numbers mean to an operator."""

    def test_each(self) -> None:
        """With what is told and what is to be done."""
        good, expired = leaf("api.alie.app"), leaf("api.alie.app", begins=NOW - 90 * DAY, ends=NOW - DAY)
        for certificate, code, part in (
            (leaf("a.example", "b.example"), 62, "is for a.example, b.example"),
            (leaf(), 62, "is for no name at all"),
            (good, 20, "fullchain.pem"),
            (good, 21, "fullchain.pem"),
            (good, 18, "signed by itself"),
            (good, 19, "signed by itself"),
            (expired, 10, "expired 1.0 days ago"),
            (leaf("api.alie.app", begins=NOW + DAY), 9, "not good before"),
            (good, 3, "odd"),
        ):
            found = judged(certificate, ADDRESS, code, "odd", NOW)
            self.assertEqual(found.state, PROBLEM)
            self.assertIn(part, found.detail + found.advice)

    def test_names(self) -> None:
        """All of them."""
        self.assertEqual(names_of(leaf("a.example", "*.b.example")), "a.example, *.b.example")


class LookTests(SynchronousTestCase):
    """Where there is nothing to look at."""

    def test_no_address(self) -> None:
        """Nobody has said where others come; or they come without TLS."""
        for public in (None, parse("ws://127.0.0.1:1/ws")):
            found = list(look(Place(Given({}), Config(), public=public)))
            self.assertEqual([one.state for one in found], [NOT_LOOKED_AT])
