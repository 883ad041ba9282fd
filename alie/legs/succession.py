"""Legs that come and go: which is opened when, at which engine, and what is done when one fails. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from alie.errors import AlieError, EngineRejected, EngineThrottled, EngineUnavailable
from alie.faults import Fault, StreamFailed, fault_of
from alie.legs import orders as do
from alie.legs.leading import SOON_S, Lead
from alie.legs.leg import Course, Leg, LegState, Trouble
from alie.legs.orders import FALLBACK, PRIMARY, Order
from alie.legs.policy import LegPolicy
from alie.legs.recovery import Answer, answer
from alie.legs.telling import Telling, as_told
from alie.speech import StreamSpec, Traits

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


class Succession:
    """The legs of one stream.

    Args:
        spec: of the stream.
        engines: the primary, and the fallback if there is one.
        course: what the legs have to do.
        lead: leads the one that is live.
        chance: gives numbers from 0 to 1, for back-off.
        new_id: gives session ids (uuid), for when one is in conflict.
        policy: the numbers.
        begins_on: PRIMARY, or FALLBACK while the primary is known to be away.

    Attributes:
        engines: as above.
        leg: the present one.
        trouble: since legs began to fail, if the last one did.
        telling: what the client knows of that.
        due_at: when the next look is wanted.
        is_over: the stream has ended.
    """

    def __init__(
        self,
        spec: StreamSpec,
        engines: tuple[Choice, ...],
        course: Course,
        lead: Lead,
        *,
        chance: Callable[[], float],
        new_id: Callable[[], str],
        policy: LegPolicy,
        begins_on: int,
    ) -> None:
        self.engines = engines
        self.leg: Leg | None = None
        self.trouble: Trouble | None = None
        self.telling = Telling()
        self.due_at = NEVER
        self.is_over = False
        self._spec = spec
        self._course = course
        self._lead = lead
        self._chance = chance
        self._new_id = new_id
        self._policy = policy
        self._begins_on = begins_on
        self._generation = 0
        self._last_engine = PRIMARY
        self._retry_at: float | None = None
        self._fallback_at = 0.0

    @property
    def is_idle(self) -> bool:
        """Whether there is no leg and none is on its way: everything is settled."""
        return self.leg is None and self._retry_at is None

    def begin(self, now: float) -> list[Order]:
        """Opens a leg where one is due."""
        return self._open(self._begins_on, now)

    def settled(self, leg: Leg, now: float) -> list[Order]:
        """The leg has told all, and is gone: opens another if there is still something to hear."""
        self.leg = None
        self.trouble = None
        engine = leg.engine if leg.next_engine is None else leg.next_engine
        if self._course.account.unsettled_bytes:
            return self._open(engine, now)
        if self._course.is_finishing:
            return self.end(do.TellFinished())
        self._begins_on = PRIMARY if self._course.is_primary_well else engine
        self.reckon(now)
        return []

    def end(self, last: Order) -> list[Order]:
        """Nothing comes after this."""
        self.is_over = True
        self.leg = self._retry_at = None
        self.due_at = NEVER
        return [last]

    # -- as time passes ------------------------------------------------------------------------------------------

    def look_after(self, now: float) -> list[Order]:
        """The present leg, or the one that is to come."""
        leg = self.leg
        if leg is None:
            return self._open(PRIMARY, now) if self._retry_at is not None and now >= self._retry_at else []
        if leg.state is LegState.LIVE:
            return self._look_after_live(leg, now)
        if leg.state is LegState.ENDING:
            return self._drop(leg, Fault.CONNECTION, "no end", now) if now >= self._lead.end_due_at(leg) else []
        if leg.state is LegState.OPENING:
            late = now >= leg.since + self._open_within_s(leg)
            return self._drop(leg, Fault.CONNECTION, "not opened in time", now) if late else []
        return self._wait(leg, now)

    def grow_impatient(self, now: float) -> list[Order]:
        """Trouble that lasts: another engine, or the end."""
        trouble, leg = self.trouble, self.leg
        if trouble is None or (leg is not None and leg.state in (LegState.LIVE, LegState.ENDING)):
            return []
        gone: list[Order] = [do.AbortLeg()] if leg is not None else []
        if now >= trouble.began_at + self._policy.give_up_s:
            return [*gone, *self.end(do.TellFailed(EngineUnavailable()))]
        engine = leg.engine if leg is not None else PRIMARY
        if now >= trouble.began_at + self._policy.fail_over_after_s and self._may_fall_back(engine, now):
            return [*gone, *self._open(FALLBACK, now)]
        return []

    def _look_after_live(self, leg: Leg, now: float) -> list[Order]:
        orders: list[Order] = []
        if self.trouble is not None and now >= leg.opened_at + self._policy.well_after_s:
            self.trouble = None
            orders += self.telling.well(leg)
        if self._lead.tick(leg, now, orders):
            self._course.strikes += 1
            orders += self._drop(leg, Fault.SILENT, "", now)
        return orders

    def _wait(self, leg: Leg, now: float) -> list[Order]:
        """Looks after a leg that waits for a seat."""
        if now >= leg.since + self._policy.spill_after_s and self._may_fall_back(leg.engine, now):
            return [do.AbortLeg(), *self._open(FALLBACK, now)]
        if self.trouble is None and now >= leg.since + _TOLD_AFTER_S:
            self.trouble = Trouble(leg.since)
            return self.telling.recovering(leg.engine, EngineThrottled())
        return []

    # -- one after the other -------------------------------------------------------------------------------------

    def _open(self, engine: int, now: float) -> list[Order]:
        self._retry_at = None
        self._generation += 1
        self.leg = Leg(self._generation, engine, self.engines[engine].traits, now)
        if engine == FALLBACK and self._last_engine == PRIMARY:
            policy = self._policy
            self._course.stay_s = min(policy.stay_longest_s, max(policy.stay_s, 2 * self._course.stay_s))
        self._last_engine = engine
        self._course.account.begin_leg()
        for flush in self._course.flushes:
            flush.reached_at = None
        self.reckon(now)
        return [do.OpenLeg(self._generation, engine, self._spec)]

    def _drop(self, leg: Leg, fault: Fault, detail: str, now: float) -> list[Order]:
        return [do.AbortLeg(), *self.recover(leg, StreamFailed(fault, detail), now)]

    def recover(self, leg: Leg, error: AlieError, now: float) -> list[Order]:
        """The leg is gone before its time: says what is done about it."""
        account = self._course.account
        replayed_s = account.seconds_of((account.leg.sent if account.leg else 0) - account.final_at)
        orders: list[Order] = [do.Tell(result) for result in account.end_leg(is_settled=False)]
        self.leg = None
        trouble = self.trouble = self.trouble or Trouble(now)
        fault = fault_of(error)
        trouble.attempts[fault] += 1
        trouble.was_silent = fault is Fault.SILENT
        decision = answer(fault, trouble.attempts[fault], self._chance(), is_plain=self._spec.without_extras)
        self._change_spec(decision, leg)
        detail = error.detail if isinstance(error, StreamFailed) else error.code
        orders.append(do.Note(leg.engine, fault, detail, decision.is_alarm, replayed_s))
        if leg.is_fallback:
            self._fallback_at = now + self._policy.retry_fallback_s
        if not account.unsettled_bytes:
            return orders + self._rest(now)
        orders += self.telling.recovering(leg.engine, as_told(fault))
        return orders + self._go_on(decision, leg, trouble, now)

    def _change_spec(self, decision: Answer, leg: Leg) -> None:
        if decision.needs_new_id:
            self._spec = replace(self._spec, session_id=self._new_id())
        if decision.drops_extras and not leg.is_fallback:
            self._spec = replace(self._spec, without_extras=True, vocabulary_name=None)

    def _go_on(self, decision: Answer, leg: Leg, trouble: Trouble, now: float) -> list[Order]:
        is_late = now >= trouble.began_at + self._policy.fail_over_after_s
        if (decision.is_hopeless or is_late) and self._may_fall_back(leg.engine, now):
            return self._open(FALLBACK, now)
        if decision.is_final and len(self.engines) == 1:
            return self.end(do.TellFailed(EngineRejected()))
        self._retry_at = now + decision.delay_s
        self.reckon(now)
        return [] if decision.delay_s else self._open(PRIMARY, now)

    def _rest(self, now: float) -> list[Order]:
        """Nothing was under way when the leg failed: the next audio opens the next one, if any will come."""
        self.trouble = None
        answered: list[Order] = [do.Tell(result) for result in self._course.account.names.withdraw()]
        answered += [do.TellFlushed() for _ in self._course.flushes]
        self._course.flushes.clear()
        if self._course.is_finishing:
            return answered + self.end(do.TellFinished())
        self.reckon(now)
        return answered

    def _may_fall_back(self, engine: int, now: float) -> bool:
        return engine == PRIMARY and len(self.engines) > 1 and now >= self._fallback_at

    def _open_within_s(self, leg: Leg) -> float:
        return self._policy.open_within_s if leg.is_remote else _LOCAL_OPEN_S

    # -- when --------------------------------------------------------------------------------------------------------

    def reckon(self, now: float) -> None:
        """When the next look is wanted. A moment that has passed without effect comes again soon."""
        moments = () if self.is_over else self._moments(now)
        self.due_at = min((max(at, now + SOON_S / 2) for at in moments), default=NEVER)

    def _moments(self, now: float) -> list[float]:
        policy, leg, trouble = self._policy, self.leg, self.trouble
        if leg is not None and leg.state is LegState.LIVE:
            moments = self._lead.moments(leg, now)
            return moments if trouble is None else [*moments, leg.opened_at + policy.well_after_s]
        if leg is not None and leg.state is LegState.ENDING:
            return [self._lead.end_due_at(leg)]
        moments = []
        has_fallback = len(self.engines) > 1 and (leg is None or leg.engine == PRIMARY)
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
