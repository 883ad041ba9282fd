"""Whether the daemon could serve, and how much, as Prometheus metrics. Asked at each scrape."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge

import alie
from alie.admission import Admission
from alie.audit.interface import Audit


class ServingMetrics:
    """What `/readyz` tells, in numbers.

    Args:
        registry: of the daemon.
        problems: why no dictation could be served right now; empty when one could.
        admission: where seats are taken.
        audit: the audit log.
    """

    def __init__(
        self, registry: CollectorRegistry, problems: Callable[[], list[str]], admission: Admission, audit: Audit
    ) -> None:
        told: dict[str, tuple[str, Callable[[], float]]] = {
            "ready": ("Whether a dictation could be served now: 0 or 1", lambda: not problems()),
            "seats": ("Dictations that may run at once, as things are now", lambda: admission.seats),
            "seats_taken": ("Dictations that run", lambda: admission.taken),
            "audit_problems": ("Things that hinder the audit log now", lambda: len(audit.problems())),
        }
        for name, (what, ask) in told.items():
            Gauge(f"alie_{name}", what, registry=registry).set_function(ask)
        Gauge("alie_build_info", "1, by version", ["version"], registry=registry).labels(alie.__version__).set(1)
