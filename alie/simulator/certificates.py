"""A certificate authority for one run, and a certificate of its for loopback."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Sequence
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import crypto
from twisted.internet.ssl import CertificateOptions

VALID = datetime.timedelta(days=2)


class ThrowAwayAuthority:
    """Signs one certificate for localhost and 127.0.0.1; its keys never leave this process.

    Attributes:
        pem: its own certificate, for clients to trust.
    """

    def __init__(self) -> None:
        authority_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        issuer = _name("Alie simulator, for this run only")
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
        basic = x509.BasicConstraints(ca=True, path_length=0)
        authority = (
            _builder(issuer, issuer, authority_key)
            .add_extension(basic, critical=True)
            .add_extension(_SIGNS, critical=True)
            .sign(authority_key, hashes.SHA256())
        )
        leaf = (
            _builder(_name("localhost"), issuer, leaf_key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(authority_key, hashes.SHA256())
        )
        self.pem = authority.public_bytes(serialization.Encoding.PEM)
        self._key = crypto.PKey.from_cryptography_key(leaf_key)
        self._certificate = crypto.X509.from_cryptography(leaf)

    def options(self, protocols: Sequence[bytes]) -> CertificateOptions:
        """For a listener that speaks these protocols, the most wanted first."""
        options: Any = CertificateOptions(
            privateKey=self._key, certificate=self._certificate, acceptableProtocols=list(protocols)
        )
        return options  # type: ignore[no-any-return]


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - VALID)
        .not_valid_after(now + VALID)
    )
