"""One direction of a connection: what comes in at one end goes out at the other, when it does. Deterministic."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime

# What a way holds before it takes no more: about what the kernel's buffers of a real one would.
FULL_BYTES, LOW_BYTES = 262_144, 65_536


class Way:
    """Carries bytes from `source` to `sink`, both transports.

    Args:
        clock: the reactor.
        source: is paused while too much is held.
        sink: gets the bytes, in their order.

    Attributes:
        byte_count: taken from the source so far, whatever became of them.
    """

    def __init__(self, clock: IReactorTime, source: Any, sink: Any) -> None:
        self._clock = clock
        self._source = source
        self._sink = sink
        self._held: deque[tuple[float, bytes | Callable[[], None]]] = deque()
        self._held_bytes = 0
        self._free_at = 0.0
        self._delay_s = 0.0
        self._slow_until = self._bytes_per_s = 0.0
        self._timer: IDelayedCall | None = None
        self._swallows = self._is_paused = False
        self.byte_count = 0

    # -- what can befall it --------------------------------------------------------------------------------------

    def hold(self, for_s: float) -> None:
        """Nothing goes on before so many seconds have passed."""
        self._free_at = max(self._free_at, self._clock.seconds() + for_s)

    def delay(self, by_s: float) -> None:
        """From now on everything takes so much longer."""
        self._delay_s = by_s

    def throttle(self, bytes_per_s: float, for_s: float) -> None:
        """For so long no more than this goes through."""
        self._bytes_per_s, self._slow_until = bytes_per_s, self._clock.seconds() + for_s

    def swallow(self) -> None:
        """From now on everything vanishes, also what is held and the end."""
        self._swallows = True
        self._held.clear()
        self._held_bytes = 0
        self._let_source_send()

    # -- what it carries -----------------------------------------------------------------------------------------

    def take(self, data: bytes) -> None:
        """The source sent something."""
        self.byte_count += len(data)
        if self._swallows:
            return
        due_at = self._due_at(len(data))
        if not self._held and due_at <= self._clock.seconds():
            self._sink.write(data)
            return
        self._held_bytes += len(data)
        self._put(due_at, data)
        if self._held_bytes > FULL_BYTES and not self._is_paused:
            self._is_paused = True
            self._source.pauseProducing()

    def end(self, act: Callable[[], None]) -> None:
        """The source has ended; `act` tells the sink, after all that was sent before."""
        if self._swallows:
            return
        due_at = self._due_at(0)
        if self._held or due_at > self._clock.seconds():
            self._put(due_at, act)
        else:
            act()

    def stop(self) -> None:
        """The sink is gone: what is held is for nobody."""
        self.swallow()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due_at(self, size: int) -> float:
        now = self._clock.seconds()
        due_at = max(now + self._delay_s, self._free_at)
        if now < self._slow_until:
            due_at += size / self._bytes_per_s
            self._free_at = due_at
        return due_at

    def _put(self, due_at: float, what: bytes | Callable[[], None]) -> None:
        self._held.append((due_at, what))
        if self._timer is None:
            self._wait()

    def _wait(self) -> None:
        self._timer = self._clock.callLater(max(0.0, self._held[0][0] - self._clock.seconds()), self._release)

    def _release(self) -> None:
        self._timer = None
        now = self._clock.seconds()
        while self._held and self._held[0][0] <= now:
            _, what = self._held.popleft()
            if isinstance(what, bytes):
                self._held_bytes -= len(what)
                self._sink.write(what)
            else:
                what()
        if self._held_bytes < LOW_BYTES:
            self._let_source_send()
        if self._held:
            self._wait()

    def _let_source_send(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._source.resumeProducing()
