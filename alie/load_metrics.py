"""Load, and what is held for clients, as Prometheus metrics."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from alie.budget import Holding
from alie.connections import Connections
from alie.overload import Load, Step

SIGNALS = {
    "delay_s": ("alie_load_delay_seconds", "Mean lateness of the reactor in the last second"),
    "busy": ("alie_load_busy_ratio", "Share of a core that the reactor's thread used in the last second"),
    "memory": ("alie_load_memory_ratio", "What is held for clients, of ALIE_MEMORY_MB"),
    "backlog_s": ("alie_load_backlog_seconds", "Audio that the engine is late with, median of the sessions"),
}


class LoadMetrics:
    """Gauges that are set once a second.

    Args:
        registry: of the daemon.
        connections: counted elsewhere.
    """

    def __init__(self, registry: CollectorRegistry, connections: Connections) -> None:
        self._step = Gauge(
            "alie_load_step", "Step of shedding: 0 none, 1 sparing, 2 refusing, 3 shut", registry=registry
        )
        self._signals = {name: Gauge(*titled, registry=registry) for name, titled in SIGNALS.items()}
        self._held = Gauge("alie_held_bytes", "Held for clients, by what it is", ["kind"], registry=registry)
        self._unread = Gauge("alie_sessions_unread", "Not read, since too much is held altogether", registry=registry)
        Gauge("alie_connections", "Open connections", registry=registry).set_function(lambda: connections.open)
        registry.register(_Refused(connections))

    def tell(self, load: Load, step: Step, holdings: list[Holding], other_bytes: int, unread: int) -> None:
        """Takes what was measured.

        Args:
            load: by which the step is decided.
            step: the present one.
            holdings: of all sessions.
            other_bytes: held besides.
            unread: sessions whose clients are not read, to save memory.
        """
        self._step.set(step)
        for name, gauge in self._signals.items():
            gauge.set(getattr(load, name))
        self._held.labels("audio_unheard").set(sum(one.unheard_bytes for one in holdings))
        self._held.labels("audio_kept").set(sum(one.kept_bytes for one in holdings))
        self._held.labels("text_waiting").set(sum(one.text_bytes for one in holdings))
        self._held.labels("other").set(other_bytes)
        self._unread.set(unread)


class _Refused(Collector):
    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def collect(self) -> Iterable[Metric]:
        """The one counter that is kept by whom it concerns."""
        yield CounterMetricFamily(
            "alie_connections_refused",
            "Connections, and upgrades, for which there was no room",
            self._connections.refused,
        )
