"""What an engine's stream says becomes events of its session."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from alie import events as on
from alie.engines.interface import Stream
from alie.errors import AlieError
from alie.thrift import Restraint, Thrift
from alie.transcript import Result


class StreamEar:
    """Listens to one stream at a time (see `alie.engines.interface.StreamListener`). Reactor thread.

    Args:
        clock: the reactor, for `seconds`.
        thrift: whether partials are held back.
    """

    def __init__(self, clock: IReactorTime, thrift: Thrift) -> None:
        self._clock = clock
        self._restraint = Restraint(thrift)
        self._stream: Stream | None = None

    def receive(self, event: object) -> None:
        """Gives the session an event; for whoever drives one to say how."""
        raise NotImplementedError

    def on_open(self) -> None:
        """The engine has taken the stream; the client was told to speak long ago."""

    def on_result(self, result: Result) -> None:
        """A partial or final result."""
        for one in self._restraint.take(result, self._clock.seconds()):
            self.receive(on.Heard(one))

    def on_flushed(self) -> None:
        """Everything before the oldest flush is final."""
        self.receive(on.EngineFlushed())

    def on_finished(self) -> None:
        """Everything is final."""
        self.receive(on.EngineFinished())

    def on_failed(self, error: AlieError) -> None:
        """The stream is dead."""
        self._stream = None
        # What is open ends with what was shown of it: that should be the newest there is.
        for one in self._restraint.release():
            self.receive(on.Heard(one))
        self.receive(on.EngineFailed(error))

    def on_status(self, state: str, engine: str, error: AlieError | None) -> None:
        """The engine leg is well again, or not."""
        self.receive(on.EngineStatus(state, engine, error))

    def on_backlog(self, is_full: bool) -> None:
        """The stream is full, or has room again."""
        self.receive(on.EngineBacklog(is_full))
