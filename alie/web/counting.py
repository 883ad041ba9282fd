"""Counters for the `limits` library on the reactor's clock.

Its own memory storage starts a thread for every hit, keeps time by the wall clock, and holds as many keys as strangers
care to make up.
"""

from __future__ import annotations

from collections import OrderedDict

from limits.storage import Storage
from twisted.internet.interfaces import IReactorTime

MAX_KEYS = 100_000


class ClockStorage(Storage):
    """Fixed windows in memory. All methods belong to the reactor thread.

    At most `MAX_KEYS` are kept: beyond that the one that was begun first is forgotten, so that a flood of addresses
    costs its senders' counters, and not memory.

    Args:
        clock: the reactor.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: IReactorTime) -> None:
        super().__init__()
        self._clock = clock
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may fail here: nothing."""
        return RuntimeError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Counts, in a window that begins with the first hit and lasts `expiry` seconds."""
        count, ends_at = self._current(key)
        if not count:
            self._windows.pop(key, None)
            ends_at = self._clock.seconds() + expiry
            self._forget()
        self._windows[key] = (count + amount, ends_at)
        return count + amount

    def get(self, key: str) -> int:
        """Hits in the window that is open; 0 if none is."""
        return self._current(key)[0]

    def get_expiry(self, key: str) -> float:
        """When the open window ends, on the reactor's clock."""
        return self._current(key)[1]

    def check(self) -> bool:
        """Always well."""
        return True

    def reset(self) -> int:
        """Forgets everything; how many windows there were."""
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        """Forgets one window."""
        self._windows.pop(key, None)

    def _current(self, key: str) -> tuple[int, float]:
        now = self._clock.seconds()
        count, ends_at = self._windows.get(key, (0, now))
        return (count, ends_at) if ends_at > now else (0, now)

    def _forget(self) -> None:
        # Windows of one length end in the order in which they began: the first may be over, or must go.
        now = self._clock.seconds()
        while self._windows:
            key, (_, ends_at) = next(iter(self._windows.items()))
            if ends_at > now and len(self._windows) < MAX_KEYS:
                return
            del self._windows[key]
