"""How often and how long a client that was cut off tries to come back. Pure: the clock and chance come from outside."""

from __future__ import annotations

from alie.back_off import BackOff

# A server that restarts is back within this, its model loaded, and so is a network that was changed.
PATIENCE_S = 120.0
_BACK_OFF = BackOff(first_s=0.5, longest_s=10.0)


class Patience:
    """Counts attempts since the dictation got anywhere.

    Attributes:
        attempts: waits granted since then.
    """

    def __init__(self) -> None:
        self.attempts = 0
        self._since_s: float | None = None

    def delay_s(self, now_s: float, chance: float, least_s: float = 0.0) -> float | None:
        """How long to wait before the next attempt; None once `PATIENCE_S` are over.

        Args:
            now_s: on any steady clock.
            chance: 0..1, at random.
            least_s: what the server has asked for.
        """
        if self._since_s is None:
            self._since_s = now_s
        left_s = self._since_s + PATIENCE_S - now_s
        if left_s <= 0:
            return None
        self.attempts += 1
        return min(left_s, least_s + _BACK_OFF.delay_s(self.attempts, chance))

    def reset(self) -> None:
        """The dictation got somewhere."""
        self.attempts = 0
        self._since_s = None
