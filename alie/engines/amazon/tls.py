"""What TLS towards the service asks for: certificate and host name are verified, and TLS is 1.2 or newer.

It is the standard library's; `alie.tls.connection` says why.
"""

from __future__ import annotations

import ssl

from alie.tls.authorities import trust


def client_context(ca_file: str = "") -> ssl.SSLContext:
    """What all connections share; loading the authorities takes some 10 ms, once.

    Args:
        ca_file: PEM file of the authorities to trust instead of the system's, or empty.

    Raises:
        ValueError: in a sentence, if the file cannot be read or holds no certificate.
    """
    # It verifies certificate and name; the library's default context would also write keys where SSLKEYLOGFILE says.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.hostname_checks_common_name = False
    if ca_file:
        trust(context, ca_file)
    else:
        context.load_default_certs()
    return context
