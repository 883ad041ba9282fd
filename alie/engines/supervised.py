"""One supervised stream: performs the orders of `alie.legs.supervision` on legs at engines. Reactor thread."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Sequence
from math import ceil
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from alie.engines.interface import NOBODY, Engine, StreamListener
from alie.engines.leg import Leg
from alie.errors import AlieError, Capacity, EngineRejected
from alie.faults import Fault, StreamFailed
from alie.legs import orders as do
from alie.legs.orders import PRIMARY, Order
from alie.legs.policy import LegPolicy
from alie.legs.succession import NEVER, Choice
from alie.legs.supervision import Supervision
from alie.speech import StreamSpec

_TICKS_PER_S = 16
"""Ticks fall on multiples of this, up to 62.5 ms late: the reactor wakes once for those of all streams."""


class Supervisor(Protocol):
    """What a stream needs of the engine that it belongs to: see `alie.engines.supervisor`."""

    reactor: IReactorTime
    engines: Sequence[Engine]
    policy: LegPolicy
    chance: Callable[[], float]

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The engines, as far as legs must be led."""

    def seat(self, ticket: Leg) -> bool:
        """Asks for a seat at the primary; False: `Leg.granted` will be called."""

    def give_back(self, ticket: Leg) -> None:
        """The leg is gone, or does not want its seat any more."""

    def note(self, note: do.Note, session_id: str, *, is_refusal: bool) -> None:
        """A leg has failed; `is_refusal` if that was for a quota."""

    def worked(self) -> None:
        """A leg at the primary has told its first result."""

    def failed_over(self, stream: SupervisedStream) -> None:
        """A stream has left the primary."""

    def gone(self, stream: SupervisedStream) -> None:
        """A stream has ended."""


class SupervisedStream:
    """See `alie.engines.interface.Stream`. Made by `SupervisedEngine.open`.

    Args:
        engine: that it belongs to.
        spec: what it is to listen for.
        listener: hears what is heard.
        begins_on: the engine for its first leg.
    """

    def __init__(self, engine: Supervisor, spec: StreamSpec, listener: StreamListener, begins_on: int) -> None:
        self._engine = engine
        self._spec = spec
        self._listener = listener
        self.supervision = Supervision(
            spec,
            engine.choices,
            chance=engine.chance,
            new_id=lambda: str(uuid.uuid4()),
            policy=engine.policy,
            begins_on=begins_on,
        )
        self.now = engine.reactor.seconds
        self._leg: Leg | None = None
        # A leg among the orders is one that has got its seat.
        self._orders: deque[Order | Leg] = deque()
        self._is_busy = False
        self._is_over = False
        self._has_failed = False
        self._timer: IDelayedCall | None = None
        self._due_at = 0.0

    @property
    def backlog_s(self) -> float:
        """Seconds of audio that no leg has yet."""
        account = self.supervision.account
        return account.seconds_of(account.unsent_bytes)

    @property
    def settled_s(self) -> float:
        """Seconds of audio that no leg would have to hear again."""
        account = self.supervision.account
        return account.seconds_of(account.final_at)

    @property
    def is_on_primary(self) -> bool:
        """Whether a leg at the primary listens."""
        return self._leg is not None and self._leg.engine == PRIMARY and self._leg.has_worked

    def set_primary_well(self, is_well: bool) -> None:
        """Whether a stream that has failed over may go back."""
        self.supervision.course.is_primary_well = is_well
        self.perform(self.supervision.tick(self.now()))

    def feed(self, audio: bytes) -> None:
        """Takes audio: the leg gets it, or the next one will."""
        self.perform(self.supervision.feed(audio, self.now()))

    def flush(self) -> None:
        """Ends the open segment."""
        self.perform(self.supervision.flush(self.now()))

    def finish(self) -> None:
        """No more audio will come."""
        self.perform(self.supervision.finish(self.now()))

    def abort(self) -> None:
        """Drops everything."""
        if not self._is_over:
            self._end()

    # -- orders --------------------------------------------------------------------------------------------------

    def perform(self, orders: Sequence[Order | Leg]) -> None:
        """Does what was ordered, in order; what an engine or the listener answers meanwhile comes after it."""
        if self._is_over:
            return
        self._orders.extend(orders)
        if self._is_busy:
            return
        self._is_busy = True
        try:
            while self._orders:
                self._do(self._orders.popleft())
        finally:
            self._is_busy = False
        self._arm()

    def _do(self, order: Order | Leg) -> None:
        match order:
            case do.FeedLeg():
                if self._leg is not None and self._leg.stream is not None:
                    self._leg.stream.feed(order.audio)
            case do.Tell():
                self._listener.on_result(order.result)
            case do.OpenLeg():
                self._open(Leg(self, order))
            case Leg() if order is self._leg:
                self._really_open(order)
            case do.FinishLeg() if self._leg is not None and self._leg.stream is not None:
                self._leg.stream.finish()
            case do.FlushLeg() if self._leg is not None and self._leg.stream is not None:
                self._leg.stream.flush()
            case do.AbortLeg():
                self._drop_leg()
            case do.TellFlushed():
                self._listener.on_flushed()
            case do.TellBacklog():
                self._listener.on_backlog(order.is_full)
            case do.TellOpen():
                self._listener.on_open()
            case do.TellStatus():
                self._tell_status(order)
            case do.Note():
                self._note(order)
            case do.TellFinished():
                self._end().on_finished()
            case do.TellFailed():
                self._end().on_failed(order.error)

    def _note(self, note: do.Note) -> None:
        self._has_failed |= note.engine == PRIMARY
        # A leg that has worked was not refused: it lasted too long, and nobody else opens too many for that.
        is_refusal = note.fault is Fault.LIMIT and not (self._leg is not None and self._leg.has_worked)
        self._engine.note(note, self._spec.session_id, is_refusal=is_refusal)
        self._drop_leg()

    def _tell_status(self, order: do.TellStatus) -> None:
        # Who only found no seat there has learnt nothing of the primary.
        if order.state == do.FAILED_OVER and self._has_failed:
            self._engine.failed_over(self)
        self._listener.on_status(order.state, self._engine.engines[order.engine].name, order.error)

    def _end(self) -> StreamListener:
        """Whoever listened may be told that it is over, and is let go."""
        self._is_over = True
        self._orders.clear()
        self._drop_leg()
        self._cancel_timer()
        self._engine.gone(self)
        listener, self._listener = self._listener, NOBODY
        return listener

    # -- the leg -------------------------------------------------------------------------------------------------

    def _open(self, leg: Leg) -> None:
        self._drop_leg()
        self._leg = leg
        if leg.engine == PRIMARY and not self._engine.seat(leg):
            self.perform(self.supervision.queued(leg.generation, self.now()))
            return
        self._really_open(leg)

    def on_granted(self, leg: Leg) -> None:
        """The leg's turn has come."""
        self.perform([*self.supervision.granted(leg.generation, self.now()), leg])

    def _really_open(self, leg: Leg) -> None:
        try:
            stream = self._engine.engines[leg.engine].open(leg.spec, leg)
        except AlieError as refusal:
            leg.on_failed(_failure(refusal))
            return
        if leg is self._leg:
            leg.stream = stream
        else:
            stream.abort()  # dropped by what it told while it was being opened

    def on_worked(self, leg: Leg) -> None:
        """The leg has told its first result."""
        if leg.engine == PRIMARY:
            self._has_failed = False
            self._engine.worked()

    def leave(self, leg: Leg) -> None:
        """The leg is gone by itself; its seat is free."""
        if leg is self._leg:
            self._drop_leg()

    def _drop_leg(self) -> None:
        leg, self._leg = self._leg, None
        if leg is None:
            return
        if leg.stream is not None:
            leg.stream.abort()
            leg.stream = None
        if leg.engine == PRIMARY:
            self._engine.give_back(leg)

    # One timer at a time, and it is not moved when a deadline moves away: it finds that out when it fires.

    def _arm(self) -> None:
        due_at = self.supervision.due_at
        if self._timer is not None:
            if self._due_at <= due_at + 1 / _TICKS_PER_S:
                return
            self._cancel_timer()
        if due_at != NEVER and not self._is_over:
            self._due_at = ceil(due_at * _TICKS_PER_S) / _TICKS_PER_S
            self._timer = self._engine.reactor.callLater(max(0.0, self._due_at - self.now()), self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = self.now()
        if now >= self.supervision.due_at:
            self.perform(self.supervision.tick(now))
        else:
            self.perform([])

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _failure(refusal: AlieError) -> AlieError:
    """A refusal before anything was asked of a vendor, as a fault."""
    if isinstance(refusal, EngineRejected):
        return StreamFailed(Fault.PARAMETER, "refused before it was asked for")
    return StreamFailed(Fault.LIMIT, "no seat") if isinstance(refusal, Capacity) else refusal
