"""An engine around engines: does what `alie.legs` decides, so that no fault of a vendor costs a word. Reactor thread.

Sessions see one stream that never ends by itself while any engine can be had; behind it legs come and go.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from alie.engines.interface import Engine, Stream, StreamListener
from alie.engines.probe import Probe
from alie.engines.supervised import SupervisedStream
from alie.errors import EngineUnavailable
from alie.faults import Fault
from alie.legs.governor import Governor
from alie.legs.health import PrimaryHealth
from alie.legs.orders import FALLBACK, PRIMARY, Note
from alie.legs.policy import LegPolicy
from alie.legs.succession import Choice
from alie.speech import FR_CA, StreamSpec, Traits

_NEVER = float("inf")


class SupervisedEngine:
    """See `alie.engines.interface.Engine`.

    Args:
        reactor: its clock and its timers.
        primary: the engine to be used.
        fallback: the one that takes over while the primary stays away; None: none does.
        governor: who may open legs at the primary, and how quickly.
        seats: sessions at once.
        policy: the numbers.
        chance: gives numbers from 0 to 1.
    """

    traits = Traits()
    _log = Logger()

    def __init__(
        self,
        reactor: IReactorTime,
        primary: Engine,
        fallback: Engine | None,
        *,
        governor: Governor,
        seats: int,
        policy: LegPolicy | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.name = primary.name
        self.has_speaker_labels = primary.has_speaker_labels
        self.seats = seats
        self.reactor = reactor
        self.engines: Sequence[Engine] = [primary] if fallback is None else [primary, fallback]
        self.policy = policy or LegPolicy()
        self.chance = chance
        self._governor = governor
        self._health = PrimaryHealth()
        self._streams: set[SupervisedStream] = set()
        self._faults: Counter[Fault] = Counter()
        self._timer: IDelayedCall | None = None
        self._probe: Probe | None = None
        self._is_stopped = False

    @property
    def is_lost(self) -> bool:
        """Whether no engine can ever serve a stream."""
        return all(engine.is_lost for engine in self.engines)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The engines, as far as legs must be led."""
        return tuple(Choice(engine.name, engine.traits) for engine in self.engines)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Those of all its engines."""
        return tuple(host for engine in self.engines for host in engine.hosts)

    def gauges(self) -> Mapping[str, Callable[[], float]]:
        """The engines' own, legs open, queued, and allowed at the primary, and failed ones by fault."""
        found: dict[str, Callable[[], float]] = {}
        for engine in reversed(self.engines):
            found |= engine.gauges()
        found |= {
            "legs": lambda: self._governor.open,
            "legs_queued": lambda: self._governor.queued,
            "legs_most": lambda: self._governor.most,
            "primary_well": lambda: self._health.is_well,
        }
        for fault in Fault:
            found[f"faults_{fault.value}"] = lambda fault=fault: self._faults[fault]  # type: ignore[misc]
        return found

    def problems(self) -> list[str]:
        """Why it could not serve a stream right now: every engine has a problem."""
        found = [engine.problems() for engine in self.engines]
        if not self._health.is_well:
            found[PRIMARY] = [*found[PRIMARY], f"{self.name} stays away: its streams fail"]
        return [] if any(not problems for problems in found) else [text for problems in found for text in problems]

    def check(self, spec: StreamSpec) -> None:
        """See `alie.engines.interface.Engine.check`: the primary must be able to take it."""
        self.engines[PRIMARY].check(spec)

    def start(self) -> None:
        """Begins to make the engines ready."""
        for engine in self.engines:
            engine.start()

    def stop(self) -> Deferred[None]:
        """Aborts every stream and stops the engines; fires when they have."""
        self._is_stopped = True
        for stream in list(self._streams):
            stream.abort()
        if self._probe is not None:
            self._probe.abort()
            self._governor.give_back(self._probe)
            self._probe = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        done: Deferred[Any] = gatherResults([engine.stop() for engine in self.engines])
        return done.addCallback(lambda _: None)

    def open(self, spec: StreamSpec, listener: StreamListener) -> Stream:
        """Opens a stream; a leg is opened with its first audio.

        Raises:
            EngineUnavailable: it is stopped.
            EngineRejected: the primary cannot take these parameters.
        """
        if self._is_stopped:
            raise EngineUnavailable
        self.check(spec)
        is_tried = self._probe is None and self._health.probe_due(self.reactor.seconds())
        may_try = self._health.is_well or is_tried
        stream = SupervisedStream(self, spec, listener, begins_on=PRIMARY if may_try else self._last_engine)
        stream.set_primary_well(self._health.is_well)
        self._streams.add(stream)
        self._arm()
        return stream

    @property
    def _last_engine(self) -> int:
        return FALLBACK if len(self.engines) > 1 else PRIMARY

    # -- what streams ask ----------------------------------------------------------------------------------------

    def seat(self, ticket: object) -> bool:
        """Asks for a seat at the primary; True: it has one, False: `granted` of the ticket will be called."""
        is_granted = self._governor.ask(ticket, self.reactor.seconds())
        self._arm()
        return is_granted

    def give_back(self, ticket: object) -> None:
        """A leg at the primary is gone, or its ticket is not wanted any more."""
        self._governor.give_back(ticket)
        self._let_in()

    def note(self, note: Note, session_id: str, *, is_refusal: bool) -> None:
        """A leg has failed; `is_refusal` if that was for a quota. Told before its seat is given back."""
        self._faults[note.fault] += 1
        if is_refusal and note.engine == PRIMARY:
            self._governor.slow_down(self.reactor.seconds())
        log = self._log.error if note.is_alarm else self._log.warn
        log(
            "Leg of session {session_id} at {engine} failed: {fault} {detail}; {replayed_s:.1f} s will be heard again",
            event="engine.leg_failed",
            session_id=session_id,
            engine=self.engines[note.engine].name,
            fault=note.fault.value,
            detail=note.detail,
            replayed_s=note.replayed_s,
        )

    def worked(self) -> None:
        """A leg at the primary has told its first result."""
        self._change(lambda: self._health.worked(self.reactor.seconds()))

    def failed_over(self, stream: SupervisedStream) -> None:
        """A stream has left the primary."""
        live = sum(other.is_on_primary for other in self._streams if other is not stream)
        now = self.reactor.seconds()
        self._change(lambda: self._health.failed_over(stream, now, live_elsewhere=live))

    def gone(self, stream: SupervisedStream) -> None:
        """A stream has ended."""
        self._streams.discard(stream)

    # -- the primary's health, and who waits for a seat ----------------------------------------------------------

    def _change(self, change: Callable[[], None]) -> None:
        was_well = self._health.is_well
        change()
        if self._health.is_well != was_well:
            self._log.warn(
                "Engine {name} is {state}", event="engine.changed", name=self.name, state="away" if was_well else "back"
            )
            for stream in list(self._streams):
                stream.set_primary_well(self._health.is_well)
        self._arm()

    def _let_in(self) -> None:
        if self._is_stopped:
            return
        for ticket in self._governor.grants(self.reactor.seconds()):
            ticket.granted()  # type: ignore[attr-defined]
        self._arm()

    def _arm(self) -> None:
        now = self.reactor.seconds()
        is_probing = self._probe is not None or not self._streams
        moments = [self._governor.due_at(now), None if is_probing else self._health.due_at]
        due_at = min((at for at in moments if at is not None), default=_NEVER)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due_at != _NEVER:
            self._timer = self.reactor.callLater(max(0.0, due_at - now), self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = self.reactor.seconds()
        if self._streams and self._probe is None and self._health.probe_due(now):
            self._begin_probe()
        self._let_in()

    def _begin_probe(self) -> None:
        spec = StreamSpec(str(uuid.uuid4()), FR_CA)
        self._probe = Probe(self.reactor, self.engines[PRIMARY], spec, self._end_probe)
        if not self._governor.ask(self._probe, self.reactor.seconds()):
            self._end_probe(False)
            return
        self._probe.begin()

    def _end_probe(self, is_well: bool) -> None:
        probe, self._probe = self._probe, None
        self._governor.give_back(probe)
        now = self.reactor.seconds()
        self._change(lambda: self._health.probe_succeeded(now) if is_well else self._health.probe_failed(now))
