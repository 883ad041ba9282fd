"""One leg of a stream: where it stands, and what it needs next. Pure."""

from __future__ import annotations

import enum
from collections import Counter, deque
from dataclasses import dataclass, field

from alie.faults import Fault
from alie.legs.account import Account
from alie.legs.orders import FALLBACK
from alie.speech import Traits


class LegState(enum.Enum):
    """Where a leg stands; when it is gone there is none."""

    OPENING = enum.auto()
    """Asked for."""
    QUEUED = enum.auto()
    """Asked for, and told to wait for a seat."""
    LIVE = enum.auto()
    """Taken by the engine."""
    ENDING = enum.auto()
    """Told that no more audio will come."""


@dataclass(slots=True)
class Leg:
    """The present leg. Times in seconds on the caller's clock, positions in bytes of the session.

    Attributes:
        generation: counts the legs of a stream; what comes from another one is ignored.
        engine: PRIMARY or FALLBACK.
        traits: the engine's.
        since: when it was asked for, or began to wait.
        opened_at: when the engine took it.
        answered_at: when it last told something, or began to.
        calm_since: when its last segment ended.
        silence_at: when it may be given silence next.
        watched_at: when the watchdog last looked.
        watched_to: up to where it has looked.
        speech_s: speech it has found since the last answer.
        is_full: takes nothing more for now.
        next_engine: where to go on when it has ended.
    """

    generation: int
    engine: int
    traits: Traits
    since: float
    state: LegState = LegState.OPENING
    opened_at: float = 0.0
    answered_at: float = 0.0
    calm_since: float = 0.0
    silence_at: float = 0.0
    watched_at: float = 0.0
    watched_to: int = 0
    speech_s: float = 0.0
    is_full: bool = False
    next_engine: int | None = None

    @property
    def is_fallback(self) -> bool:
        """Whether another engine has taken over."""
        return self.engine == FALLBACK

    @property
    def is_remote(self) -> bool:
        """Whether it must be kept alive and watched."""
        return self.traits.starves_after_s is not None

    def go_live(self, now: float) -> None:
        """The engine has taken it."""
        self.state = LegState.LIVE
        self.opened_at = self.answered_at = self.calm_since = self.watched_at = self.silence_at = now

    def hear_from(self, now: float, sent: int) -> None:
        """It has told something; `sent` is the audio it had by then."""
        self.answered_at = self.watched_at = now
        self.watched_to = sent
        self.speech_s = 0.0


@dataclass(slots=True)
class Flush:
    """A flush that waits for its answer.

    Attributes:
        position: everything before it must be final.
        reached_at: when the leg had all of it; None: not yet.
    """

    position: int
    reached_at: float | None = None


@dataclass(slots=True)
class Trouble:
    """Legs that fail in a row.

    Attributes:
        began_at: when the first one did.
        attempts: how many have, by fault: an outage must not make the answer to another fault a late one.
        was_silent: whether the last one seemed to listen: that the next one opens says little.
    """

    began_at: float
    attempts: Counter[Fault] = field(default_factory=Counter)
    was_silent: bool = False


@dataclass(slots=True)
class Course:
    """What a stream's legs have to do, whichever leg does it.

    Attributes:
        account: of the audio.
        fed_at: when the session last gave audio.
        flushes: unanswered, oldest first.
        is_finishing: the session will give no more.
        is_primary_well: whether a stream that has failed over may go back.
        strikes: how many legs in a row were dead while they seemed to listen.
        stay_s: how long a leg of the fallback is not left again: longer each time it was needed.
    """

    account: Account
    fed_at: float = 0.0
    flushes: deque[Flush] = field(default_factory=deque)
    is_finishing: bool = False
    is_primary_well: bool = False
    strikes: int = 0
    stay_s: float = 0.0
