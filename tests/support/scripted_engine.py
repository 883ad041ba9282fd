"""An engine that says what it is told to, and is as strict as a real one about how it is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.defer import Deferred, succeed

from alie.engines.interface import Engine, StreamListener
from alie.errors import AlieError, Capacity
from alie.speech import StreamSpec, Traits
from alie.transcript import Result


class ScriptedStream:
    """See `alie.engines.interface.Stream`. What it was asked for is in `ScriptedEngine.events`.

    Nothing is told to the listener after `on_finished`, `on_failed` or `abort`; what is asked after `finish` or the
    end is a fault of the caller.
    """

    def __init__(self, engine: ScriptedEngine, spec: StreamSpec, listener: StreamListener) -> None:
        self.spec = spec
        self.is_gone = False
        self.fed = b""
        self._is_finishing = False
        self._engine = engine
        self._listener = listener

    backlog_s = 0.0
    settled_s = 0.0

    def feed(self, audio: bytes) -> None:
        """Takes audio; the script may answer at once."""
        assert not self.is_gone
        assert not self._is_finishing
        assert len(audio) % 2 == 0
        self._engine.events.append("feed")
        self.fed += audio
        self._engine.on_feed(self)

    def flush(self) -> None:
        """Answered by `flushed`."""
        assert not self.is_gone
        self._engine.events.append("flush")
        self._engine.on_flush(self)

    def finish(self) -> None:
        """Answered by `finished`."""
        assert not self.is_gone
        self._engine.events.append("finish")
        self._is_finishing = True
        self._engine.on_finish(self)

    def abort(self) -> None:
        """In any state, repeatedly."""
        if not self.is_gone:
            self._engine.events.append("abort")
        self._end()
        self._engine.on_abort()

    def _end(self) -> None:
        self.is_gone = True
        self._engine.streams = [stream for stream in self._engine.streams if stream is not self]

    # -- what the script says ------------------------------------------------------------------------------------

    def opened(self) -> None:
        """The engine takes the stream."""
        if not self.is_gone:
            self._listener.on_open()

    def tell(self, *results: Result) -> None:
        """Results, in order."""
        for result in results:
            if not self.is_gone:
                self._listener.on_result(result)

    def flushed(self) -> None:
        """Everything before the oldest flush is final."""
        if not self.is_gone:
            self._listener.on_flushed()

    def finished(self) -> None:
        """Everything is final."""
        if not self.is_gone:
            self._end()
            self._listener.on_finished()

    def fail(self, error: AlieError) -> None:
        """The stream dies."""
        if not self.is_gone:
            self._end()
            self._listener.on_failed(error)

    def status(self, state: str, engine: str, error: AlieError | None = None) -> None:
        """The engine leg is well again, or not."""
        if not self.is_gone:
            self._listener.on_status(state, engine, error)

    def backlog(self, is_full: bool) -> None:
        """It is full, or has room again."""
        if not self.is_gone:
            self._listener.on_backlog(is_full)


class ScriptedEngine:
    """See `alie.engines.interface.Engine`.

    Args:
        seats: how many streams may be open at once.

    Attributes:
        audio_goes_to: hosts.
        events: what it and its streams were asked for, in order.
        streams: those that are open.
        on_open, on_feed, on_flush, on_finish, on_abort: what is done then; by default a stream that is finishing
            finishes at once and a flush is answered at once.
    """

    name = "embedded"
    has_speaker_labels = False
    traits = Traits()

    def __init__(self, seats: int = 10) -> None:
        self.seats = seats
        self.is_lost = False
        self.refusal: AlieError | None = None
        self.reasons: list[str] = []
        self.audio_goes_to: tuple[str, ...] = ()
        self.events: list[str] = []
        self.streams: list[ScriptedStream] = []
        self.on_open: Callable[[ScriptedStream], None] = lambda stream: None
        self.on_feed: Callable[[ScriptedStream], None] = lambda stream: None
        self.on_flush: Callable[[ScriptedStream], None] = ScriptedStream.flushed
        self.on_finish: Callable[[ScriptedStream], None] = ScriptedStream.finished
        self.on_abort: Callable[[], None] = lambda: None

    @property
    def stream(self) -> ScriptedStream:
        """The one that is open."""
        (found,) = self.streams
        return found

    @property
    def hosts(self) -> tuple[str, ...]:
        """As the test says."""
        return self.audio_goes_to

    def gauges(self) -> Mapping[str, Callable[[], float]]:
        """One of its own."""
        return {"streams": lambda: len(self.streams)}

    def problems(self) -> list[str]:
        """What `reasons` says."""
        return list(self.reasons)

    def start(self) -> None:
        """Ready at once."""
        self.events.append("start")

    def stop(self) -> Deferred[None]:
        """Aborts every stream."""
        self.events.append("stop")
        for stream in list(self.streams):
            stream.abort()
        return succeed(None)

    def check(self, spec: StreamSpec) -> None:
        """Refuses what `refusal` says."""
        if self.refusal is not None:
            raise self.refusal

    def open(self, spec: StreamSpec, listener: StreamListener) -> ScriptedStream:
        """Opens a stream, while there is a seat."""
        self.events.append("open")
        if len(self.streams) >= self.seats:
            raise Capacity
        stream = ScriptedStream(self, spec, listener)
        self.streams.append(stream)
        self.on_open(stream)
        return stream


_: type[Engine] = ScriptedEngine  # a type checker holds it to the interface
