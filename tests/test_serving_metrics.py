"""Tests of alie.serving_metrics: what a scraper is told is what is so when it asks."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from twisted.trial.unittest import SynchronousTestCase

import alie
from alie.admission import Admission
from alie.audit.interface import NoAudit
from alie.serving_metrics import ServingMetrics


class TroubledAudit(NoAudit):
    """An audit log with one problem."""

    def problems(self) -> list[str]:
        return ["The disk is full"]


class ServingMetricsTests(SynchronousTestCase):
    """Each figure, before and after a change."""

    def setUp(self) -> None:
        self.registry = CollectorRegistry()
        self.problems: list[str] = []
        self.seats = 2
        self.admission = Admission(lambda: self.seats)
        ServingMetrics(self.registry, lambda: self.problems, self.admission, TroubledAudit())

    def told(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"alie_{name}", labels)

    def test_ready(self) -> None:
        """1 while there is no problem."""
        self.assertEqual(self.told("ready"), 1)
        self.problems.append("The speech model is being loaded")
        self.assertEqual(self.told("ready"), 0)

    def test_seats(self) -> None:
        """As many as there are now, and those that are taken."""
        self.admission.take()
        self.assertEqual((self.told("seats"), self.told("seats_taken")), (2, 1))
        self.seats = 5
        self.admission.leave()
        self.assertEqual((self.told("seats"), self.told("seats_taken")), (5, 0))

    def test_audit(self) -> None:
        """How many things hinder it."""
        self.assertEqual(self.told("audit_problems"), 1)

    def test_version(self) -> None:
        """As a label."""
        self.assertEqual(self.told("build_info", version=alie.__version__), 1)
