"""A certificate authority as public ones are: a root that clients trust, and an intermediate that signs."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
HOUR = datetime.timedelta(hours=1)


def now() -> datetime.datetime:
    """In UTC, whole seconds, as certificates have it."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Issued:
    """A certificate in PEM, the intermediate that signed it, and its key."""

    leaf: bytes
    intermediate: bytes
    key: bytes

    @property
    def chain(self) -> bytes:
        """As certbot's fullchain.pem has it."""
        return self.leaf + self.intermediate

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Puts chain and key there, for their owner only; the names are certbot's."""
        chain, key = folder / "fullchain.pem", folder / "privkey.pem"
        chain.write_bytes(self.chain)
        key.touch(0o600)
        key.write_bytes(self.key)
        return chain, key


class Authority:
    """Signs certificates for the tests. Its keys never leave this process.

    Attributes:
        pem: the root, for clients to trust.
    """

    def __init__(self) -> None:
        root_key, self._key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root, self._name = _name("Root of the tests"), _name("Intermediate of the tests")
        since, until = now() - 1000 * HOUR, now() + 100_000 * HOUR
        self.pem = _pem(_authority(root, root_key, root, root_key, since, until))
        self.intermediate = _pem(_authority(self._name, self._key, root, root_key, since, until))

    def issue(
        self,
        *names: str,
        since: datetime.datetime | None = None,
        until: datetime.datetime | None = None,
        key: Key | None = None,
        passphrase: bytes = b"",
        is_client: bool = False,
    ) -> Issued:
        """A certificate.

        Args:
            names: hosts and addresses; none: localhost and 127.0.0.1.
            since: when it begins to count; None: an hour ago.
            until: when it expires; None: in 90 days.
            key: its key; None: a new one on P-256.
            passphrase: under which the key is written; empty: none.
            is_client: whether it is for a client.
        """
        key = key or ec.generate_private_key(ec.SECP256R1())
        names = names or ("localhost", "127.0.0.1")
        begin = since or now() - HOUR
        usage = ExtendedKeyUsageOID.CLIENT_AUTH if is_client else ExtendedKeyUsageOID.SERVER_AUTH
        leaf = (
            _builder(_name(names[0]), key, self._name, begin, until or now() + 90 * 24 * HOUR)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        encryption: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
        return Issued(_pem(leaf), self.intermediate, written)


def _authority(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    since: datetime.datetime,
    until: datetime.datetime,
) -> x509.Certificate:
    basic = x509.BasicConstraints(ca=True, path_length=None)
    return (
        _builder(subject, key, issuer, since, until)
        .add_extension(basic, critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, key: Key, issuer: x509.Name, since: datetime.datetime, until: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)
