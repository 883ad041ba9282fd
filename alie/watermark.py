"""When a level has risen so high that the source must pause, and when it has fallen enough to go on."""

from __future__ import annotations


class Watermark:
    """Tells when a level has risen to `high` and when it has fallen to `low`, once each time."""

    __slots__ = ("_high", "_low", "is_full")

    def __init__(self, high: float, low: float) -> None:
        self._high = high
        self._low = low
        self.is_full = False

    def update(self, level: float) -> bool | None:
        """Takes the new level; returns True when it became full, False when it has room again, else None."""
        if level >= self._high if not self.is_full else level <= self._low:
            self.is_full = not self.is_full
            return self.is_full
        return None
