"""How much of the reactor's time some kind of work may take, so that a rush of it cannot starve the rest. Pure."""

from __future__ import annotations


class FairShare:
    """A leaky bucket of time: work fills it as long as it takes, and it runs out at `share` of real time.

    Args:
        share: of all time, 0 to 1, that the work may take in the long run.
        burst_s: of work in a row, after a rest, before it has to wait.
    """

    __slots__ = ("_credit_s", "_paid_at", "_share")

    def __init__(self, share: float, burst_s: float) -> None:
        self._share = share
        # While work goes on, time passes, too: a debt grows by what is left of it only.
        self._credit_s = burst_s * (1 - share) / share
        self._paid_at = 0.0

    def wait_s(self, now: float) -> float:
        """How long work must wait that comes now; 0: it may be done."""
        return max(0.0, self._paid_at - now - self._credit_s)

    def spend(self, took_s: float, now: float) -> None:
        """Work that took so long has just been done."""
        self._paid_at = max(self._paid_at, now - took_s) + took_s / self._share
