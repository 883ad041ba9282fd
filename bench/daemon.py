"""A real daemon to measure: its CPU time, its memory, its metrics."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from alie.cli import daemon
from alie.cli.address import Address
from alie.cli.rest import fetch


class Daemon(daemon.Daemon):
    """One daemon process. Made by `start`."""

    def cpu_s(self) -> float:
        """CPU seconds of all its threads since it started, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """The most memory that it ever had resident, in MB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    async def delays(self, reactor: Any) -> dict[float, float]:
        """See `reactor_delays`."""
        return await reactor_delays(reactor, self.address)


async def reactor_delays(reactor: Any, address: Address) -> dict[float, float]:
    """How often a daemon's reactor was late by at most so many seconds, since it started; empty if it does not tell."""
    status, body = await fetch(reactor, address, "/metrics")
    if status != 200:
        return {}
    return {
        float(sample.labels["le"]): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
        if sample.name == "alie_reactor_delay_seconds_bucket"
    }
