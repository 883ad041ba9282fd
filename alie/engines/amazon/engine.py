"""Amazon Transcribe as an engine: one stream is one leg at AWS. It decides nothing; who supervises it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred, gatherResults

from alie.engines.amazon.credentials import Credentials
from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.parameters import parameters
from alie.engines.amazon.results import ResultReader
from alie.engines.amazon.transport import Transport, Wire
from alie.engines.interface import NOBODY, Stream, StreamListener
from alie.errors import Capacity, EngineUnavailable
from alie.faults import Fault, StreamFailed
from alie.speech import StreamSpec, Traits

SEATS = 25
"""Streams at once that AWS grants an account for each transport, until it grants more."""

_NOT_STARTED = "Amazon Transcribe has not been started"
_STOPPED = "Amazon Transcribe is stopped"


class AmazonStream:
    """See `alie.engines.interface.Stream`; made by `AmazonEngine.open`.

    Args:
        engine: that it belongs to.
        spec: what it is to listen for.
        listener: hears what it hears.
    """

    def __init__(self, engine: AmazonEngine, spec: StreamSpec, listener: StreamListener) -> None:
        self._engine = engine
        self._listener = listener
        self._reader = ResultReader(spec, engine.options)
        self._second_bytes = 2 * spec.sample_rate_hz
        self._shown: set[str] = set()
        self._is_over = False
        self._wire: Wire = engine.transport.open(parameters(spec, engine.options), self)

    @property
    def backlog_s(self) -> float:
        """Seconds of audio that wait to be sent, as far as is known."""
        return self._wire.unsent_bytes / self._second_bytes

    settled_s = 0.0
    """Not known of one leg: who supervises it keeps the account."""

    def feed(self, audio: bytes) -> None:
        """Sends audio as it comes; what the service would refuse as too long goes in parts."""
        if len(audio) <= self._second_bytes:
            if audio:  # an empty AudioEvent would end the stream
                self._wire.send(audio)
            return
        for start in range(0, len(audio), self._second_bytes):
            self._wire.send(audio[start : start + self._second_bytes])

    def flush(self) -> None:
        """Not to be called: `Traits.can_flush` is false."""
        raise NotImplementedError("Amazon Transcribe cannot be told to end a segment")

    def finish(self) -> None:
        """No more audio will come."""
        self._wire.end()

    def abort(self) -> None:
        """Drops the connection at once."""
        self._leave()
        self._wire.abort()

    # -- told by the wire ------------------------------------------------------------------------------------------

    def on_open(self) -> None:
        """The service has taken the stream."""
        self._listener.on_open()

    def on_results(self, results: Sequence[Mapping[str, Any]]) -> None:
        """Results of one event, in order."""
        dropped = self._reader.dropped
        for given in results:
            result = self._reader.read(given)
            if result is None:
                continue
            if result.is_final:
                self._shown.discard(result.segment_id)
            else:
                self._shown.add(result.segment_id)
            self._listener.on_result(result)
            if self._is_over:
                break
        self._engine.dropped_results += self._reader.dropped - dropped

    def on_end(self) -> None:
        """The service has told all; unless a segment was left open, which is no good order for us."""
        if self._shown:
            self.on_failed(StreamFailed(Fault.CLOSED, "a segment has no final"))
            return
        self._leave().on_finished()

    def on_failed(self, error: StreamFailed) -> None:
        """The stream is dead."""
        self._engine.failures += 1
        self._leave().on_failed(error)

    def on_backlog(self, is_full: bool) -> None:
        """The wire is full, or has room again."""
        self._listener.on_backlog(is_full)

    def _leave(self) -> StreamListener:
        """Whoever listened may be told that it is over, and is let go."""
        self._is_over = True
        self._engine.streams.discard(self)
        listener, self._listener = self._listener, NOBODY
        return listener


class AmazonEngine:
    """See `alie.engines.interface.Engine`. Reactor thread.

    Args:
        options: how Amazon is to be used.
        transport: that carries the streams; stopped with the engine.
        credentials: that the transport uses; started and stopped with the engine.
        seats: streams at once; AWS grants 25 until more are asked for.

    Attributes:
        streams: those that are open.
        opens, failures, dropped_results: since the start.
    """

    name = "amazon"
    has_speaker_labels = True
    is_lost = False
    traits = Traits(can_flush=False, starves_after_s=15.0, longest_stream_s=4 * 3600.0, fastest=4.0)

    def __init__(
        self, options: AmazonOptions, transport: Transport, credentials: Credentials, seats: int = SEATS
    ) -> None:
        self.options = options
        self.transport = transport
        self._credentials = credentials
        self._seats = seats
        self._state_problem: str | None = _NOT_STARTED
        self.streams: set[AmazonStream] = set()
        self.opens = 0
        self.failures = 0
        self.dropped_results = 0

    @property
    def seats(self) -> int:
        """How many streams it can serve at once."""
        return self._seats

    @property
    def hosts(self) -> tuple[str, ...]:
        """The one that the transport connects to."""
        return (self.options.address.host,)

    def gauges(self) -> Mapping[str, Callable[[], float]]:
        """Streams that are open, and what has happened since the start."""
        return {
            "amazon_open_streams": lambda: len(self.streams),
            "amazon_opens": lambda: self.opens,
            "amazon_failures": lambda: self.failures,
            "amazon_dropped_results": lambda: self.dropped_results,
        }

    def problems(self) -> list[str]:
        """Why it could not serve a stream right now, in sentences for the operator; empty when it could."""
        return [problem for problem in (self._state_problem, self._credentials.problem) if problem]

    def start(self) -> None:
        """Asks for credentials in the background. For once only."""
        self._state_problem = None
        self._credentials.start()

    def stop(self) -> Deferred[None]:
        """Aborts every stream and gives back threads and connections; fires when that is done. For once only."""
        self._state_problem = _STOPPED
        self.is_lost = True
        for stream in list(self.streams):
            stream.abort()
        done: Deferred[Any] = gatherResults([self.transport.stop(), self._credentials.stop()])
        return done.addCallback(lambda _: None)

    def check(self, spec: StreamSpec) -> None:
        """Whether the service would take these parameters.

        Raises:
            EngineRejected: it would not; see `parameters`.
        """
        parameters(spec, self.options)

    def open(self, spec: StreamSpec, listener: StreamListener) -> Stream:
        """Opens a leg; the listener is told nothing before this returns.

        Raises:
            Capacity: every seat is taken.
            EngineUnavailable: the engine is stopped.
            EngineRejected: it cannot take these parameters; see `parameters`.
        """
        if self.is_lost:
            raise EngineUnavailable
        if len(self.streams) >= self._seats:
            raise Capacity
        stream = AmazonStream(self, spec, listener)
        self.streams.add(stream)
        self.opens += 1
        return stream
