"""Feeds a take to an engine at the speed of speech, and notes what comes back and when. Reactor thread."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from twisted.internet.defer import Deferred

from alie.engines.interface import Engine
from alie.errors import AlieError
from alie.speech import StreamSpec
from alie.transcript import Result
from bench.scoring import Heard
from bench.takes import SAMPLE_RATE_HZ, Take

FRAME_BYTES = 8192


class Session:
    """One speaker: opens a stream, speaks the take, finishes.

    Attributes:
        heard: every result as it came.
        done: fires when the stream has finished, fails when it has failed.

    Args:
        reactor: its clock.
        engine: a started one.
        take: what to say.
        language_code: of the stream.
        vocabulary: phrases to listen for.
    """

    def __init__(
        self, reactor: Any, engine: Engine, take: Take, language_code: str, vocabulary: tuple[str, ...] = ()
    ) -> None:
        self._reactor = reactor
        self._frame_s = FRAME_BYTES / 2 / SAMPLE_RATE_HZ
        self._pcm = take.pcm
        self._sent = 0
        self.take = take
        self.heard: list[Heard] = []
        self.done: Deferred[None] = Deferred()
        spec = StreamSpec(str(uuid4()), language_code, SAMPLE_RATE_HZ, wants_words=True, vocabulary=vocabulary)
        self._stream = engine.open(spec, self)
        self._began_s = reactor.seconds()
        self._wait()

    def _wait(self) -> None:
        # A frame can be sent once its last sample has been spoken.
        due_s = self._began_s + (self._sent // FRAME_BYTES + 1) * self._frame_s
        self._reactor.callLater(max(0.0, due_s - self._reactor.seconds()), self._send)

    def _send(self) -> None:
        if self._sent >= len(self._pcm):
            self._stream.finish()
            return
        self._stream.feed(self._pcm[self._sent : self._sent + FRAME_BYTES])
        self._sent += FRAME_BYTES
        self._wait()

    def on_result(self, result: Result) -> None:
        """Notes it."""
        came_s = self._reactor.seconds() - self._began_s
        self.heard.append(Heard(result.segment_id, result.start_s, result.end_s, result.text, result.is_final, came_s))

    def on_open(self) -> None:
        """The engine has taken the stream."""

    def on_status(self, state: str, engine: str, error: AlieError | None) -> None:
        """The engine leg is well again, or not."""

    def on_flushed(self) -> None:
        """Never asked for."""

    def on_finished(self) -> None:
        """The take is over."""
        self.done.callback(None)

    def on_failed(self, error: AlieError) -> None:
        """The take is lost."""
        self.done.errback(error)

    def on_backlog(self, is_full: bool) -> None:
        """Speech does not wait."""


class LatenessMeter:
    """How late the reactor calls a timer that is due every 50 ms.

    Attributes:
        late_s: one value for each call.

    Args:
        reactor: the one to measure.
    """

    PERIOD_S = 0.05

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        self.late_s: list[float] = []
        self._expect()

    def _expect(self) -> None:
        self._due_s = self._reactor.seconds() + self.PERIOD_S
        self._call = self._reactor.callLater(self.PERIOD_S, self._tick)

    def _tick(self) -> None:
        self.late_s.append(self._reactor.seconds() - self._due_s)
        self._expect()

    def stop(self) -> None:
        """Ends the measurement."""
        self._call.cancel()
