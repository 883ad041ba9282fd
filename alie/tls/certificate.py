"""A certificate and its key, read from files: what TLS is spoken with, and what an operator should know of it."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from service_identity import CertificateError as UnusableNames
from service_identity import VerificationError
from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address

from alie.tls.context import server_context
from alie.tls_settings import TlsSettings

UNREADABLE = "TLS_FILE_UNREADABLE"
CERTIFICATE_INVALID = "TLS_CERTIFICATE_INVALID"
KEY_INVALID = "TLS_KEY_INVALID"
KEY_MISMATCH = "TLS_KEY_MISMATCH"
CLIENT_CA_INVALID = "TLS_CLIENT_CA_INVALID"
EXPIRED = "TLS_CERTIFICATE_EXPIRED"
NOT_YET_VALID = "TLS_CERTIFICATE_NOT_YET_VALID"

_OTHERS = 0o007
_DEAR_BITS = 3072
"""RSA above this signs for longer than the reactor should be held: 4096 bits take some 10 ms, a P-256 key 0.3 ms."""
# OpenSSL's words for a key of the same kind, and for one of another.
_MISMATCHES = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")


class CertificateError(Exception):
    """A certificate that cannot be served. `code` is stable; the text is a sentence for the operator."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with what is needed to serve it.

    Attributes:
        context: for new connections.
        digest: of all files together; another one means that something in them is different.
        not_before: when it begins to count.
        not_after: when it expires.
        names: host names and addresses that it is for, in alphabetical order.
        remarks: what is unwise about it, in sentences.
    """

    context: ssl.SSLContext
    digest: bytes
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]
    remarks: tuple[str, ...]

    def check(self, now: datetime) -> None:
        """Whether it counts now.

        Raises:
            CertificateError: it does not yet, or not any more.
        """
        if now >= self.not_after:
            raise CertificateError(EXPIRED, f"The TLS certificate expired on {day(self.not_after)}")
        if now < self.not_before:
            raise CertificateError(
                NOT_YET_VALID, f"The TLS certificate is not valid before {self.not_before:%F %R} UTC"
            )


def load(settings: TlsSettings, public_host: str = "") -> Certificate:
    """Reads it; takes a few milliseconds. Whether it has expired is not asked here.

    Args:
        settings: where its files are.
        public_host: host name by which clients come; empty: not known.

    Raises:
        CertificateError: a file cannot be read, is not what it should be, or the key is another certificate's.
    """
    texts = [_read(path) for path in settings.files]
    try:
        chain = x509.load_pem_x509_certificates(texts[0])
    except ValueError:
        raise CertificateError(
            CERTIFICATE_INVALID, f"There is no readable certificate in {settings.certificate}"
        ) from None
    return Certificate(
        context=_context(settings),
        digest=hashlib.sha256(b"".join(hashlib.sha256(text).digest() for text in texts)).digest(),
        not_before=chain[0].not_valid_before_utc,
        not_after=chain[0].not_valid_after_utc,
        names=_names(chain[0]),
        remarks=(
            *_remarks_on_chain(chain),
            *_remarks_on_names(chain[0], public_host),
            *_remarks_on_key(settings.key),
            *_remarks_on_cost(chain[0]),
        ),
    )


def day(moment: datetime) -> str:
    """Its date, as ISO 8601 has it."""
    return f"{moment:%F}"


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise CertificateError(UNREADABLE, f"{path} cannot be read: {error.strerror}") from None


def _context(settings: TlsSettings) -> ssl.SSLContext:
    try:
        return server_context(settings.certificate, settings.key, settings.client_ca)
    except ssl.SSLError as error:
        if error.reason in _MISMATCHES:
            sentence = f"The key in {settings.key} is not that of the first certificate in {settings.certificate}"
            raise CertificateError(KEY_MISMATCH, sentence) from None
        # Without a passphrase an encrypted key is one that cannot be read.
        why = error.reason or "it is damaged, or encrypted"
        sentence = f"{settings.certificate} and {settings.key} cannot be used together: {why}"
        raise CertificateError(KEY_INVALID, sentence) from None
    except OSError as error:
        raise CertificateError(UNREADABLE, f"{settings.key} cannot be read: {error.strerror}") from None
    except ValueError as error:  # of the client authorities, in a sentence
        raise CertificateError(CLIENT_CA_INVALID, str(error)) from None


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    names = _alternative(leaf)
    if names is None:
        return ()
    hosts = names.get_values_for_type(x509.DNSName)
    return tuple(sorted({*hosts, *(str(address) for address in names.get_values_for_type(x509.IPAddress))}))


def _alternative(leaf: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _remarks_on_chain(chain: Sequence[x509.Certificate]) -> list[str]:
    leaf = chain[0]
    if len(chain) == 1 and leaf.issuer != leaf.subject:
        return [
            "ALIE_TLS_CERT holds no intermediate certificate, so many clients will not trust it: give fullchain.pem"
        ]
    for signed, signer in pairwise(chain):
        try:
            signed.verify_directly_issued_by(signer)
        except (ValueError, TypeError, InvalidSignature):
            return ["The certificates in ALIE_TLS_CERT do not lead from one to the next: give fullchain.pem"]
    return []


def _remarks_on_names(leaf: x509.Certificate, host: str) -> list[str]:
    if not host:
        return []
    try:
        _verify_name(leaf, host)
    except (VerificationError, UnusableNames):
        return [f"The TLS certificate is not for {host}, the host of PUBLIC_WS_URL"]
    return []


def _verify_name(leaf: x509.Certificate, host: str) -> None:
    try:
        ip_address(host)
    except ValueError:
        verify_certificate_hostname(leaf, host)
    else:
        verify_certificate_ip_address(leaf, host)


def _remarks_on_key(path: str) -> list[str]:
    try:
        mode = Path(path).stat().st_mode & 0o777
    except OSError:
        return []
    return [f"Others may read the key in {path} (mode {mode:o}): chmod 600"] if mode & _OTHERS else []


def _remarks_on_cost(leaf: x509.Certificate) -> list[str]:
    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size > _DEAR_BITS:
        return [f"The TLS key is RSA of {key.key_size} bits, which makes each handshake slow: one on P-256 is as good"]
    return []
