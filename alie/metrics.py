"""Prometheus metrics of one daemon: sessions, audio, latencies, errors by code, reactor delay. Nothing personal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from alie.errors import Capacity, EngineRejected, EngineThrottled, EngineUnavailable, Internal

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4.encode()
LATENCY_BUCKETS_S = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
DELAY_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0)
PROBE_S = 0.05
_HAIR = 1e-3
# Of a counter that is not there yet, Prometheus sees no increase when the first one comes.
ALERTED = (Capacity, EngineRejected, EngineThrottled, EngineUnavailable, Internal)


class Metrics:
    """The counters of one daemon, in a registry of their own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.sockets = Gauge("alie_sockets", "Open WebSockets", registry=registry)
        self.sessions = Gauge("alie_sessions", "Sessions with a stream_ready", registry=registry)
        self.ended = Counter("alie_sessions_ended", "Sessions by how they ended", ["outcome"], registry=registry)
        self.detached = Gauge("alie_sessions_detached", "Sessions that wait for their client", registry=registry)
        self.resumed = Counter("alie_sessions_resumed", "Clients that came back to a session", registry=registry)
        self.replay = Gauge("alie_replay_bytes", "Results kept for clients that may come back", registry=registry)
        self.audio = Counter("alie_audio_seconds", "Audio received, in seconds", registry=registry)
        self.lost = Counter("alie_audio_lost_seconds", "Audio that no engine heard, in seconds", registry=registry)
        self.results = Counter("alie_results", "Results sent", ["kind"], registry=registry)
        self.latency = Histogram(
            "alie_result_latency_seconds",
            "From the arrival of the last audio in a result to its sending",
            ["kind"],
            registry=registry,
            buckets=LATENCY_BUCKETS_S,
        )
        # Looked up once: `labels` would cost as much as all the rest of a result.
        kinds = ("partial", "final")
        self._of_results = {kind: (self.results.labels(kind), self.latency.labels(kind)) for kind in kinds}
        self.errors = Counter("alie_errors", "Errors told to clients, by code", ["code"], registry=registry)
        for error in ALERTED:
            self.errors.labels(error.code)
        self.ignored = Counter("alie_messages_ignored", "Messages that were ignored", registry=registry)
        self.log_lost = Gauge("alie_log_lines_lost", "Lines of the log that could not be written", registry=registry)
        self.delay = Histogram(
            "alie_reactor_delay_seconds",
            "Lateness of a timer that is due every 50 ms",
            registry=registry,
            buckets=DELAY_BUCKETS_S,
        )

    def watch(self, gauges: Mapping[str, Callable[[], float]]) -> None:
        """Adds an engine's own figures, by name, each asked when it is wanted."""
        for name, ask in gauges.items():
            Gauge(f"alie_engine_{name}", "Figure of the speech engine", registry=self.registry).set_function(ask)

    def count(self, what: str, delay_s: float | None) -> None:
        """Counts what a session reports: "partial", "final", "ignored", or the code of an error.

        Args:
            what: as above.
            delay_s: for results, seconds since their last audio arrived, where it is known.
        """
        if what == "ignored":
            self.ignored.inc()
        elif what in self._of_results:
            counter, latency = self._of_results[what]
            counter.inc()
            if delay_s is not None:
                latency.observe(delay_s)
        else:
            self.errors.labels(what).inc()

    def exposition(self) -> bytes:
        """All of it as text for a scraper."""
        return generate_latest(self.registry)


class DelayProbe:
    """Measures how late the reactor runs a timer: the one number that shows anything blocking it.

    Args:
        clock: the reactor.
        metrics: where the lateness goes.
    """

    def __init__(self, clock: IReactorTime, metrics: Metrics) -> None:
        self._clock = clock
        self._metrics = metrics
        self._began_at = 0.0
        self._due = 1  # in multiples of PROBE_S since then
        self._late_s = 0.0
        self._ticks = 0
        self._loop = LoopingCall(self._tick)
        self._loop.clock = clock

    def start(self) -> None:
        """Begins to measure."""
        self._began_at = self._clock.seconds()
        self._due = 1
        self._loop.start(PROBE_S, now=False)

    def stop(self) -> None:
        """Ends it."""
        if self._loop.running:
            self._loop.stop()

    def mean_s(self) -> float:
        """Mean lateness since this was asked last, in seconds; 0 if nothing was measured."""
        mean_s = self._late_s / self._ticks if self._ticks else 0.0
        self._late_s, self._ticks = 0.0, 0
        return mean_s

    def _tick(self) -> None:
        # Whole numbers from the beginning, as a LoopingCall counts: sums of times drift by milliseconds an hour.
        passed_s = self._clock.seconds() - self._began_at
        late_s = max(0.0, passed_s - self._due * PROBE_S)
        self._metrics.delay.observe(late_s)
        self._late_s += late_s
        self._ticks += 1
        # It skips what it missed. A clock may show a moment a hair before it.
        self._due = int(passed_s / PROBE_S + _HAIR) + 1
