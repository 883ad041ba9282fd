"""What an engine is: it opens a stream, takes audio, and tells a listener what it heard.

All of it is called on the reactor thread, in both directions. An engine that works in threads crosses over in
`engines/bridge.py` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from twisted.internet.defer import Deferred

from alie.errors import AlieError
from alie.speech import StreamSpec, Traits
from alie.transcript import Result


class StreamListener(Protocol):
    """Told what a stream hears, in order. Nothing is told after `on_finished`, `on_failed` or `Stream.abort`."""

    def on_open(self) -> None:
        """The engine has taken the stream; once, before any result. May come while `Engine.open` is still running."""

    def on_result(self, result: Result) -> None:
        """A partial or final result; every segment once shown gets exactly one final. A partial that must not be seen
        may come without text: the stream hears, and that is all there is to know."""

    def on_flushed(self) -> None:
        """All audio fed before the matching `Stream.flush` has ended as finals; one call for each flush, in order."""

    def on_finished(self) -> None:
        """All audio fed before `Stream.finish` has ended as finals."""

    def on_failed(self, error: AlieError) -> None:
        """The stream is dead; audio not yet final is lost to it."""

    def on_status(self, state: str, engine: str, error: AlieError | None) -> None:
        """How the engine leg is, told by whoever supervises it: "recovering", "live" or "failed_over", as in
        docs/protocol.md; `engine` is the name of the one concerned, `error` what to tell of the trouble."""

    def on_backlog(self, is_full: bool) -> None:
        """The stream holds as much unheard audio as it may (True: stop feeding), or has room again (False).

        What is fed in spite of True is kept all the same: the caller bounds it.
        """


class _Nobody(StreamListener):
    """Is told what comes after the end, and does nothing about it."""


NOBODY: StreamListener = _Nobody()  # type: ignore[abstract]  # it has what it inherits: methods that do nothing
"""Takes the listener's place when a stream is over, so that nothing that was heard is held on to."""


class Stream(Protocol):
    """The engine side of one session."""

    @property
    def backlog_s(self) -> float:
        """Seconds of audio fed and not yet heard."""

    @property
    def settled_s(self) -> float:
        """Seconds of audio before which every word has been told as a final, or will never be told."""

    def feed(self, audio: bytes) -> None:
        """Takes PCM16 mono audio, whole samples, any length. Never blocks."""

    def flush(self) -> None:
        """Ends the open segment now, as if the speaker had paused; `on_flushed` follows. Not where
        `Traits.can_flush` is false."""

    def finish(self) -> None:
        """No more audio will come; finals for all that is left follow, then `on_finished`."""

    def abort(self) -> None:
        """Drops everything at once; the listener hears nothing more. May be called in any state, repeatedly."""


class Engine(Protocol):
    """A recogniser service."""

    @property
    def name(self) -> str:
        """ "amazon" or "embedded"."""

    @property
    def seats(self) -> int:
        """How many streams it can serve at once, in real time."""

    @property
    def has_speaker_labels(self) -> bool:
        """Whether it can tell speakers apart."""

    @property
    def traits(self) -> Traits:
        """What its streams need."""

    @property
    def is_lost(self) -> bool:
        """Whether it can never serve a stream; while it makes ready, it is not lost."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names of the hosts that audio may go to; empty: it stays in this process."""

    def gauges(self) -> Mapping[str, Callable[[], float]]:
        """Figures for the metrics, by name (`alie_engine_` is put before it), each asked when it is wanted."""

    def problems(self) -> list[str]:
        """Why it could not serve a stream right now, in sentences for the operator; empty when it could."""

    def start(self) -> None:
        """Begins to make ready, in the background. Never blocks."""

    def stop(self) -> Deferred[None]:
        """Aborts every stream and gives back threads and connections; fires when that is done."""

    def check(self, spec: StreamSpec) -> None:
        """Says whether streams with these parameters can be had at all.

        Raises:
            EngineRejected: not here; the sentence says why.
        """

    def open(self, spec: StreamSpec, listener: StreamListener) -> Stream:
        """Opens a stream; an engine still making ready keeps the audio until it is.

        Raises:
            Capacity: every seat is taken.
            EngineUnavailable: it cannot make ready at all.
            EngineRejected: it cannot take these parameters.
        """
