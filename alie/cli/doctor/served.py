"""The certificate that is served at the public address, as browsers see it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

from cryptography import x509

from alie.cli.address import Address
from alie.cli.doctor import certificates
from alie.cli.doctor.finding import NOT_LOOKED_AT, PROBLEM, Finding
from alie.cli.doctor.place import Place
from alie.cli.doctor.reaching import Unreached, any_certificate, open_socket

STEP = "certificate"
# Of OpenSSL (x509_vfy.h).
_EXPIRED, _SELF_SIGNED, _SELF_SIGNED_ROOT, _NO_ISSUER, _NO_FIRST, _OTHER_NAME = 10, 18, 19, 20, 21, 62


def look(place: Place) -> Iterator[Finding]:
    """Shakes hands, and says whether browsers would."""
    address = place.public
    if address is None:
        yield Finding(STEP, NOT_LOOKED_AT, "no public address is known", "set PUBLIC_WS_URL, or give --url")
        return
    if not address.is_secure:
        yield Finding(STEP, NOT_LOOKED_AT, f"{address.authority} is spoken to without TLS")
        return
    try:
        verified = _handshake(address, place.connect_to, ssl.create_default_context())
    except Unreached as error:
        yield Finding(STEP, PROBLEM, str(error), error.advice)
    except ssl.SSLCertVerificationError as error:
        yield from _refused(place, address, error)
    except OSError as error:
        detail = f"{address.authority} does not shake hands ({type(error).__name__})"
        yield Finding(STEP, PROBLEM, detail, "see its log; where it wants client certificates, ask from outside")
    else:
        leaf, version = verified
        found = _expiry(leaf, datetime.now(UTC))
        yield replace(found, detail=f"{address.authority}: trusted, chain complete, {version}, {found.detail}")


def _handshake(
    address: Address, connect_to: tuple[str, int] | None, context: ssl.SSLContext
) -> tuple[x509.Certificate, str]:
    tcp = open_socket(address, connect_to)
    with closing(tcp), context.wrap_socket(tcp, server_hostname=address.host) as tls:
        der = tls.getpeercert(binary_form=True)
        assert der is not None, "a server always shows one"
        return x509.load_der_x509_certificate(der), tls.version() or "TLS"


def _refused(place: Place, address: Address, error: ssl.SSLCertVerificationError) -> Iterator[Finding]:
    try:
        leaf, _ = _handshake(address, place.connect_to, any_certificate())
    except (OSError, ValueError, Unreached):
        yield Finding(STEP, PROBLEM, f"{address.authority} is not trusted: {error.verify_message}")
        return
    yield judged(leaf, address, error.verify_code, str(error.verify_message), datetime.now(UTC))


def judged(leaf: x509.Certificate, address: Address, code: int, message: str, now: datetime) -> Finding:
    """Why nobody trusts a certificate.

    Args:
        leaf: the server's own.
        address: of the server.
        code: of OpenSSL.
        message: of OpenSSL.
        now: the time.
    """
    where = address.authority
    if code == _OTHER_NAME:
        detail = f"{where}: the certificate is for {certificates.names_of(leaf)}"
        return Finding(STEP, PROBLEM, detail, f"have one issued for {address.host}, or see which server block answers")
    if code in (_NO_ISSUER, _NO_FIRST):
        return Finding(
            STEP,
            PROBLEM,
            f"{where}: the chain is not complete, or its authority is not known here",
            certificates.FULL_CHAIN,
        )
    if code in (_SELF_SIGNED, _SELF_SIGNED_ROOT):
        advice = "have one issued (docs/operations.md, Certificates); of an authority of your own, trust its root here"
        return Finding(STEP, PROBLEM, f"{where}: signed by itself, or by an authority that is not known here", advice)
    found = _expiry(leaf, now)
    if code == _EXPIRED or found.state == PROBLEM:
        return replace(found, state=PROBLEM, detail=f"{where}: {found.detail}")
    return Finding(
        STEP, PROBLEM, f"{where} is not trusted: {message}", "see the certificate: openssl s_client -connect"
    )


def _expiry(leaf: x509.Certificate, now: datetime) -> Finding:
    return certificates.expiry(STEP, leaf.not_valid_before_utc, leaf.not_valid_after_utc, now)
