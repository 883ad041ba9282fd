"""The simulated service: who may open a stream, what becomes of it, and what it got."""

from __future__ import annotations

import secrets
import uuid
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from twisted.internet.interfaces import IReactorTime

from alie.simulator.faults import FaultKind, LegFault, Occasion, Plan
from alie.simulator.interface import Hearing, Line
from alie.simulator.leg import LIMIT, Leg
from alie.simulator.limits import SimulatorLimits
from alie.simulator.parameters import BadParameter, Options, options_of
from alie.simulator.recital import Recital
from alie.simulator.records import Heard, LegRecord, Reassembly, heard_of
from alie.simulator.script import Script
from alie.simulator.stamp import Source, Span

EXPIRED = "The security token included in the request is expired"


@dataclass(frozen=True, slots=True)
class SimulatedCredentials:
    """Keys that the service knows; made up unless given."""

    access_key_id: str = field(default_factory=lambda: f"AKIA{secrets.token_hex(8).upper()}")
    secret_access_key: str = field(default_factory=lambda: secrets.token_urlsafe(30), repr=False)
    session_token: str | None = field(default=None, repr=False)


class SimulatedService:
    """What both transports are built on; see `interface.Service`.

    Args:
        reactor: for time and timers.
        scripts: what is said in the recordings, by the number on their stamps.
        plan: gives faults to legs.
        limits: that are always watched.
        credentials: that are good from the start.
        seed: of whatever is random in what it says.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        scripts: Mapping[int, Script],
        plan: Plan | None,
        limits: SimulatorLimits,
        credentials: SimulatedCredentials,
        seed: int = 0,
    ) -> None:
        self.legs: list[LegRecord] = []
        self.bad_signatures: list[str] = []
        self._reactor = reactor
        self._scripts = scripts
        self._plan = plan
        self._limits = limits
        self._seed = seed
        self._keys = {credentials.access_key_id: credentials}
        self._expired: set[str] = set()
        self._asked = ""
        self._live: list[Leg] = []
        self._by_session: Counter[str] = Counter()
        self._by_speaker: Counter[int] = Counter()
        self._recordings: dict[int, Reassembly] = {}
        self._opens: deque[float] = deque()
        self._outage_until_s = float("-inf")

    # -- Service --------------------------------------------------------------------------------------------------

    def secret_of(self, access_key_id: str) -> tuple[str, str | None] | None:
        """Secret key and session token, also of keys that have expired: `open` says so then."""
        known = self._keys.get(access_key_id)
        # A transport asks just before it opens, in the same turn of the reactor.
        self._asked = access_key_id
        return None if known is None else (known.secret_access_key, known.session_token)

    def note_bad_signature(self, reason: str) -> None:
        """Kept for the report."""
        self.bad_signatures.append(reason)

    def open(self, transport: str, parameters: Mapping[str, str], line: Line) -> Hearing | None:
        """A verified request came."""
        record = self._new_record(transport, parameters, line.peer_port)
        fault = self._ask_plan(record)
        kind = None if fault is None else fault.kind
        if self._asked in self._expired or kind is FaultKind.EXPIRED_CREDENTIALS:
            self._note_fault(record, fault, FaultKind.EXPIRED_CREDENTIALS)
            self._refuse(record, line, 403, "ExpiredTokenException", EXPIRED)
            return None
        try:
            options = options_of(parameters)
        except BadParameter as error:
            return self._turn_away(record, line, 400, "BadRequestException", str(error))
        if kind is FaultKind.THROTTLE_AT_OPEN or self._is_full(transport):
            self._note_fault(record, fault, FaultKind.THROTTLE_AT_OPEN)
            as_http = fault is not None and fault.as_http
            return self._turn_away(record, line, 429, "LimitExceededException", LIMIT, as_http=as_http)
        return self._begin(record, options, line, fault)

    # -- opening --------------------------------------------------------------------------------------------------

    def _new_record(self, transport: str, parameters: Mapping[str, str], peer_port: int) -> LegRecord:
        session_id = parameters.get("session-id") or str(uuid.uuid4())
        record = LegRecord(
            serial=len(self.legs),
            session_id=session_id,
            leg_number=self._by_session[session_id],
            transport=transport,
            parameters=dict(parameters),
            opened_s=self._reactor.seconds(),
            peer_port=peer_port,
        )
        self._by_session[session_id] += 1
        self.legs.append(record)
        return record

    def _refuse(self, record: LegRecord, line: Line, status: int, exception_type: str, message: str) -> None:
        record.ended_by = exception_type
        record.closed_s = self._reactor.seconds()
        line.refuse(status, exception_type, message)

    def _turn_away(
        self, record: LegRecord, line: Line, status: int, exception_type: str, message: str, *, as_http: bool = False
    ) -> Hearing | None:
        """Over WebSocket the service says what it will not do only after the upgrade, except at its front door."""
        if as_http or record.transport != "websocket":
            self._refuse(record, line, status, exception_type, message)
            return None
        record.ended_by = exception_type
        line.accept()
        line.send_exception(exception_type, message)
        return TurnedAway(self._reactor, record)

    def _is_full(self, transport: str) -> bool:
        now_s = self._reactor.seconds()
        while self._opens and self._opens[0] <= now_s - 1:
            self._opens.popleft()
        streams = sum(leg.record.transport == transport for leg in self._live)
        if streams >= self._limits.streams or len(self._opens) >= self._limits.opens_per_s:
            return True
        self._opens.append(now_s)
        return False

    def _begin(self, record: LegRecord, options: Options, line: Line, fault: LegFault | None) -> Leg:
        for older in [leg for leg in self._live if leg.record.session_id == record.session_id]:
            older.conflict()
        recital = Recital(self._scripts, options, self._seed * 1_000_003 + record.serial)
        leg = Leg(self._reactor, self._limits, record, options, recital, line, self)
        self._live.append(leg)
        if fault is not None and fault.kind is FaultKind.SLOW_OPEN:
            record.strike(fault.kind.name, self._reactor.seconds())
            leg.accept_later(fault.for_s)
        else:
            leg.fault = fault
            leg.accept()
        return leg

    # -- faults ---------------------------------------------------------------------------------------------------

    def _ask_plan(
        self, record: LegRecord, speaker: int | None = None, speaker_leg: int | None = None
    ) -> LegFault | None:
        if self._plan is None:
            return None
        return self._plan(
            Occasion(
                record.serial,
                record.session_id,
                record.leg_number,
                record.transport,
                speaker,
                speaker_leg,
                record.peer_port,
            )
        )

    def _note_fault(self, record: LegRecord, fault: LegFault | None, kind: FaultKind) -> None:
        if fault is not None and fault.kind is kind:
            record.strike(kind.name, self._reactor.seconds())

    def expire(self, access_key_id: str) -> None:
        """From now on the key is answered with 403 ExpiredTokenException. Open streams go on, as at AWS."""
        self._expired.add(access_key_id)

    def admit(self, credentials: SimulatedCredentials) -> None:
        """From now on these keys are good."""
        self._keys[credentials.access_key_id] = credentials

    @property
    def is_out(self) -> bool:
        """Whether every new connection is to be reset."""
        return self._reactor.seconds() < self._outage_until_s

    # -- what legs tell (leg.Home) --------------------------------------------------------------------------------

    def on_speech(self, leg: Leg, span: Span, audio: bytes) -> None:
        """Some of a stamped recording came; a leg's first decides what the plan is asked."""
        if span.source is not Source.SPEECH:
            return
        self._recordings.setdefault(span.speaker, Reassembly()).add(span.position, audio)
        if span.speaker not in leg.record.speakers:
            leg.record.speakers.add(span.speaker)
            number = self._by_speaker[span.speaker]
            self._by_speaker[span.speaker] += 1
            if leg.fault is None and not leg.record.faults:
                leg.fault = self._ask_plan(leg.record, span.speaker, number)

    def on_outage(self, for_s: float) -> None:
        """Every connection is reset, and every new one, for `for_s` seconds."""
        self._outage_until_s = self._reactor.seconds() + for_s
        for leg in list(self._live):
            leg.reset()

    def on_over(self, leg: Leg) -> None:
        """The leg no longer counts as a stream."""
        self._live.remove(leg)

    # -- what it got ----------------------------------------------------------------------------------------------

    @property
    def speakers(self) -> list[int]:
        """Numbers on the stamps that were heard."""
        return sorted(self._recordings)

    def heard_by(self, speaker: int) -> Heard:
        """The recording of one speaker as all legs together got it."""
        legs = [leg for leg in self.legs if speaker in leg.speakers]
        return heard_of(self._recordings.get(speaker, Reassembly()), legs)


class TurnedAway:
    """Hears nothing: the client has been told why, and only its going is awaited."""

    def __init__(self, reactor: IReactorTime, record: LegRecord) -> None:
        self._reactor = reactor
        self._record = record

    def on_audio(self, audio: bytes) -> None:
        """It was on its way already."""

    def on_end(self) -> None:
        """It was on its way already."""

    def on_lost(self) -> None:
        """The connection is gone."""
        self._record.closed_s = self._reactor.seconds()
