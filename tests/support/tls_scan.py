"""What a server of TLS takes, found out by offering it one thing at a time, as testssl.sh and its like do."""

from __future__ import annotations

import socket
import ssl
import warnings
from collections.abc import Iterator
from contextlib import closing

PATIENCE_S = 20
V = ssl.TLSVersion
PROTOCOLS = (V.TLSv1, V.TLSv1_1, V.TLSv1_2, V.TLSv1_3)
_ALL = "ALL:COMPLEMENTOFALL"
# A ClientHello of SSL 3.0, which OpenSSL does not speak any more: three suites, no compression.
_BODY = b"\x03\x00" + bytes(32) + b"\x00" + b"\x00\x06\x00\x0a\x00\x2f\x00\x35" + b"\x01\x00"
SSL_3_HELLO = b"\x16\x03\x00" + (len(_BODY) + 4).to_bytes(2) + b"\x01" + len(_BODY).to_bytes(3) + _BODY
_HANDSHAKE = 22


def taken(port: int) -> set[tuple[str, str]]:
    """Protocol and suite of each handshake that comes about at a port of 127.0.0.1, of all that OpenSSL can offer."""
    found = {("SSLv3", "")} if takes_ssl_3(port) else set()
    for protocol in PROTOCOLS:
        for suite in _suites(protocol):
            made = _shake_hands(port, protocol, suite)
            if made is not None:
                found.add(made)
    return found


def takes_ssl_3(port: int) -> bool:
    """Whether the oldest of all hellos is answered with one."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as made:
        made.sendall(SSL_3_HELLO)
        try:
            return made.recv(1)[:1] == bytes([_HANDSHAKE])
        except ConnectionError:
            return False


def _suites(protocol: ssl.TLSVersion) -> Iterator[str]:
    if protocol is V.TLSv1_3:  # its suites cannot be chosen from here
        yield _ALL
        return
    for suite in _context(protocol, _ALL).get_ciphers():
        if not suite["name"].startswith("TLS_"):
            yield suite["name"]


def _context(protocol: ssl.TLSVersion, suites: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():  # that these are old is what they are offered for
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = protocol
    context.set_ciphers(f"{suites}:@SECLEVEL=0")
    return context


def _shake_hands(port: int, protocol: ssl.TLSVersion, suite: str) -> tuple[str, str] | None:
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) as made:
        try:
            with _context(protocol, suite).wrap_socket(made) as secure:
                name, version, _ = secure.cipher() or ("", "", 0)
                return secure.version() or version, name
        except (ssl.SSLError, ConnectionError):
            return None
