"""The recogniser that ships with Alie, as an engine. Reactor thread; the model lives in the workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from alie.engines.bridge import Bridge, BridgeReactor, failure_name, with_low_priority
from alie.engines.embedded.hearing import Workshop
from alie.engines.embedded.libraries import prepare_environment
from alie.engines.embedded.model import ModelError, ModelLocation
from alie.engines.embedded.policy import Policy
from alie.engines.embedded.stream import EmbeddedStream
from alie.engines.interface import Stream, StreamListener
from alie.engines.scheduling import Kind
from alie.errors import Capacity, EngineRejected, EngineUnavailable
from alie.speech import AUTO, LANGUAGE_CODES, StreamSpec, Traits

SEATS_PER_WORKER = 3
"""Live streams that one core keeps up with, partials included."""

_LOADING = "The speech model is being loaded"
_NOT_STARTED = "The embedded engine has not been started"
_STOPPED = "The embedded engine is stopped"

_log = Logger()


class EmbeddedEngine:
    """See `alie.engines.interface.Engine`.

    Args:
        reactor: its clock and its `callFromThread`.
        model: from `locate_model`.
        workers: readings that may be under way at once, at least 1: one for each core.
        seats: streams at once; by default three for each worker.
        policy: the numbers to decide by.
        bridge: for tests; by default one of its own with `workers` threads.
        load: for tests; makes the workshop, in a worker thread; by default the real one.
    """

    name = "embedded"
    has_speaker_labels = False
    traits = Traits()

    def __init__(
        self,
        reactor: BridgeReactor,
        model: ModelLocation,
        workers: int,
        seats: int | None = None,
        policy: Policy | None = None,
        bridge: Bridge | None = None,
        load: Callable[[], Workshop] | None = None,
    ) -> None:
        self._reactor = reactor
        self._model = model
        self._workers = workers
        self._seats = seats if seats is not None else SEATS_PER_WORKER * workers
        self._policy = policy or Policy()
        self._bridge = bridge or Bridge(reactor, workers)
        self._load = load or self._load_recognizer
        self._workshop: Workshop | None = None
        self._problem: str | None = _NOT_STARTED
        self.is_lost = False
        self._streams: set[EmbeddedStream] = set()

    @property
    def seats(self) -> int:
        """How many streams it can serve at once, in real time."""
        return self._seats

    @property
    def open_streams(self) -> int:
        """Seats taken."""
        return len(self._streams)

    @property
    def busy_workers(self) -> int:
        """Readings under way."""
        return self._bridge.busy_workers

    @property
    def queued_jobs(self) -> int:
        """Jobs that wait for a worker."""
        return self._bridge.queued_jobs

    @property
    def decode_seconds(self) -> float:
        """Seconds that readings have taken since the start, all workers together; only grows."""
        return self._bridge.busy_s

    @property
    def hosts(self) -> tuple[str, ...]:
        """None: audio stays in this process."""
        return ()

    def gauges(self) -> Mapping[str, Callable[[], float]]:
        """Workers that read, jobs that wait, and seconds that readings have taken since the start."""
        return {
            "busy_workers": lambda: self.busy_workers,
            "queued_jobs": lambda: self.queued_jobs,
            "decode_seconds": lambda: self.decode_seconds,
        }

    def problems(self) -> list[str]:
        """Why it could not serve a stream right now, in sentences for the operator; empty when it could."""
        return [self._problem] if self._problem else []

    def start(self) -> None:
        """Loads the model in the background. For once only."""
        self._problem = _LOADING
        self._bridge.start()
        loading = self._bridge.run(self, Kind.WARM_UP, self._reactor.seconds(), self._load)
        loading.addCallbacks(self._on_loaded, self._on_not_loaded)

    def stop(self) -> Deferred[None]:
        """Aborts every stream and gives back the threads; fires when the last job has ended. For once only."""
        self._problem = _STOPPED
        self.is_lost = True
        for stream in list(self._streams):
            stream.abort()
        self._bridge.abort(self)
        self._workshop = None
        return self._bridge.stop()

    def check(self, spec: StreamSpec) -> None:
        """Any of the languages, at any rate from 8000 to 48000 Hz.

        Raises:
            EngineRejected: another language, or another rate.
        """
        if spec.language_code not in (*LANGUAGE_CODES, AUTO) or not 8000 <= spec.sample_rate_hz <= 48000:
            raise EngineRejected

    def open(self, spec: StreamSpec, listener: StreamListener) -> Stream:
        """Opens a stream; while the model is being loaded the audio is kept.

        The names of vocabularies kept elsewhere mean nothing here and are ignored.

        Raises:
            Capacity: every seat is taken.
            EngineUnavailable: the model could not be loaded, or the engine is stopped.
            EngineRejected: another language, or a rate outside 8000..48000 Hz.
        """
        if self.is_lost:
            raise EngineUnavailable
        self.check(spec)
        if len(self._streams) >= self._seats:
            raise Capacity
        stream = EmbeddedStream(spec, listener, self._reactor, self._bridge, self._policy, self._streams.discard)
        self._streams.add(stream)
        if self._workshop is not None:
            stream.make_ready(self._workshop)
        return stream

    def _load_recognizer(self) -> Workshop:
        return with_low_priority(self._import_and_load)

    def _import_and_load(self) -> Workshop:
        prepare_environment()
        # Imported here, in the worker: together these libraries take over a second.
        from alie.engines.embedded.recognizer import Recognizer

        return Recognizer(self._model, self._workers, self._policy)

    def _on_loaded(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._problem = None
        for stream in list(self._streams):
            stream.make_ready(workshop)

    def _on_not_loaded(self, failure: Failure) -> None:
        _log.failure("The speech model could not be loaded", event="engine.no_model", failure=failure)
        error = failure.value
        self._problem = (
            str(error)
            if isinstance(error, ModelError)
            else f"The speech model could not be loaded ({failure_name(failure)}); the log says more"
        )
        self.is_lost = True
        for stream in list(self._streams):
            stream.fail(EngineUnavailable())
