"""What an engine is: it opens a stream, takes audio, and tells a listener what it heard.

All of it is called on the reactor thread, in both directions. An engine that works in threads crosses over in
`engines/bridge.py` and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from twisted.internet.defer import Deferred

from alie.errors import AlieError
from alie.transcript import Result

FR_CA = "fr-CA"
EN_US = "en-US"
AUTO = "auto"
LANGUAGE_CODES = (FR_CA, EN_US)


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """What one stream is to listen for.

    Attributes:
        session_id: uuid of the session, for logs and for engines that want one.
        language_code: "fr-CA", "en-US", or "auto" for identification between the two.
        sample_rate_hz: 8000..48000, of the PCM16 mono audio that `Stream.feed` will get.
        wants_partials: whether partial results are of any use.
        wants_words: whether finals need word times.
        wants_speakers: whether the words should carry speaker labels, where the engine can.
        vocabulary: phrases to listen for, at most 100.
        vocabulary_name: name of a vocabulary kept at the engine's vendor.
    """

    session_id: str
    language_code: str
    sample_rate_hz: int = 16000
    wants_partials: bool = True
    wants_words: bool = False
    wants_speakers: bool = False
    vocabulary: tuple[str, ...] = ()
    vocabulary_name: str | None = None


class StreamListener(Protocol):
    """Told what a stream hears, in order. Nothing is told after `on_finished`, `on_failed` or `Stream.abort`."""

    def on_result(self, result: Result) -> None:
        """A partial or final result; every segment once shown gets exactly one final."""

    def on_flushed(self) -> None:
        """All audio fed before the matching `Stream.flush` has ended as finals; one call for each flush, in order."""

    def on_finished(self) -> None:
        """All audio fed before `Stream.finish` has ended as finals."""

    def on_failed(self, error: AlieError) -> None:
        """The stream is dead; audio not yet final is lost to it."""

    def on_backlog(self, is_full: bool) -> None:
        """The stream holds as much unheard audio as it may (True: stop feeding), or has room again (False).

        What is fed in spite of True is kept all the same: the caller bounds it.
        """


class Stream(Protocol):
    """The engine side of one session."""

    @property
    def backlog_s(self) -> float:
        """Seconds of audio fed and not yet heard."""

    def feed(self, audio: bytes) -> None:
        """Takes PCM16 mono audio, whole samples, any length. Never blocks."""

    def flush(self) -> None:
        """Ends the open segment now, as if the speaker had paused; `on_flushed` follows."""

    def finish(self) -> None:
        """No more audio will come; finals for all that is left follow, then `on_finished`."""

    def abort(self) -> None:
        """Drops everything at once; the listener hears nothing more. May be called in any state, repeatedly."""


class Engine(Protocol):
    """A recogniser service."""

    @property
    def name(self) -> str:
        """"amazon" or "embedded"."""

    @property
    def seats(self) -> int:
        """How many streams it can serve at once, in real time."""

    @property
    def has_speaker_labels(self) -> bool:
        """Whether it can tell speakers apart."""

    def problems(self) -> list[str]:
        """Why it could not serve a stream right now, in sentences for the operator; empty when it could."""

    def start(self) -> None:
        """Begins to make ready, in the background. Never blocks."""

    def stop(self) -> Deferred[None]:
        """Aborts every stream and gives back threads and connections; fires when that is done."""

    def open(self, spec: StreamSpec, listener: StreamListener) -> Stream:
        """Opens a stream; an engine still making ready keeps the audio until it is.

        Raises:
            Capacity: every seat is taken.
            EngineUnavailable: it cannot make ready at all.
            EngineRejected: it cannot take these parameters.
        """
