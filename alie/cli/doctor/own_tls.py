"""The certificate that the daemon itself speaks TLS with, as its files have it, and its port."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from alie.cli.doctor import certificates
from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place
from alie.cli.doctor.ports import free
from alie.config import public_host
from alie.tls.certificate import CertificateError, load

STEP = "tls"
_ADVICE = "correct ALIE_TLS_CERT and ALIE_TLS_KEY (docs/operations.md, TLS by the daemon itself)"


def look(place: Place) -> Iterator[Finding]:
    """Files, names, days left, port."""
    tls = place.config.tls
    if not tls.is_on:
        yield Finding(STEP, NOT_LOOKED_AT, "ALIE_TLS_CERT is not set: the daemon leaves TLS to a proxy")
        return
    try:
        found = load(tls, public_host(place.config))
    except CertificateError as error:
        yield Finding(STEP, PROBLEM, str(error), _ADVICE)
    else:
        yield certificates.expiry(STEP, found.not_before, found.not_after, datetime.now(UTC))
        yield Finding(STEP, OK, f"it is for {', '.join(found.names) or 'no name at all'}")
        for remark in found.remarks:
            yield Finding(STEP, NOTE, remark, _ADVICE)
    if place.daemon is None and tls.port:
        yield free(tls.host, tls.port)
