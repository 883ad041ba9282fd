"""What is remembered for a while, and never more of it than fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MAX_ENTRIES = 10_000


class Recent(Generic[T]):
    """Values by name, each until its time is over; the one written longest ago gives way where there are too many.

    Args:
        now: the time, in seconds.
        max_entries: how many there may be.
    """

    def __init__(self, now: Callable[[], float], max_entries: int = MAX_ENTRIES) -> None:
        self._now = now
        self._max_entries = max_entries
        self._entries: dict[str, tuple[float, T]] = {}
        self._next_sweep = 0.0

    def put(self, name: str, value: T, until: float) -> None:
        """Remembers `value` until that time, instead of what had the name before."""
        self._sweep()
        self._entries.pop(name, None)
        if len(self._entries) >= self._max_entries:
            del self._entries[next(iter(self._entries))]
        self._entries[name] = (until, value)

    def get(self, name: str) -> T | None:
        """The value; None where there is none any more."""
        until, value = self._entries.get(name, (0.0, None))
        return value if until > self._now() else None

    def _sweep(self) -> None:
        """Forgets what is over: once a minute at most, so that it costs nothing."""
        now = self._now()
        if now >= self._next_sweep:
            self._next_sweep = now + 60
            self._entries = {name: entry for name, entry in self._entries.items() if entry[0] > now}
