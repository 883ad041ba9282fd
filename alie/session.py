"""One client's session, as a state machine: events in, actions out. No socket, no timer, no thread.

Everything that affects transitions is in this file, and which handler answers what is the table at its end. States:

    NEW        the socket is being opened
    GREETED    connection_established was sent; a first message is owed
    STARTED    stream_ready was sent; audio and results flow
    FINISHING  no more audio is taken; the engine settles what it has
    ENDED      all is said; whatever was still on its way is ignored

Every call names the time (`now`, seconds on any steady clock); `deadline` says when the session wants a `Tick`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from alie import actions as do
from alie import asides, errors, replies, wire
from alie import events as on
from alie.actions import Action
from alie.admission import Admission
from alie.dictation import Dictation
from alie.errors import AlieError
from alie.limits import Limits
from alie.speech import EngineFacts


class State(enum.Enum):
    """Where a session stands."""

    NEW = enum.auto()
    GREETED = enum.auto()
    STARTED = enum.auto()
    FINISHING = enum.auto()
    ENDED = enum.auto()


class Session:
    """One client's session.

    Args:
        session_id: uuid4, told to the client.
        engine: which engine will listen.
        admission: where a seat is taken at start and given back at the end.
        limits: durations and sizes.
        is_token_owed: whether a token must be presented. Nothing can verify one yet, so every one is refused.
    """

    def __init__(
        self,
        session_id: str,
        engine: EngineFacts,
        admission: Admission,
        limits: Limits,
        *,
        is_token_owed: bool = False,
    ) -> None:
        self.session_id = session_id
        self.state = State.NEW
        self.is_alie_client = False
        self._engine = engine
        self._admission = admission
        self._limits = limits
        self._is_token_owed = is_token_owed
        self._declared_rate_hz: int | None = None
        self._opened_at = 0.0
        self._drain_at: float | None = None
        self._closing_s = 0.0
        self._ending: AlieError | None = None
        self._dictation: Dictation | None = None

    @property
    def dictation(self) -> Dictation:
        """What began with start.

        Raises:
            RuntimeError: nothing has begun yet.
        """
        if self._dictation is None:
            raise RuntimeError("no dictation before start")
        return self._dictation

    def receive(self, event: object, now: float) -> list[Action]:
        """Takes one event and says what is to be done, in order.

        Args:
            event: a value of events.py or a message of wire.py.
            now: seconds, never less than in the call before.

        Raises:
            KeyError: an event of neither; nothing has changed.
        """
        if isinstance(event, on.Text):
            event = self._parse(event.payload)
        return TABLE[self.state][type(event)](self, event, now)

    def deadline(self) -> float | None:
        """When a `Tick` is due at the latest, on the clock of `receive`; None: never."""
        if self.state is State.GREETED:
            return self._opened_at + (self._limits.authentication_s if self._is_token_owed else self._limits.start_s)
        dictation = self._dictation
        if dictation is None or self.state is State.ENDED:
            return None
        if self.state is State.FINISHING:
            due_at = dictation.progress_at + self._limits.finish_s
        else:
            due_at = dictation.due_at(self._limits)
        return due_at if self._drain_at is None else min(due_at, self._drain_at)

    def _parse(self, payload: bytes) -> object:
        if len(payload) > self._limits.frame_bytes:
            return on.Malformed(errors.FrameTooLarge())
        try:
            return wire.parse(payload)
        except AlieError as error:
            return on.Malformed(error)

    # -- before start --------------------------------------------------------------------------------------------

    def _greet(self, event: on.Opened, now: float) -> list[Action]:
        self.state = State.GREETED
        self._opened_at = now
        return [do.send(replies.connection_established(self.session_id, event.timestamp))]

    def _begin(self, start: wire.StartTranscription, now: float) -> list[Action]:
        self.is_alie_client |= start.is_alie_client
        if self._is_token_owed:
            return self._refuse_token(start.token, now)
        dictation = Dictation(
            self.session_id,
            start,
            self._engine,
            declared_rate_hz=start.declared_rate_hz or self._declared_rate_hz,
            is_alie_client=self.is_alie_client,
            now=now,
        )
        try:
            self._engine.check(dictation.spec())
            self._admission.take()
        except AlieError as error:
            return self._fail(error, now)
        self.state = State.STARTED
        self._dictation = dictation
        return [do.send(dictation.ready()), *dictation.warn_of_vocabulary()]

    def _refuse_token(self, token: str | None, now: float) -> list[Action]:
        return self._fail(errors.AuthRequired() if token is None else errors.AuthInvalid(), now)

    def _fail_with(self, event: on.Malformed | on.EngineFailed, now: float) -> list[Action]:
        if self._dictation is not None:
            self._dictation.lose_engine()
        return self._fail(event.error, now)

    def _refuse_unknown(self, event: object, now: float) -> list[Action]:
        return self._fail(errors.InvalidMessage(), now)

    def _refuse_resume(self, event: wire.ResumeTranscription, now: float) -> list[Action]:
        self.is_alie_client = True
        if self._is_token_owed:
            return self._refuse_token(event.token, now)
        return asides.warn(errors.SessionNotFound())

    def _authenticate(self, event: wire.Authenticate, now: float) -> list[Action]:
        self.is_alie_client = True
        if self._is_token_owed:
            return self._refuse_token(event.token, now)
        return [do.send(replies.authenticated(None))]

    def _time_out_start(self, event: on.Tick, now: float) -> list[Action]:
        if now < (self.deadline() or now):
            return []
        return self._fail(errors.AuthRequired() if self._is_token_owed else errors.StartTimeout(), now)

    # -- audio and results ---------------------------------------------------------------------------------------

    def _hear(self, event: on.Audio, now: float) -> list[Action]:
        if len(event.payload) > self._limits.frame_bytes:
            return self._fail(errors.FrameTooLarge(), now)
        return self.dictation.hear(event.payload, now)

    def _tell(self, event: on.Heard, now: float) -> list[Action]:
        return self.dictation.tell(event.result, now)

    def _flush(self, event: wire.Flush, now: float) -> list[Action]:
        self.is_alie_client = True
        return self.dictation.flush(now, is_asked=True)

    def _answer_flush(self, event: on.EngineFlushed, now: float) -> list[Action]:
        return self.dictation.answer_flush(now)

    def _pause(self, event: wire.Pause, now: float) -> list[Action]:
        self.is_alie_client = True
        return self.dictation.go_quiet(now)

    def _tell_status(self, event: on.EngineStatus, now: float) -> list[Action]:
        warned_at = None if self.is_alie_client else now + self._limits.recovery_s
        return self.dictation.tell_status(event, warned_at)

    def _set_backlog(self, event: on.EngineBacklog, now: float) -> list[Action]:
        self.dictation.hold_back(event.is_full, now)
        return [do.PauseReading() if event.is_full else do.ResumeReading()]

    # -- the end -------------------------------------------------------------------------------------------------

    def _tick(self, event: on.Tick, now: float) -> list[Action]:
        dictation = self.dictation
        if self._drain_at is not None and now >= self._drain_at:
            self._drain_at = now + self._closing_s
            return self._finish(errors.ShuttingDown(), now)
        if now >= dictation.started_at + self._limits.duration_s:
            return self._finish(errors.MaxDuration(), now)
        if now >= dictation.heard_at + self._limits.idle_s:
            return self._finish(errors.IdleTimeout(), now)
        if dictation.weighed_at is not None and now >= dictation.weighed_at:
            return dictation.hand_on_held(now)
        if dictation.warned_at is not None and now >= dictation.warned_at:
            return dictation.warn()
        quiet_at = dictation.quiet_at(self._limits.quiet_s)
        return dictation.go_quiet(now) if quiet_at is not None and now >= quiet_at else []

    def _stop(self, event: wire.StopTranscription, now: float) -> list[Action]:
        return self._finish(None, now)

    def _finish(self, ending: AlieError | None, now: float) -> list[Action]:
        """Has the engine settle what it has; `ending` is the error to close with, None for a stop as asked."""
        self._ending = ending
        held = self.dictation.hand_on_held(now)
        self.state = State.FINISHING
        self.dictation.progress_at = now
        if self.dictation.is_engine_open:
            return [*held, do.FinishEngine()]
        return self._complete(on.EngineFinished(), now)

    def _complete(self, event: on.EngineFinished, now: float) -> list[Action]:
        if self._ending is not None:
            return self._fail(self._ending, now)
        return [*self.dictation.complete(now), do.Close(1000, ""), *self._end("complete", now)]

    def _give_up(self, event: on.Tick, now: float) -> list[Action]:
        if self._drain_at is not None and now >= self._drain_at:
            return self._fail_with(on.EngineFailed(errors.ShuttingDown()), now)
        if now >= self.dictation.progress_at + self._limits.finish_s:
            return self._fail_with(on.EngineFailed(errors.EngineUnavailable()), now)
        return []

    def _drain(self, event: on.Drain, now: float) -> list[Action]:
        told: list[Action] = [do.send(replies.server_draining(event.reconnect_after_s))]
        self._drain_at = now + event.after_s
        self._closing_s = event.closing_s
        if self.state is State.GREETED:
            return told + self._fail(errors.ShuttingDown(), now)
        if self.is_alie_client and self.state is State.STARTED:
            return told + self._finish(errors.ShuttingDown(), now)
        return told

    def _lose(self, event: on.Lost, now: float) -> list[Action]:
        return self._end("unstarted" if self._dictation is None else "lost", now)

    def _fail(self, error: AlieError, now: float) -> list[Action]:
        opened = self._dictation.tell_open(now) if self._dictation else []
        told = do.send(replies.transcription_error(error, is_fatal=True))
        close = do.Close(error.close_code, error.sentence)
        return [*opened, told, do.Counted(error.code), close, *self._end(error.code, now)]

    def _end(self, outcome: str, now: float) -> list[Action]:
        self.state = State.ENDED
        duration_s = now - self._opened_at
        if self._dictation is None:
            return [do.Ended(outcome, duration_s)]
        self._admission.leave()
        return [do.AbortEngine(), self._dictation.summary(outcome, duration_s)]

    def _declare_rate(self, event: wire.AudioInit, now: float) -> list[Action]:
        if self._dictation is None:
            self._declared_rate_hz = event.declared_rate_hz
        rate_hz = self._dictation.sample_rate_hz if self._dictation else wire.PLAIN_SAMPLE_RATE_HZ
        return [do.send(replies.audio_init_ack(rate_hz))]

    def _complain(self, event: on.Malformed, now: float) -> list[Action]:
        if isinstance(event.error, errors.FrameTooLarge):
            return self._fail(event.error, now)
        if isinstance(event.error, errors.UnsupportedLanguage):  # a second start is ignored, whatever it says
            return asides.ignore(self, event, now)
        return asides.warn(event.error)


_Handler = Callable[[Session, Any, float], list[Action]]
_S = Session
_none, _skip, _bad = asides.nothing, asides.ignore, _S._refuse_unknown
_pong, _save, _ack = asides.pong, asides.refuse_command, asides.acknowledge

# fmt: off
_ROWS: dict[type, tuple[_Handler, ...]] = {
    # event                    NEW        GREETED             STARTED             FINISHING           ENDED
    on.Opened:                (_S._greet, _none,              _none,              _none,              _none),
    on.Lost:                  (_S._lose,  _S._lose,           _S._lose,           _S._lose,           _none),
    on.Tick:                  (_none,     _S._time_out_start, _S._tick,           _S._give_up,        _none),
    on.Drain:                 (_none,     _S._drain,          _S._drain,          _S._drain,          _none),
    on.Malformed:             (_none,     _S._fail_with,      _S._complain,       _S._complain,       _none),
    on.Audio:                 (_none,     _bad,               _S._hear,           _skip,              _none),
    wire.StartTranscription:  (_none,     _S._begin,          _skip,              _skip,              _none),
    wire.StopTranscription:   (_none,     _bad,               _S._stop,           _skip,              _none),
    wire.Flush:               (_none,     _bad,               _S._flush,          _skip,              _none),
    wire.Pause:               (_none,     _bad,               _S._pause,          _skip,              _none),
    wire.Unpause:             (_none,     _bad,               asides.unpause,     _skip,              _none),
    wire.ResumeTranscription: (_none,     _S._refuse_resume,  _skip,              _skip,              _none),
    wire.Authenticate:        (_none,     _S._authenticate,   _S._authenticate,   _S._authenticate,   _none),
    wire.Ping:                (_none,     _pong,              _pong,              _pong,              _none),
    wire.Command:             (_none,     _bad,               _save,              _save,              _none),
    wire.VoiceCommand:        (_none,     _bad,               _ack,               _ack,               _none),
    wire.AudioInit:           (_none,     _S._declare_rate,   _S._declare_rate,   _S._declare_rate,   _none),
    wire.Unknown:             (_none,     _bad,               _skip,              _skip,              _none),
    on.Heard:                 (_none,     _none,              _S._tell,           _S._tell,           _none),
    on.EngineStatus:          (_none,     _none,              _S._tell_status,    _S._tell_status,    _none),
    on.EngineFlushed:         (_none,     _none,              _S._answer_flush,   _S._answer_flush,   _none),
    on.EngineFinished:        (_none,     _none,              _none,              _S._complete,       _none),
    on.EngineFailed:          (_none,     _S._fail_with,      _S._fail_with,      _S._fail_with,      _none),
    on.EngineBacklog:         (_none,     _none,              _S._set_backlog,    _none,              _none),
}
# fmt: on

TABLE = {state: {event: row[column] for event, row in _ROWS.items()} for column, state in enumerate(State)}
