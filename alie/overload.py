"""How much the daemon takes on while it has too much to do: steps that are climbed one at a time. Pure.

    NORMAL    everything
    SPARING   partials come once a second at most for each session, the newest; finals as always
    REFUSING  besides, no new dictation is begun: CAPACITY, which may be tried again; those under way go on
    SHUT      besides, no new WebSocket is opened: 503 with Retry-After, before the upgrade

What is cheapest for those who dictate comes first, and nothing that was begun is ended: to end a session would lose
words in order to save time. Each signal has for each step a value at which it begins and a lower one at which it ends.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields

NEVER = float("inf")
RISE_S = 2.0
"""That a signal must hold before a step is climbed: one long garbage collection is no overload."""

LEAST_S = 5.0
"""That every step lasts at least, up or down: what it brings must be seen before the next is judged."""

FALL_S = 10.0
"""Without any signal, before a step is left. Doubles with every relapse within `RELAPSE_S`, up to `LONGEST_FALL_S`."""

LONGEST_FALL_S = 160.0
RELAPSE_S = 60.0


class Step(enum.IntEnum):
    """See the module."""

    NORMAL = 0
    SPARING = 1
    REFUSING = 2
    SHUT = 3


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured in the last second.

    Attributes:
        delay_s: mean lateness of a timer on the reactor.
        busy: share of one core that the reactor's thread has used, 0 to 1.
        memory: what is held for clients, as a share of what may be.
        backlog_s: audio that the engine has not heard yet, in the median of all sessions, without what came faster than
            it can have been spoken: a file that is sent is no overload.
    """

    delay_s: float = 0.0
    busy: float = 0.0
    memory: float = 0.0
    backlog_s: float = 0.0


# Where each step begins, and where it ends again: so far apart that a step does not take away the signal that keeps it,
# since fewer partials are less work.
BOUNDS: dict[str, dict[Step, tuple[float, float]]] = {
    "delay_s": {Step.SPARING: (0.05, 0.02), Step.REFUSING: (0.25, 0.05), Step.SHUT: (1.0, 0.25)},
    "busy": {Step.SPARING: (0.85, 0.65), Step.REFUSING: (0.95, 0.80)},
    "memory": {Step.REFUSING: (0.75, 0.60), Step.SHUT: (0.95, 0.80)},
    "backlog_s": {Step.SPARING: (4.0, 2.0), Step.REFUSING: (10.0, 5.0)},
}
SENTENCES = {
    "delay_s": "the reactor is {0:.2f} s late",
    "busy": "the reactor is busy for {0:.0%} of the time",
    "memory": "{0:.0%} of the memory for clients is in use",
    "backlog_s": "the engine is {0:.1f} s behind",
}


class Overload:
    """Takes what was measured, about once a second, and says on which step the daemon is.

    Attributes:
        step: the present one.
        load: what was measured last.
    """

    def __init__(self) -> None:
        self.step = Step.NORMAL
        self.load = Load()
        self._since = -NEVER
        self._left_at = -NEVER
        self._fall_s = FALL_S
        self._high_since: float | None = None
        self._low_since: float | None = None

    @property
    def retry_after_s(self) -> int:
        """When somebody who is turned away may try again."""
        return int(self._fall_s)

    @property
    def reasons(self) -> list[str]:
        """What keeps the daemon on its step, in sentences; empty on NORMAL."""
        if self.step is Step.NORMAL:
            return []
        held = [name for name in BOUNDS if self._is_over(name, self.step, is_entered=True)]
        told = [SENTENCES[name].format(getattr(self.load, name)) for name in held]
        return told or ["it was until a moment ago"]

    def feed(self, load: Load, now: float) -> Step:
        """Takes what was measured up to now, in seconds on any steady clock; gives the step from now on."""
        self.load = load
        is_high = self.step < Step.SHUT and self._asks_for(Step(self.step + 1), is_entered=False)
        is_low = self.step > Step.NORMAL and not self._asks_for(self.step, is_entered=True)
        self._high_since = _since(self._high_since, now, is_high)
        self._low_since = _since(self._low_since, now, is_low)
        if now < self._since + LEAST_S:
            return self.step
        if self._high_since is not None and now >= self._high_since + RISE_S:
            self._climb(now)
        elif self._low_since is not None and now >= self._low_since + self._fall_s:
            self._descend(now)
        return self.step

    def _climb(self, now: float) -> None:
        if now < self._left_at + RELAPSE_S:
            self._fall_s = min(LONGEST_FALL_S, 2 * self._fall_s)
        elif self.step is Step.NORMAL:
            self._fall_s = FALL_S
        self._go(Step(self.step + 1), now)

    def _descend(self, now: float) -> None:
        self._left_at = now
        self._go(Step(self.step - 1), now)

    def _go(self, step: Step, now: float) -> None:
        self.step, self._since = step, now
        self._high_since = self._low_since = None

    def _asks_for(self, step: Step, *, is_entered: bool) -> bool:
        steps = [one for one in Step if one >= step]
        return any(self._is_over(name, one, is_entered=is_entered) for name in BOUNDS for one in steps)

    def _is_over(self, name: str, step: Step, *, is_entered: bool) -> bool:
        begins, ends = BOUNDS[name].get(step, (NEVER, NEVER))
        return bool(getattr(self.load, name) >= (ends if is_entered else begins))


def _since(since: float | None, now: float, is_so: bool) -> float | None:
    """Since when something is so without a break; None: it is not."""
    if not is_so:
        return None
    return now if since is None else since


assert set(BOUNDS) == set(SENTENCES) == {field.name for field in fields(Load)}
