"""Who may open a leg at the vendor now, so that an account's quotas are never met: seats, a rate, and a queue. Pure.

The vendor counts three things against an account: streams at once, streams opened in a second, and how quickly their
number grows; whoever goes over is refused, and so are its neighbours. So the bounds here are set below the quotas, and
who must wait does so here, first come, first served. Should the vendor refuse all the same (another daemon may share
the account, a quota may have been lowered), the bounds shrink to what went well and grow back step by step.
"""

from __future__ import annotations

from collections import OrderedDict

SLOW_S = 30.0
"""After a refusal the bounds stay low for this long."""
STEP_S = 10.0
"""Then, this often, they get a step back."""
STEPS = 10
"""So many steps are the whole way from nothing to what was configured."""
LEAST_PER_S = 0.5
"""However often the vendor refuses, this many legs a second may be opened (or what was configured, if it is less)."""

# Legs opened together are refused together: that counts as one sign that the rate is too high.
_SAME_BURST_S = 1.0
# Of a token: what sums of floats may lack.
_ROUNDING = 1e-6
_NEVER = float("inf")


class Governor:
    """Grants seats for legs to tickets.

    A ticket is any hashable value, the caller's own name for one leg; it is known from `ask` until `give_back`. All
    calls are O(1), `grants` O(1) for each ticket it gives. Times in seconds, on any steady clock.

    Args:
        most: legs at once, at least 1.
        opens_per_s: legs opened in a second in the long run, above 0. As many may be opened at once after a rest (at
            least one), so that no second ever sees more than twice as many: set it to half of the vendor's rate where
            that is known to count without mercy.
    """

    def __init__(self, most: int, opens_per_s: float) -> None:
        self.most = most
        """Legs at once, as last reckoned: lower for a while when the vendor has refused one."""
        self._most_configured = most
        self._per_s_configured = opens_per_s
        self._pace = _Pace(opens_per_s)
        self._seated: set[object] = set()
        self._queue: OrderedDict[object, None] = OrderedDict()
        self._slowed_at = -_NEVER
        self._least = 1
        self._step_at = _NEVER

    @property
    def open(self) -> int:
        """Seats taken."""
        return len(self._seated)

    @property
    def queued(self) -> int:
        """Tickets that wait."""
        return len(self._queue)

    @property
    def opens_per_s(self) -> float:
        """Legs opened in a second, as last reckoned: lower for a while when the vendor has refused one."""
        return self._pace.per_s

    def ask(self, ticket: object, now: float) -> bool:
        """Asks for a seat.

        Returns:
            True: it has one. False: it is queued, and `grants` will give it; asking again neither harms nor helps.
        """
        if ticket in self._seated:
            return True
        self._grow_back(now)
        if not self._queue and self._has_room(now):
            self._seat(ticket, now)
            return True
        self._queue.setdefault(ticket)
        return False

    def give_back(self, ticket: object) -> None:
        """The ticket's leg is gone at the vendor, or it does not want one any more. `grants` may have something now.

        May be called for any ticket, repeatedly.
        """
        self._seated.discard(ticket)
        self._queue.pop(ticket, None)

    def grants(self, now: float) -> list[object]:
        """Tickets that have a seat from now on, in the order in which they asked."""
        self._grow_back(now)
        granted: list[object] = []
        while self._queue and self._has_room(now):
            ticket, _ = self._queue.popitem(last=False)
            self._seat(ticket, now)
            granted.append(ticket)
        return granted

    def due_at(self, now: float) -> float | None:
        """When `grants` may have something though no seat is given back; None: never."""
        self._grow_back(now)
        if not self._queue:
            return None
        at = min(self._pace.ready_at, self._step_at) if self.open < self.most else self._step_at
        return None if at == _NEVER else max(now, at)

    def slow_down(self, now: float) -> None:
        """The vendor has refused a leg for its quota. Call it while that leg still has its seat.

        The refused leg was one too many: so many less one may be open. The rate halves, and nothing is left of the
        burst. Legs that were opened together and are refused together halve the rate once, and take at most half of
        the seats: that all of them are refused says that they came too quickly, not that there is room for one.
        """
        self._grow_back(now)
        is_new = now >= self._slowed_at + _SAME_BURST_S
        if is_new:
            self._least = max(1, self.open // 2)
        self.most = min(self.most, max(self._least, self.open - 1))
        if is_new:
            floor = min(LEAST_PER_S, self._per_s_configured)
            self._pace.change(max(floor, self._pace.per_s / 2), now)
            self._pace.empty(now)
            self._slowed_at = now
        self._step_at = now + SLOW_S

    def _has_room(self, now: float) -> bool:
        return self.open < self.most and now >= self._pace.ready_at

    def _seat(self, ticket: object, now: float) -> None:
        self._seated.add(ticket)
        self._pace.take(now)

    def _grow_back(self, now: float) -> None:
        """Takes the steps that are due: at most `STEPS`, then all is as configured."""
        while now >= self._step_at:
            most, per_s = self._most_configured, self._per_s_configured
            self.most = min(most, self.most + max(1, most // STEPS))
            self._pace.change(min(per_s, self._pace.per_s + per_s / STEPS), self._step_at)
            is_whole = self.most == most and self._pace.per_s == per_s
            self._step_at = _NEVER if is_whole else self._step_at + STEP_S


class _Pace:
    """A token bucket that holds one second's worth, at least one token, told by the time at which it is full again.

    Kept as a time and not as a level, so that `ready_at` is the very moment from which on `take` is allowed: a level
    that is reckoned again at that moment may, by rounding, lack a little, and its owner would try again for ever.
    """

    __slots__ = ("_full_at", "per_s")

    def __init__(self, per_s: float) -> None:
        self.per_s = per_s
        self._full_at = -_NEVER

    @property
    def ready_at(self) -> float:
        """From when on there is a token."""
        return self._full_at - (self._size - 1 + _ROUNDING) / self.per_s

    def take(self, now: float) -> None:
        self._full_at = max(self._full_at, now) + 1 / self.per_s

    def empty(self, now: float) -> None:
        self._full_at = now + self._size / self.per_s

    def change(self, per_s: float, now: float) -> None:
        """Another rate from now on. The tokens that are there stay, as far as the bucket holds them."""
        missing = max(0.0, (self._full_at - now) * self.per_s)
        tokens = self._size - missing
        self.per_s = per_s
        self._full_at = now + (self._size - min(tokens, self._size)) / per_s

    @property
    def _size(self) -> float:
        return max(1.0, self.per_s)
