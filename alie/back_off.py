"""How long to wait before something that has failed is tried again. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackOff:
    """Waits that double up to a bound.

    Attributes:
        first_s: the first one, in seconds.
        longest_s: the bound.
        free: how many failures in a row are answered at once.
    """

    first_s: float
    longest_s: float
    free: int = 0

    def delay_s(self, attempt: int, chance: float) -> float:
        """Seconds to wait after failure number `attempt` in a row (1, 2, ...); `chance` is 0..1, at random."""
        # Half of it by chance: those who failed together must not come back together.
        if attempt <= self.free:
            return 0.0
        whole: float = min(self.longest_s, self.first_s * 2 ** min(attempt - self.free - 1, 20))
        return whole * (0.5 + chance / 2)
