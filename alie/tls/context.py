"""What the daemon's own TLS speaks: TLS 1.2 with ephemeral keys and authenticated encryption, and TLS 1.3."""

from __future__ import annotations

import ssl

from alie.tls.authorities import trust

PROTOCOLS = ["http/1.1"]
"""Told by ALPN: WebSockets are upgrades of it."""

_SUITES = "@SECLEVEL=2:ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2; those of TLS 1.3 are all good. The level keeps out short keys and SHA-1, whatever the system says."""


def server_context(certificate: str, key: str, client_ca: str = "") -> ssl.SSLContext:
    """What connections share until the certificate is renewed.

    Sessions are resumed by tickets, which spare a client that comes back, and us, a signature. OpenSSL makes the
    tickets' key with the context, so whoever wants it to be forgotten makes another context.

    Args:
        certificate: PEM file of the chain.
        key: PEM file of the key.
        client_ca: PEM file of the authorities of client certificates, or empty.

    Raises:
        ssl.SSLError: certificate or key cannot be used; `reason` is OpenSSL's.
        OSError: a file cannot be read.
        ValueError: in a sentence, if the authorities cannot be read.
    """
    # The library's default context would also write keys where SSLKEYLOGFILE says.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    # All suites are good: a phone without AES in hardware should have the one that it is quick at.
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers(_SUITES)
    context.set_alpn_protocols(PROTOCOLS)
    # Else OpenSSL would ask for a passphrase on the terminal, and wait.
    context.load_cert_chain(certificate, key, password=lambda: "")
    if client_ca:
        trust(context, client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
