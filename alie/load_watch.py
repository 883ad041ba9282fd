"""Looks once a second at how much the daemon has to do and holds, and has others act on it. Reactor thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from weakref import WeakSet

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from alie.budget import Budget, Holder, Holding
from alie.connections import RETRY_AFTER_S, Connections
from alie.errors import AlieError, Capacity
from alie.load_metrics import LoadMetrics
from alie.load_settings import LoadSettings
from alie.overload import Load, Overload, Step
from alie.thrift import Thrift

INTERVAL_S = 1.0


class LoadWatch:
    """Measures, and steps up and down as `alie.overload` says.

    Args:
        clock: the reactor.
        settings: bounds, and whether load is shed at all.
        connections: how many there are.
        metrics: where it is told.
        lateness: mean lateness of the reactor since it was asked last, in seconds.
        detached: how many sessions wait for their clients to come back.
        other_bytes: what is held for nobody in particular, such as bodies of requests.
        cpu: seconds of processor that this thread has used.

    Attributes:
        thrift: switched on from SPARING.
        holders: sessions, for as long as they live; they come and go by themselves.
    """

    _log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        settings: LoadSettings,
        connections: Connections,
        metrics: LoadMetrics,
        *,
        lateness: Callable[[], float],
        detached: Callable[[], int],
        other_bytes: Callable[[], int],
        cpu: Callable[[], float] = time.thread_time,
    ) -> None:
        self._clock = clock
        self._sheds = settings.sheds
        self._connections = connections
        self._detached = detached
        self._metrics = metrics
        self._lateness = lateness
        self._other_bytes = other_bytes
        self._cpu = cpu
        self._overload = Overload()
        self._budget: Budget[Holder] = Budget(settings.memory_bytes)
        self._measured_at = self._cpu_s = 0.0
        self._loop = LoopingCall(self._look)
        self._loop.clock = clock
        self.thrift = Thrift()
        self.holders: WeakSet[Holder] = WeakSet()

    def start(self) -> None:
        """Begins to look."""
        self._measured_at, self._cpu_s = self._clock.seconds(), self._cpu()
        self._loop.start(INTERVAL_S, now=False)

    def stop(self) -> None:
        """Ends it; everybody is read again."""
        if self._loop.running:
            self._loop.stop()

    @property
    def step(self) -> Step:
        """The present one; NORMAL where nothing is shed."""
        return self._overload.step if self._sheds else Step.NORMAL

    @property
    def has_memory(self) -> bool:
        """Whether somebody new may begin to hold something."""
        return not self._budget.is_spent

    def check(self) -> None:
        """Whether a dictation may begin now.

        Raises:
            Capacity: not now.
        """
        if self.step >= Step.REFUSING:
            raise Capacity("The server is busy; try again shortly", retry_after_s=self._overload.retry_after_s)
        if not self.has_memory:
            raise Capacity("The server is short of memory; try again shortly", retry_after_s=RETRY_AFTER_S)

    def refusal(self) -> AlieError | None:
        """Why no WebSocket may be opened now; None: one may. As long as somebody may come back to a session, it may."""
        is_crowded = self._connections.is_crowded
        if not (is_crowded or self.step is Step.SHUT) or self._detached():
            return None
        self._connections.refused += 1
        if is_crowded:
            return Capacity("Too many connections; try again shortly", retry_after_s=RETRY_AFTER_S)
        return Capacity("The server is busy; try again shortly", retry_after_s=self._overload.retry_after_s)

    def problems(self) -> list[str]:
        """Why no dictation may begin, in sentences for the operator; empty if one may."""
        if self.step >= Step.REFUSING:
            return [f"Overloaded ({self.step.name.lower()}): {'; '.join(self._overload.reasons)}"]
        return [] if self.has_memory else ["All memory for clients is in use"]

    def notes(self) -> list[str]:
        """What the operator should know though dictations may begin, in sentences."""
        if self.step is Step.SPARING:
            return [f"Fewer partials are sent: {'; '.join(self._overload.reasons)}"]
        return []

    def _look(self) -> None:
        now, cpu_s = self._clock.seconds(), self._cpu()
        passed_s = max(now - self._measured_at, 1e-3)
        holdings = {holder: holder.holding() for holder in self.holders}
        other_bytes = self._other_bytes()
        self._weigh(holdings, other_bytes)
        backlogs = [one.behind_s for one in holdings.values() if one.behind_s is not None]
        load = Load(
            delay_s=self._lateness(),
            busy=(cpu_s - self._cpu_s) / passed_s,
            memory=self._budget.share,
            backlog_s=median(backlogs) if backlogs else 0.0,
        )
        self._measured_at, self._cpu_s = now, cpu_s
        self._act(load, now)
        self._metrics.tell(load, self.step, list(holdings.values()), other_bytes, len(self._budget.held))

    def _weigh(self, holdings: dict[Holder, Holding], other_bytes: int) -> None:
        before = set(self._budget.held)
        sizes = {holder: holding.total_bytes for holder, holding in holdings.items()}
        self._budget.weigh(sizes, other_bytes)
        for holder in before - self._budget.held:
            holder.hold(False)
        # Again for those who are held already: they may have another socket by now.
        for holder in self._budget.held:
            holder.hold(True)

    def _act(self, load: Load, now: float) -> None:
        before = self.step
        self._overload.feed(load, now)
        if self.step is before:
            return
        self.thrift.is_on = self.step >= Step.SPARING
        is_worse = self.step > before
        log = self._log.warn if is_worse else self._log.info
        reasons = "; ".join(self._overload.reasons) if is_worse else "there is room again"
        log(
            "Load: {before} to {step}: {reasons}",
            event="load.step",
            before=before.name,
            step=self.step.name,
            reasons=reasons,
        )
