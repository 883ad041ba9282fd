"""Whether the streaming endpoint can be reached: TCP and TLS, nothing else. Called in a worker thread."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace

from alie.cli.aws.finding import FAILED, OK, WARNING, Finding
from alie.engines.amazon.options import TRANSPORTS, Address, AmazonOptions

TIMEOUT_S = 3.0


def addresses(options: AmazonOptions) -> dict[Address, bool]:
    """Where each transport connects to, and whether it is the one that is configured."""
    return {
        replace(options, transport=transport).address: transport == options.transport
        for transport in sorted(TRANSPORTS, key=lambda transport: transport == options.transport)
    }


def reach(address: Address, is_needed: bool, ca_file: str) -> Finding:
    """Connects, shakes hands and hangs up.

    Args:
        address: where to.
        is_needed: whether the configured transport goes there; the other's host fails nothing.
        ca_file: PEM file to trust instead of the system's certificates, or empty.
    """
    state = FAILED if is_needed else WARNING
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
        with socket.create_connection((address.host, address.port), TIMEOUT_S) as tcp:
            if not address.is_secure:
                return Finding("reach", OK, f"{address.netloc} without TLS")
            with context.wrap_socket(tcp, server_hostname=address.host) as tls:
                return Finding("reach", OK, f"{address.netloc} by {tls.version()}")
    except ssl.SSLCertVerificationError as error:
        advice = "name the authority in ALIE_TRANSCRIBE_CA_FILE, if this is a host of your own"
        return Finding("reach", state, f"{address.netloc} is not trusted: {error.verify_message}", advice)
    except socket.gaierror:
        advice = "see whether the region is right, and whether this machine resolves names"
        return Finding("reach", state, f"{address.netloc}: the name is not known", advice)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        advice = f"let this machine out to TCP port {address.port}, or make a VPC endpoint (etc/aws/README.md)"
        return Finding("reach", state, f"{address.netloc}: {reason}", advice)
