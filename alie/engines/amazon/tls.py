"""TLS towards the service: one context for all connections, certificates and host name verified, TLS 1.2 or newer.

Twisted's own options do that, and release OpenSSL's buffers while a connection is idle.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import Certificate, optionsForClientTLS, platformTrust, trustRootFromCertificates

_CERTIFICATE = re.compile(b"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def client_tls(host: str, ca_file: str = "") -> IOpenSSLClientConnectionCreator:
    """What makes the TLS side of every connection to `host`; loading the authorities takes some 10 ms, once.

    Args:
        host: the name or address that the certificate must be for.
        ca_file: PEM file of the authorities to trust instead of the system's, or empty.

    Raises:
        ValueError: in a sentence, if the file cannot be read or holds no certificate.
    """
    return optionsForClientTLS(host, trustRoot=_trust(ca_file))


def _trust(ca_file: str) -> Any:
    if not ca_file:
        return platformTrust()
    try:
        found = _CERTIFICATE.findall(Path(ca_file).read_bytes())
        authorities = [Certificate.loadPEM(pem) for pem in found]
    except Exception as error:  # of the system or of OpenSSL, whose types are its own
        raise ValueError(f"The authorities in {ca_file} cannot be read ({type(error).__name__})") from None
    if not authorities:
        raise ValueError(f"There is no certificate in {ca_file}")
    return trustRootFromCertificates(authorities)
