"""Whether new streams should try the primary engine, or begin on the fallback until it is back. Pure.

A stream that begins on an engine which is away loses seconds before it fails over, and each try costs a connection that
leads nowhere. So what one stream has learnt is kept for the next ones: while the primary is known to be away they begin
on the fallback, and one probe at a time, at growing intervals, finds out whether it is back.

One stream alone proves little: its parameters, its vocabulary or its way through the network may be what is wrong, and
a hundred others that do well must not leave for its sake. The primary counts as away when two different streams have
given it up within `AGREE_S` and none has begun to work on it in between, or when there is no other stream live on it
that could speak for it. One stream that works on it is enough for the contrary: it has just been seen to work.
"""

from __future__ import annotations

AGREE_S = 30.0
"""Two streams that give the primary up within this time agree that it is away."""
FIRST_PROBE_S = 15.0
"""After it was lost, the first probe: sooner would come before most vendors have mended anything, and each probe of one
that bills by the stream costs at least 15 s of it."""
LONGEST_PROBE_S = 300.0
"""Each probe that fails doubles the wait up to this: the longest that new streams stay away without need."""


class PrimaryHealth:
    """What all streams together know of the primary. Times in seconds, on any steady clock."""

    def __init__(self) -> None:
        self.is_well = True
        """Whether new streams should begin on the primary."""
        self.due_at: float | None = None
        """When the next probe is due; None while the primary is well."""
        self._wait_s = FIRST_PROBE_S
        self._suspicion: tuple[object, float] | None = None

    def failed_over(self, stream: object, now: float, *, live_elsewhere: int) -> None:
        """A stream gave the primary up.

        Once the primary counts as away this changes nothing more: streams that follow do not put the probe off.

        Args:
            stream: which; told apart by equality.
            now: when.
            live_elsewhere: how many other streams are live on the primary.
        """
        if not self.is_well:
            return
        agrees = self._suspicion is not None and self._suspicion[0] != stream and now <= self._suspicion[1] + AGREE_S
        if live_elsewhere and not agrees:
            self._suspicion = (stream, now)
            return
        self._suspicion = None
        self.is_well = False
        self._wait_s = FIRST_PROBE_S
        self.due_at = now + self._wait_s

    def probe_due(self, now: float) -> bool:
        """Whether a probe should be made. It stays due until its outcome is told: make one at a time."""
        return self.due_at is not None and now >= self.due_at

    def probe_failed(self, now: float) -> None:
        """The primary is still away. Says nothing if a stream has been seen to work on it meanwhile."""
        if self.is_well:
            return
        self._wait_s = min(LONGEST_PROBE_S, self._wait_s * 2)
        self.due_at = now + self._wait_s

    def probe_succeeded(self, now: float) -> None:
        """The primary is back."""
        self.worked(now)

    def worked(self, now: float) -> None:
        """A leg on the primary has told its first result.

        To be told once for each leg: one that was open all along and goes on does not show that a new one can be
        opened, which is what new streams need.
        """
        self.is_well = True
        self.due_at = None
        self._suspicion = None
