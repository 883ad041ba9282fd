"""One look at a daemon: what the system and its own `/metrics` say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

_DELAYS = "alie_reactor_delay_seconds_bucket"


@dataclass(frozen=True, slots=True)
class Sample:
    """Figures at one instant.

    Attributes:
        at_s: seconds since the soak began.
        rss_mb: resident memory.
        descriptors: open files and sockets of the process.
        threads: of the process.
        timers: that wait in the reactor.
        sockets: clients' WebSockets.
        sessions: running.
        legs: to the engine.
        objects: sessions, performers and sockets in memory, whether they run or not.
        blocks: allocated by Python.
        delays: how often the reactor was late by at most so many seconds, since it started.
    """

    at_s: float
    rss_mb: float
    descriptors: float
    threads: float
    timers: float
    sockets: float
    sessions: float
    legs: float
    objects: float
    blocks: float
    delays: Mapping[float, float]


def read_sample(at_s: float, pid: int, exposition: str) -> Sample:
    """Of a process, and what it exposes.

    Raises:
        KeyError: it does not expose what is wanted.
        OSError: there is no such process.
    """
    told: dict[str, float] = {}
    delays: dict[float, float] = {}
    for family in text_string_to_metric_families(exposition):
        for one in family.samples:
            if one.name == _DELAYS:
                delays[float(one.labels["le"])] = one.value
            else:
                told[one.name] = told.get(one.name, 0.0) + one.value
    return Sample(
        at_s=at_s,
        rss_mb=told["process_resident_memory_bytes"] / 2**20,
        descriptors=len(os.listdir(f"/proc/{pid}/fd")),
        threads=_threads(pid),
        timers=told["alie_reactor_delayed_calls"],
        sockets=told["alie_sockets"],
        sessions=told["alie_sessions"],
        legs=told.get("alie_engine_legs", 0.0),
        objects=told["alie_objects"],
        blocks=told["alie_memory_blocks"],
        delays=delays,
    )


def series(samples: Iterable[Sample], name: str) -> list[tuple[float, float]]:
    """One figure over time, for `slopes`."""
    return [(sample.at_s, float(getattr(sample, name))) for sample in samples]


def _threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
