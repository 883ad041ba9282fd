"""Leads one stream of speech through legs that come and go: events in, orders out. No socket, no timer, no thread.

    no leg --audio--> OPENING --opened--> LIVE --finish, pause, roll-over--> ENDING --finished--> no leg
                         |  QUEUED          |                                  |
                         +------ failed, or late: back-off, another engine ----+--> the next leg hears again
                                                                                    all that is not final

What is not final is kept, and the next leg begins with it: each word is told once, whoever hears it. Every call names
the time (`now`, seconds on any steady clock); `due_at` says when a `tick` is wanted.
"""

from __future__ import annotations

from collections.abc import Callable

from alie.errors import AlieError
from alie.legs import orders as do
from alie.legs.account import Account
from alie.legs.leading import SOON_S, Lead
from alie.legs.leg import Course, Flush, Leg, LegState
from alie.legs.orders import PRIMARY, Order
from alie.legs.policy import LegPolicy
from alie.legs.succession import Choice, Succession
from alie.speech import StreamSpec
from alie.transcript import Result
from alie.watermark import Watermark


class Supervision:
    """Leads one stream.

    Args:
        spec: of the stream.
        engines: the primary, and the fallback if there is one.
        chance: gives numbers from 0 to 1, for back-off.
        new_id: gives session ids (uuid), for when one is in conflict.
        policy: the numbers.
        begins_on: PRIMARY, or FALLBACK while the primary is known to be away.
    """

    def __init__(
        self,
        spec: StreamSpec,
        engines: tuple[Choice, ...],
        *,
        chance: Callable[[], float],
        new_id: Callable[[], str],
        policy: LegPolicy | None = None,
        begins_on: int = PRIMARY,
    ) -> None:
        policy = policy or LegPolicy()
        self.account = Account(spec.sample_rate_hz)
        self.course = Course(self.account)
        self._policy = policy
        self._lead = lead = Lead(self.course, spec.sample_rate_hz, policy)
        self._watermark = Watermark(policy.ahead_s, policy.ahead_low_s)
        self._legs = Succession(
            spec, engines, self.course, lead, chance=chance, new_id=new_id, policy=policy, begins_on=begins_on
        )
        self._told_open = False

    @property
    def leg(self) -> Leg | None:
        """The present leg."""
        return self._legs.leg

    @property
    def due_at(self) -> float:
        """When a `tick` is wanted."""
        return self._legs.due_at

    # -- what the session asks -----------------------------------------------------------------------------------

    def feed(self, frame: bytes, now: float) -> list[Order]:
        """Takes PCM16 mono audio, whole samples."""
        legs = self._legs
        if legs.is_over:
            return []
        orders: list[Order] = []
        self.account.ring.append(frame)
        self.course.fed_at = now
        leg = legs.leg
        if legs.is_idle:
            orders += legs.begin(now)
        elif leg is not None and leg.state is LegState.LIVE:
            wait_s = SOON_S if self._lead.pump(leg, now, orders) else self._policy.silence_after_s
            if self.account.unsent_bytes:
                legs.due_at = min(legs.due_at, now + wait_s)
        self._weigh(orders)
        return orders

    def flush(self, now: float) -> list[Order]:
        """Ends the open segment; `TellFlushed` follows."""
        if self._legs.is_over:
            return []
        if self._legs.is_idle:
            return [do.TellFlushed()]
        self.course.flushes.append(Flush(self.account.ring.end))
        return self.tick(now)

    def finish(self, now: float) -> list[Order]:
        """No more audio will come; `TellFinished` follows."""
        if self._legs.is_over:
            return []
        self.course.is_finishing = True
        return self._legs.end(do.TellFinished()) if self._legs.is_idle else self.tick(now)

    def tick(self, now: float) -> list[Order]:
        """Time has passed."""
        if self._legs.is_over:
            return []
        orders = self._legs.look_after(now)
        if not self._legs.is_over:
            orders += self._legs.grow_impatient(now)
            self._weigh(orders)
            self._legs.reckon(now)
        return orders

    # -- what a leg says -----------------------------------------------------------------------------------------

    def queued(self, generation: int, now: float) -> list[Order]:
        """The leg must wait for a seat at its engine."""
        return self._move(generation, LegState.QUEUED, now)

    def granted(self, generation: int, now: float) -> list[Order]:
        """The leg has its seat and is being opened."""
        return self._move(generation, LegState.OPENING, now)

    def opened(self, generation: int, now: float) -> list[Order]:
        """The engine has taken the leg: it gets everything that is not final."""
        leg = self._present(generation)
        if leg is None or leg.state is not LegState.OPENING:
            return []
        leg.go_live(now)
        leg.watched_to = self.account.final_at
        orders: list[Order] = [] if self._told_open else [do.TellOpen()]
        self._told_open = True
        trouble = self._legs.trouble
        if trouble is None or not trouble.was_silent:
            orders += self._legs.telling.well(leg)
        return orders + self.tick(now)

    def result(self, generation: int, result: Result, now: float) -> list[Order]:
        """The leg has heard something."""
        leg = self._present(generation)
        account = self.account
        if leg is None or account.leg is None:
            return []
        leg.hear_from(now, account.leg.sent)
        self.course.strikes = 0
        told: list[Order] = [do.Tell(account.accept(result, self._legs.engines[leg.engine].name))]
        if self._legs.trouble is not None:
            self._legs.trouble = None
            told += self._legs.telling.well(leg)
        if result.is_final:
            leg.calm_since = now
            self._legs.reckon(now)
        return told

    def flushed(self, generation: int, now: float) -> list[Order]:
        """The leg has settled everything before its oldest flush."""
        flushes = self.course.flushes
        if self._present(generation) is None or not flushes or flushes[0].reached_at is None:
            return []
        flushes.popleft()
        return [do.TellFlushed()]

    def finished(self, generation: int, now: float) -> list[Order]:
        """The leg has told all, and is gone."""
        leg = self._present(generation)
        if leg is None:
            return []
        orders: list[Order] = [do.Tell(result) for result in self.account.end_leg(is_settled=True)]
        flushes = self.course.flushes
        while flushes and flushes[0].position <= self.account.final_at:
            flushes.popleft()
            orders.append(do.TellFlushed())
        return orders + self._legs.settled(leg, now)

    def failed(self, generation: int, error: AlieError, now: float) -> list[Order]:
        """The leg is dead."""
        leg = self._present(generation)
        return [] if leg is None else self._legs.recover(leg, error, now)

    def backlog(self, generation: int, is_full: bool, now: float) -> list[Order]:
        """The leg takes nothing more for now, or again."""
        leg = self._present(generation)
        if leg is None:
            return []
        leg.is_full = is_full
        return self.tick(now)

    def _present(self, generation: int) -> Leg | None:
        leg = self._legs.leg
        return leg if leg is not None and leg.generation == generation else None

    def _move(self, generation: int, state: LegState, now: float) -> list[Order]:
        leg = self._present(generation)
        if leg is None:
            return []
        leg.state, leg.since = state, now
        return self.tick(now)

    def _weigh(self, orders: list[Order]) -> None:
        is_full = self._watermark.update(self.account.seconds_of(self.account.unsent_bytes))
        if is_full is not None:
            orders.append(do.TellBacklog(is_full))
