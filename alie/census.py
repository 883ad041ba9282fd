"""What lives in this process, for `/metrics`: whatever only grows there is a leak. Nothing personal."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector

KINDS = ("session", "performer", "socket")
SWEEP_AFTER = 1000
QUIET_SESSIONS = 80
SWEEP_AT_LATEST = 10_000


class Census:
    """Counts without keeping alive; all is asked when somebody looks, and costs nothing in between.

    Once `SWEEP_AFTER` sessions have ended and at most `QUIET_SESSIONS` live, it has all garbage collected. Sessions
    leave none, but with each connection to an engine Twisted makes a class, which holds itself. Nearly all of those are
    found young (see `tap.py`); the others only by a full collection, which takes some 10 ms for a hundred sessions that
    live: more would be too long for the reactor, and the two or three kilobytes that a session leaves so can wait. Not
    for ever: after `SWEEP_AT_LATEST` ended sessions, some 26 MB, they are swept however many live.

    Args:
        reactor: whose timers are told.
        registry: gets `alie_objects` by kind, `alie_reactor_delayed_calls`, `alie_memory_blocks`, and where there is a
            /proc what it says of the process (`process_open_fds` ...).
        sweep: collects all garbage.
    """

    def __init__(self, reactor: Any, registry: CollectorRegistry, sweep: Callable[[], object] = gc.collect) -> None:
        self._reactor = reactor
        self._sweep = sweep
        self._begun = self._swept = 0
        self._living: dict[str, WeakSet[Any]] = {kind: WeakSet() for kind in KINDS}
        objects = Gauge("alie_objects", "Objects of ended and running sessions in memory", ["kind"], registry=registry)
        for kind, living in self._living.items():
            objects.labels(kind).set_function(living.__len__)
        self._tell("reactor_delayed_calls", "Timers that wait", self._timers, registry)
        self._tell("memory_blocks", "Blocks that Python has allocated", sys.getallocatedblocks, registry)
        ProcessCollector(registry=registry)

    def count(self, **things: object) -> None:
        """Notes those of a new session, by kind; they leave by themselves when nobody holds them any more.

        Raises:
            KeyError: no such kind.
        """
        for kind, thing in things.items():
            self._living[kind].add(thing)
        self._begun += 1
        living = len(self._living["session"])
        ended = self._begun - living
        unswept = ended - self._swept
        if unswept >= SWEEP_AT_LATEST or (unswept >= SWEEP_AFTER and living <= QUIET_SESSIONS):
            self._swept = ended
            self._reactor.callLater(0, self._sweep)

    def _tell(self, name: str, what: str, ask: Callable[[], float], registry: CollectorRegistry) -> None:
        Gauge(f"alie_{name}", what, registry=registry).set_function(ask)

    def _timers(self) -> int:
        return len(self._reactor.getDelayedCalls())
