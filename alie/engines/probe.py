"""Finds out whether an engine that was away is back: half a second of silence on a leg of its own. Reactor thread."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from alie.audio import byte_length
from alie.engines.interface import Engine, Stream
from alie.errors import AlieError
from alie.speech import StreamSpec
from alie.transcript import Result

PROBE_S = 10.0
"""For all of it."""

_SILENCE_S = 0.5


class Probe:
    """One try; a listener of its own stream.

    Args:
        reactor: for the time-out.
        engine: that is tried.
        spec: of the stream.
        done: told once whether it works.
    """

    def __init__(self, reactor: IReactorTime, engine: Engine, spec: StreamSpec, done: Callable[[bool], None]) -> None:
        self._reactor = reactor
        self._engine = engine
        self._spec = spec
        self._done: Callable[[bool], None] | None = done
        self._stream: Stream | None = None
        self._timer: IDelayedCall | None = None

    def begin(self) -> None:
        """Opens the leg."""
        self._timer = self._reactor.callLater(PROBE_S, self._time_out)
        try:
            self._stream = stream = self._engine.open(self._spec, self)
        except AlieError:
            self._end(False)
            return
        # An engine may answer within a call.
        if self._done is not None:
            stream.feed(bytes(byte_length(_SILENCE_S, self._spec.sample_rate_hz)))
        if self._done is not None:
            stream.finish()
        else:
            stream.abort()

    def abort(self) -> None:
        """Drops it, and tells nothing."""
        self._done = None
        self._end(False)

    def _time_out(self) -> None:
        self._timer = None
        self._end(False)

    def _end(self, is_well: bool) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._stream is not None:
            self._stream.abort()
        done, self._done = self._done, None
        if done is not None:
            done(is_well)

    # -- told by the stream ----------------------------------------------------------------------------------------

    def on_finished(self) -> None:
        """It works."""
        self._end(True)

    def on_failed(self, error: AlieError) -> None:
        """It does not."""
        self._end(False)

    def on_open(self) -> None:
        """That it opens does not show yet that it works."""

    def on_result(self, result: Result) -> None:
        """Whatever it hears in silence."""

    def on_flushed(self) -> None:
        """Never asked for."""

    def on_status(self, state: str, engine: str, error: AlieError | None) -> None:
        """Only a supervisor tells this."""

    def on_backlog(self, is_full: bool) -> None:
        """Half a second is never too much."""
