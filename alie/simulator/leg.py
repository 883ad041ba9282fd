"""The service's side of one stream: what it hears, says, and how it fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from alie.simulator.faults import MIDSTREAM, FaultKind, LegFault
from alie.simulator.interface import Line
from alie.simulator.limits import SimulatorLimits
from alie.simulator.parameters import Options
from alie.simulator.recital import Recital
from alie.simulator.records import LegRecord
from alie.simulator.stamp import Span
from alie.simulator.stamp_reader import StampReader

STARVED = "Your request timed out because no new audio was received for {:g} seconds."
TOO_BIG = "Your stream is too big. Reduce the frame size and try your request again."
ODD = "Your audio must be whole samples."
LIMIT = (
    "Your client has exceeded one of the Amazon Transcribe limits. This is typically the audio length limit. "
    "Break your audio stream into smaller chunks and try your request again."
)
CONFLICT = "A new stream started with the same session ID. The current stream has been terminated."
TROUBLE = {
    "InternalFailureException": "A problem occurred while processing the audio. Amazon Transcribe terminated "
    "processing.",
    "ServiceUnavailableException": "The service is currently unavailable. Try your request later.",
    "BadRequestException": TOO_BIG,
    "LimitExceededException": LIMIT,
}


class Home(Protocol):
    """What a leg tells the service it belongs to."""

    def on_speech(self, leg: Leg, span: Span, audio: bytes) -> None:
        """Some of a stamped recording came; the plan may then have a fault for the leg."""

    def on_outage(self, for_s: float) -> None:
        """Every connection is to be reset, and every new one, for so long."""

    def on_over(self, leg: Leg) -> None:
        """The leg no longer counts as a stream."""


class Leg:
    """One stream; see `interface.Hearing`.

    Args:
        reactor: for time and timers.
        limits: that are always watched.
        record: filled in.
        options: what the stream was asked for.
        recital: of what it hears.
        line: to the client.
        home: the service.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        limits: SimulatorLimits,
        record: LegRecord,
        options: Options,
        recital: Recital,
        line: Line,
        home: Home,
    ) -> None:
        self.record = record
        self.options = options
        self.fault: LegFault | None = None
        self._reactor = reactor
        self._limits = limits
        self._recital = recital
        self._reader = StampReader()
        self._line = line
        self._home = home
        self._is_accepted = False
        self._is_over = False
        self._is_lost = False
        self._is_silent = False
        self._timers: dict[str, IDelayedCall] = {}

    def accept(self) -> None:
        """The stream is open: from now on it may starve."""
        self._is_accepted = True
        self._start("starve", self._limits.starves_after_s, self._starve)
        self._start("longest", self._limits.longest_stream_s, self._outlast)
        self._line.accept()

    def accept_later(self, delay_s: float) -> None:
        """As `accept`, after some time."""
        self._start("accept", delay_s, self.accept)

    # -- Hearing --------------------------------------------------------------------------------------------------

    def on_audio(self, audio: bytes) -> None:
        """The payload of one AudioEvent."""
        if self._is_over:
            return
        if len(audio) % 2:
            self.end_with("BadRequestException", ODD)
            return
        if len(audio) > 2 * self._limits.longest_event_s * self.options.sample_rate_hz:
            self.end_with("BadRequestException", TOO_BIG)
            return
        if "starve" in self._timers:
            self._timers["starve"].reset(self._limits.starves_after_s)
        self.record.add_audio(audio)
        spans = self._note(self._reader.read(audio))
        self._fail_when_due()
        if not self._is_over:
            self._say(self._recital.hear(spans, self._reader.length, self._reader.trailing_silence))

    def on_end(self) -> None:
        """The empty AudioEvent came: the finals that are left, then the end."""
        if self._is_over or self._is_silent:
            return
        spans = self._note(self._reader.finish())
        self._say(self._recital.hear(spans, self._reader.length, self._reader.trailing_silence))
        self._say(self._recital.finish(self._reader.length))
        self._end("end", self._line.close)

    def on_lost(self) -> None:
        """The connection is gone."""
        if not self._is_lost:
            self._is_lost = True
            self.record.closed_s = self._reactor.seconds()
            self._note(self._reader.finish())
            self._end("client", _nothing)

    # -- how it ends ----------------------------------------------------------------------------------------------

    def end_with(self, exception_type: str, message: str) -> None:
        """Tells the client why, and ends."""

        def tell() -> None:
            if not self._is_accepted:
                self._line.accept()
            self._line.send_exception(exception_type, message)

        self._end(exception_type, tell)

    def conflict(self) -> None:
        """Another stream was opened with its session id."""
        self.end_with("ConflictException", CONFLICT)

    def reset(self) -> None:
        """Cuts the connection."""
        self._end("RESET", self._line.reset)

    def _starve(self) -> None:
        if not self._is_silent:
            self.end_with("BadRequestException", STARVED.format(self._limits.starves_after_s))

    def _outlast(self) -> None:
        if not self._is_silent:
            self.end_with("LimitExceededException", LIMIT)

    def _end(self, how: str, act: Callable[[], None]) -> None:
        if self._is_over:
            return
        self._is_over = True
        self.record.ended_by = how
        if not self._is_lost and "read" in self._timers:
            self._line.resume_reading()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._home.on_over(self)
        act()

    # -- faults ---------------------------------------------------------------------------------------------------

    def _fail_when_due(self) -> None:
        fault = self.fault
        if fault is None or fault.kind not in MIDSTREAM:
            return
        if self._reader.length < fault.at_s * self.options.sample_rate_hz:
            return
        self.fault = None
        self.record.strike(fault.kind.name, self._reactor.seconds())
        match fault.kind:
            case FaultKind.EXCEPTION:
                self.end_with(fault.exception_type, TROUBLE[fault.exception_type])
            case FaultKind.CONFLICT:
                self.conflict()
            case FaultKind.RESET:
                self.reset()
            case FaultKind.CLEAN_CLOSE:
                self._end("CLEAN_CLOSE", self._line.close)
            case FaultKind.HALF_OPEN:
                self._is_silent = True
            case FaultKind.SLOW_READ:
                self._line.pause_reading()
                self._start("read", fault.for_s, self._line.resume_reading)
            case FaultKind.OUTAGE:
                self._home.on_outage(fault.for_s)

    def _start(self, name: str, delay_s: float, act: Callable[[], None]) -> None:
        def run() -> None:
            del self._timers[name]
            act()

        self._timers[name] = self._reactor.callLater(delay_s, run)

    # -- what it hears and says -----------------------------------------------------------------------------------

    def _note(self, pieces: list[tuple[Span, bytes]]) -> list[Span]:
        for span, audio in pieces:
            self.record.add_span(span)
            if audio:
                self._home.on_speech(self, span, audio)
        return [span for span, _ in pieces]

    def _say(self, events: list[list[dict[str, Any]]]) -> None:
        if self._is_silent:
            return
        for results in events:
            self.record.results += len(results)
            self.record.finals += sum(not result["IsPartial"] for result in results)
            self._line.send_event("TranscriptEvent", json.dumps({"Transcript": {"Results": results}}).encode())


def _nothing() -> None:
    """The client has gone already."""
