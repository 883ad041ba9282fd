"""Settings of the daemon's own TLS."""

from __future__ import annotations

from dataclasses import dataclass

from alie.origins import is_loopback
from alie.settings import Settings

DEFAULT_PORT = 8443


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How the daemon speaks TLS itself, beside its plain port.

    Attributes:
        certificate: PEM file: the certificate, then those that lead from it to its authority; empty: no TLS.
        key: PEM file of its private key.
        host: address to listen on.
        port: 0 takes a free one.
        client_ca: PEM file of the authorities of client certificates, which are owed then; empty: none is asked for.
        redirects: whether the plain port sends strangers to this one, if there is TLS.
    """

    certificate: str = ""
    key: str = ""
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    client_ca: str = ""
    redirects: bool = True

    @property
    def is_on(self) -> bool:
        """Whether TLS is spoken."""
        return bool(self.certificate)

    @property
    def is_alone(self) -> bool:
        """Whether strangers are to speak TLS, and the plain port only tells them."""
        return self.is_on and self.redirects

    @property
    def files(self) -> tuple[str, ...]:
        """All that is read."""
        return tuple(filter(None, (self.certificate, self.key, self.client_ca)))


def read_tls(settings: Settings, plain_host: str, plain_port: int) -> TlsSettings:
    """Asks for every name of `TlsSettings`.

    Args:
        settings: where they are asked for.
        plain_host: where the plain port is.
        plain_port: which this one must not be.
    """
    found = TlsSettings(
        certificate=settings.text("ALIE_TLS_CERT"),
        key=settings.text("ALIE_TLS_KEY"),
        host=settings.text("ALIE_TLS_HOST", plain_host),
        port=settings.integer("ALIE_TLS_PORT", DEFAULT_PORT, 0, 65535),
        client_ca=settings.text("ALIE_TLS_CLIENT_CA"),
        redirects=settings.boolean("ALIE_TLS_REDIRECT", True),
    )
    for name, other in (("ALIE_TLS_CERT", "ALIE_TLS_KEY"), ("ALIE_TLS_KEY", "ALIE_TLS_CERT")):
        if settings.is_set(name) and not settings.is_set(other):
            settings.complain(name, f"is of no use without {other}")
    for name in ("ALIE_TLS_HOST", "ALIE_TLS_PORT", "ALIE_TLS_CLIENT_CA", "ALIE_TLS_REDIRECT"):
        if settings.is_set(name) and not (found.certificate or found.key):
            settings.complain(name, "is of no use without ALIE_TLS_CERT and ALIE_TLS_KEY")
    if found.is_on and found.port and found.port == plain_port:
        settings.complain("ALIE_TLS_PORT", f"is {found.port}, and so is PORT: give each one of its own")
    if found.client_ca and not is_loopback(plain_host) and not found.redirects:
        settings.complain(
            "ALIE_TLS_REDIRECT",
            "is off, and the plain port asks nobody for the certificate that ALIE_TLS_CLIENT_CA wants",
        )
    return found


def complain_if_open(settings: Settings, plain_host: str, tls: TlsSettings) -> None:
    """Complains of each port that others can reach, where nothing guards dictation."""
    hosts = {"HOST": plain_host}
    if tls.is_on and tls.host != plain_host:
        hosts["ALIE_TLS_HOST"] = tls.host
    for name, host in hosts.items():
        if not is_loopback(host):
            settings.complain(
                name,
                f"is {host}, open to others, and no authentication guards dictation: listen on 127.0.0.1, "
                "or set ALIE_INSECURE=1 to let anyone dictate",
            )
