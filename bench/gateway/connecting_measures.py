"""What connecting to a gateway costs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Rush:
    """What clients saw that connected.

    Attributes:
        done: how many were greeted, or started.
        errors: how many were not.
        seconds: that it took for all of them.
        p50_ms: of waits of single ones.
        p99_ms: the same.
    """

    done: int
    errors: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_s(self) -> float:
        """How many a second."""
        return self.done / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Connecting:
    """One gateway, one round.

    Attributes:
        gateway: its name.
        one_by_one_per_s: handshakes a second when each waits for the one before.
        at_once_per_s: the same for several rows of them.
        cpu_ms: of the gateway for one handshake, from TCP to the greeting and to the end of it, in several rows.
        storm_s: from the first of all sockets at once to the greeting of the last.
        storm_p50_ms: of the waits for a greeting in the storm.
        storm_errors: sockets that were not greeted.
        delay_longest_s: bound that no delay of its reactor passed in the storm; None if it does not tell.
        greeted_kb: resident memory for each socket that was greeted and says nothing.
        started_kb: resident memory for each dictation on top of that, begun and without audio yet.
        start_errors: dictations that did not begin.
    """

    gateway: str
    one_by_one_per_s: float
    at_once_per_s: float
    cpu_ms: float
    storm_s: float
    storm_p50_ms: float
    storm_errors: int
    delay_longest_s: float | None
    greeted_kb: float
    started_kb: float
    start_errors: int


def merge(rounds: Sequence[Connecting]) -> Connecting:
    """Medians of several rounds of one gateway; of errors the most."""
    values: dict[str, Any] = {}
    for field in fields(Connecting):
        found = [getattr(one, field.name) for one in rounds]
        if field.name.endswith("errors"):
            values[field.name] = max(found)
        elif field.name == "gateway" or None in found:
            values[field.name] = found[0]
        else:
            values[field.name] = median(found)
    return Connecting(**values)
