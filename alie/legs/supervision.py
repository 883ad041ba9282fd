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
from dataclasses import dataclass, replace

from alie.errors import AlieError, EngineRejected, EngineThrottled, EngineUnavailable
from alie.faults import Fault, StreamFailed, fault_of
from alie.legs import orders as do
from alie.legs.account import Account
from alie.legs.leading import SOON_S, Lead
from alie.legs.leg import Course, Flush, Leg, LegState, Trouble
from alie.legs.orders import FALLBACK, PRIMARY, Order
from alie.legs.policy import LegPolicy
from alie.legs.recovery import answer
from alie.speech import StreamSpec, Traits
from alie.transcript import Result
from alie.watermark import Watermark

NEVER = float("inf")
# A longer wait for a seat is told.
_TOLD_AFTER_S = 1.0
# An engine in this process may be making ready: it keeps the audio until it is.
_LOCAL_OPEN_S = 60.0


@dataclass(frozen=True, slots=True)
class Choice:
    """An engine, as far as its legs must be led."""

    name: str
    traits: Traits


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
        self.due_at = NEVER
        self.account = Account(spec.sample_rate_hz)
        self.course = Course(self.account)
        self._spec = spec
        self._engines = engines
        self._chance = chance
        self._new_id = new_id
        self._policy = policy = policy or LegPolicy()
        self._lead = Lead(self.course, spec.sample_rate_hz, policy)
        self._watermark = Watermark(policy.ahead_s, policy.ahead_low_s)
        self._leg: Leg | None = None
        self._generation = 0
        self._begins_on = begins_on
        self._last_engine = PRIMARY
        self._retry_at: float | None = None
        self._fallback_at = 0.0
        self._trouble: Trouble | None = None
        self._told_open = False
        self._told: tuple[str, int, str] | None = None
        self._is_over = False

    # -- what the session asks -----------------------------------------------------------------------------------

    def feed(self, frame: bytes, now: float) -> list[Order]:
        """Takes PCM16 mono audio, whole samples."""
        if self._is_over:
            return []
        orders: list[Order] = []
        self.account.ring.append(frame)
        self.course.fed_at = now
        leg = self._leg
        if self._is_idle:
            orders += self._open(self._begins_on, now)
        elif leg is not None and leg.state is LegState.LIVE:
            wait_s = SOON_S if self._lead.pump(leg, now, orders) else self._policy.silence_after_s
            if self.account.unsent_bytes:
                self.due_at = min(self.due_at, now + wait_s)
        self._weigh(orders)
        return orders

    def flush(self, now: float) -> list[Order]:
        """Ends the open segment; `TellFlushed` follows."""
        if self._is_over:
            return []
        if self._is_idle:
            return [do.TellFlushed()]
        self.course.flushes.append(Flush(self.account.ring.end))
        return self.tick(now)

    def finish(self, now: float) -> list[Order]:
        """No more audio will come; `TellFinished` follows."""
        if self._is_over:
            return []
        self.course.is_finishing = True
        return self._end(do.TellFinished()) if self._is_idle else self.tick(now)

    def tick(self, now: float) -> list[Order]:
        """Time has passed."""
        if self._is_over:
            return []
        orders = self._look_after(self._leg, now)
        if not self._is_over:
            orders += self._grow_impatient(now)
            self._weigh(orders)
            self._reckon(now)
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
        if self._trouble is None or not self._trouble.was_silent:
            orders += self._tell_well(leg)
        return orders + self.tick(now)

    def result(self, generation: int, result: Result, now: float) -> list[Order]:
        """The leg has heard something."""
        leg = self._present(generation)
        account = self.account
        if leg is None or account.leg is None:
            return []
        leg.hear_from(now, account.leg.sent)
        self.course.strikes = 0
        told: list[Order] = [do.Tell(account.accept(result, self._engines[leg.engine].name))]
        if self._trouble is not None:
            self._trouble = None
            told += self._tell_well(leg)
        if result.is_final:
            leg.calm_since = now
            self._reckon(now)
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
        self._leg = None
        self._trouble = None
        flushes = self.course.flushes
        while flushes and flushes[0].position <= self.account.final_at:
            flushes.popleft()
            orders.append(do.TellFlushed())
        engine = leg.engine if leg.next_engine is None else leg.next_engine
        if self.account.unsettled_bytes:
            return orders + self._open(engine, now)
        if self.course.is_finishing:
            return orders + self._end(do.TellFinished())
        self._begins_on = PRIMARY if self.course.is_primary_well else engine
        self._reckon(now)
        return orders

    def failed(self, generation: int, error: AlieError, now: float) -> list[Order]:
        """The leg is dead."""
        leg = self._present(generation)
        return [] if leg is None else self._recover(leg, error, now)

    def backlog(self, generation: int, is_full: bool, now: float) -> list[Order]:
        """The leg takes nothing more for now, or again."""
        leg = self._present(generation)
        if leg is None:
            return []
        leg.is_full = is_full
        return self.tick(now)

    def _present(self, generation: int) -> Leg | None:
        leg = self._leg
        return leg if leg is not None and leg.generation == generation else None

    def _move(self, generation: int, state: LegState, now: float) -> list[Order]:
        leg = self._present(generation)
        if leg is None:
            return []
        leg.state, leg.since = state, now
        return self.tick(now)

    # -- legs that come and go -----------------------------------------------------------------------------------

    @property
    def _is_idle(self) -> bool:
        """Whether there is no leg and none is on its way: everything is settled."""
        return self._leg is None and self._retry_at is None

    def _open(self, engine: int, now: float) -> list[Order]:
        self._retry_at = None
        self._generation += 1
        self._leg = Leg(self._generation, engine, self._engines[engine].traits, now)
        if engine == FALLBACK and self._last_engine == PRIMARY:
            policy = self._policy
            self.course.stay_s = min(policy.stay_longest_s, max(policy.stay_s, 2 * self.course.stay_s))
        self._last_engine = engine
        self.account.begin_leg()
        for flush in self.course.flushes:
            flush.reached_at = None
        self._reckon(now)
        return [do.OpenLeg(self._generation, engine, self._spec)]

    def _look_after(self, leg: Leg | None, now: float) -> list[Order]:
        if leg is None:
            return self._open(PRIMARY, now) if self._retry_at is not None and now >= self._retry_at else []
        if leg.state is LegState.LIVE:
            orders: list[Order] = []
            if self._trouble is not None and now >= leg.opened_at + self._policy.well_after_s:
                self._trouble = None
                orders += self._tell_well(leg)
            if self._lead.tick(leg, now, orders):
                self.course.strikes += 1
                orders += self._drop(leg, Fault.SILENT, "", now)
            return orders
        if leg.state is LegState.ENDING:
            return self._drop(leg, Fault.CONNECTION, "no end", now) if now >= self._lead.end_due_at(leg) else []
        if leg.state is LegState.OPENING:
            late = now >= leg.since + self._open_within_s(leg)
            return self._drop(leg, Fault.CONNECTION, "not opened in time", now) if late else []
        return self._wait(leg, now)

    def _wait(self, leg: Leg, now: float) -> list[Order]:
        """Looks after a leg that waits for a seat."""
        if now >= leg.since + self._policy.spill_after_s and self._may_fall_back(leg.engine, now):
            return [do.AbortLeg(), *self._open(FALLBACK, now)]
        if self._trouble is None and now >= leg.since + _TOLD_AFTER_S:
            self._trouble = Trouble(leg.since)
            return self._tell_state(do.RECOVERING, leg.engine, EngineThrottled())
        return []

    def _drop(self, leg: Leg, fault: Fault, detail: str, now: float) -> list[Order]:
        return [do.AbortLeg(), *self._recover(leg, StreamFailed(fault, detail), now)]

    def _recover(self, leg: Leg, error: AlieError, now: float) -> list[Order]:
        """The leg is gone before its time: says what is done about it."""
        account = self.account
        replayed_s = account.seconds_of((account.leg.sent if account.leg else 0) - account.final_at)
        orders: list[Order] = [do.Tell(result) for result in account.end_leg(is_settled=False)]
        self._leg = None
        trouble = self._trouble = self._trouble or Trouble(now)
        fault = fault_of(error)
        trouble.attempts[fault] += 1
        trouble.was_silent = fault is Fault.SILENT
        decision = answer(fault, trouble.attempts[fault], self._chance(), is_plain=self._spec.without_extras)
        if decision.needs_new_id:
            self._spec = replace(self._spec, session_id=self._new_id())
        if decision.drops_extras and not leg.is_fallback:
            self._spec = replace(self._spec, without_extras=True, vocabulary_name=None)
        detail = error.detail if isinstance(error, StreamFailed) else error.code
        orders.append(do.Note(leg.engine, fault, detail, decision.is_alarm, replayed_s))
        if leg.is_fallback:
            self._fallback_at = now + self._policy.retry_fallback_s
        if not account.unsettled_bytes:
            return orders + self._rest(now)
        orders += self._tell_state(do.RECOVERING, leg.engine, _told(fault))
        is_late = now >= trouble.began_at + self._policy.fail_over_after_s
        if (decision.is_hopeless or is_late) and self._may_fall_back(leg.engine, now):
            return orders + self._open(FALLBACK, now)
        if decision.is_final and len(self._engines) == 1:
            return orders + self._end(do.TellFailed(EngineRejected()))
        self._retry_at = now + decision.delay_s
        self._reckon(now)
        return orders if decision.delay_s else orders + self._open(PRIMARY, now)

    def _rest(self, now: float) -> list[Order]:
        """Nothing was under way when the leg failed: the next audio opens the next one, if any will come."""
        self._trouble = None
        answered: list[Order] = [do.Tell(result) for result in self.account.names.withdraw()]
        answered += [do.TellFlushed() for _ in self.course.flushes]
        self.course.flushes.clear()
        if self.course.is_finishing:
            return answered + self._end(do.TellFinished())
        self._reckon(now)
        return answered

    def _grow_impatient(self, now: float) -> list[Order]:
        """Trouble that lasts: another engine, or the end."""
        trouble, leg = self._trouble, self._leg
        if trouble is None or (leg is not None and leg.state in (LegState.LIVE, LegState.ENDING)):
            return []
        gone: list[Order] = [do.AbortLeg()] if leg is not None else []
        if now >= trouble.began_at + self._policy.give_up_s:
            return [*gone, *self._end(do.TellFailed(EngineUnavailable()))]
        engine = leg.engine if leg is not None else PRIMARY
        if now >= trouble.began_at + self._policy.fail_over_after_s and self._may_fall_back(engine, now):
            return [*gone, *self._open(FALLBACK, now)]
        return []

    # -- small things --------------------------------------------------------------------------------------------

    def _may_fall_back(self, engine: int, now: float) -> bool:
        return engine == PRIMARY and len(self._engines) > 1 and now >= self._fallback_at

    def _open_within_s(self, leg: Leg) -> float:
        return self._policy.open_within_s if leg.is_remote else _LOCAL_OPEN_S

    def _tell_well(self, leg: Leg) -> list[Order]:
        """Tells that an engine listens, if anything else was told last."""
        state = do.FAILED_OVER if leg.is_fallback else do.LIVE
        if self._told is None and not leg.is_fallback:
            return []
        return self._tell_state(state, leg.engine, None)

    def _tell_state(self, state: str, engine: int, error: AlieError | None) -> list[Order]:
        told = (state, engine, error.code if error is not None else "")
        if told == self._told:
            return []
        self._told = told
        return [do.TellStatus(state, engine, error)]

    def _weigh(self, orders: list[Order]) -> None:
        is_full = self._watermark.update(self.account.seconds_of(self.account.unsent_bytes))
        if is_full is not None:
            orders.append(do.TellBacklog(is_full))

    def _end(self, last: Order) -> list[Order]:
        self._is_over = True
        self._leg = self._retry_at = None
        self.due_at = NEVER
        return [last]

    def _reckon(self, now: float) -> None:
        """When the next tick is wanted. A moment that has passed without effect comes again soon."""
        moments = () if self._is_over else self._moments(now)
        self.due_at = min((max(at, now + SOON_S / 2) for at in moments), default=NEVER)

    def _moments(self, now: float) -> list[float]:
        policy, leg, trouble = self._policy, self._leg, self._trouble
        if leg is not None and leg.state is LegState.LIVE:
            moments = self._lead.moments(leg, now)
            return moments if trouble is None else [*moments, leg.opened_at + policy.well_after_s]
        if leg is not None and leg.state is LegState.ENDING:
            return [self._lead.end_due_at(leg)]
        moments = []
        has_fallback = len(self._engines) > 1 and (leg is None or leg.engine == PRIMARY)
        if leg is None:
            moments += [] if self._retry_at is None else [self._retry_at]
        elif leg.state is LegState.OPENING:
            moments.append(leg.since + self._open_within_s(leg))
        else:
            moments += [max(leg.since + policy.spill_after_s, self._fallback_at)] if has_fallback else []
            moments += [leg.since + _TOLD_AFTER_S] if trouble is None else []
        if trouble is not None:
            moments.append(trouble.began_at + policy.give_up_s)
            moments += [max(trouble.began_at + policy.fail_over_after_s, self._fallback_at)] if has_fallback else []
        return moments


def _told(fault: Fault) -> AlieError:
    if fault is Fault.LIMIT:
        return EngineThrottled()
    return EngineRejected() if fault is Fault.PARAMETER else EngineUnavailable()
