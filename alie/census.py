"""What lives in this process, for `/metrics`: whatever only grows there is a leak. Nothing personal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector

KINDS = ("session", "performer", "socket")


class Census:
    """Counts without keeping alive; all is asked when somebody looks, and costs nothing in between.

    Args:
        reactor: whose timers are told.
        registry: gets `alie_objects` by kind, `alie_reactor_delayed_calls`, `alie_memory_blocks`, and where there is a
            /proc what it says of the process (`process_open_fds` ...).
    """

    def __init__(self, reactor: Any, registry: CollectorRegistry) -> None:
        self._reactor = reactor
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

    def _tell(self, name: str, what: str, ask: Callable[[], float], registry: CollectorRegistry) -> None:
        Gauge(f"alie_{name}", what, registry=registry).set_function(ask)

    def _timers(self) -> int:
        return len(self._reactor.getDelayedCalls())
