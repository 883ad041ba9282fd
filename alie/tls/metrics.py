"""What Prometheus is told of TLS."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge

from alie.tls.renewal import Certificates


class TlsMetrics:
    """A moment in time rather than a number of days, so that a scraper can tell it from a clock that stands still.

    Args:
        registry: the daemon's.
        certificates: what is told of.
    """

    def __init__(self, registry: CollectorRegistry, certificates: Certificates) -> None:
        name = "alie_tls_certificate_expiration_timestamp_seconds"
        Gauge(
            name, "When the TLS certificate that is served expires, in seconds since 1970", registry=registry
        ).set_function(lambda: certificates.served.not_after.timestamp())
        name = "alie_tls_certificate_refused"
        Gauge(name, "Whether the certificate in the files cannot be served, 0 or 1", registry=registry).set_function(
            lambda: float(certificates.is_refusing)
        )
        handshakes = Counter(
            "alie_tls_handshakes", "TLS handshakes of clients, by outcome", ["outcome"], registry=registry
        )
        self._of = {True: handshakes.labels("completed"), False: handshakes.labels("failed")}

    def count(self, is_completed: bool) -> None:
        """Counts a handshake."""
        self._of[is_completed].inc()
