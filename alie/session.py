"""One client's session, as a state machine: events in, actions out. No socket, no timer, no thread.

Everything that affects transitions is in this file, in proving.py and in timing.py, and which handler answers what is
the table at the end. States:

    NEW        the socket is being opened
    GREETED    connection_established was sent; a first message is owed, and proof of who speaks where that is asked
    VERIFYING  a first token is being verified; whatever else comes waits
    STARTED    stream_ready was sent; audio and results flow
    FINISHING  no more audio is taken; the engine settles what it has
    ENDED      all is said; whatever was still on its way is ignored

Every call names the time (`now`, seconds on any steady clock); `deadline` says when the session wants a `Tick`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from alie import actions as do
from alie import asides, errors, proving, relays, replies, timing, wire
from alie import events as on
from alie.actions import Action
from alie.admission import Admission
from alie.anteroom import Anteroom
from alie.dictation import Dictation
from alie.errors import AlieError
from alie.exports import Exports
from alie.limits import Limits
from alie.principal import Principal
from alie.speech import EngineFacts
from alie.standing import Standing
from alie.state import State as State


class Session:
    """One client's session.

    Args:
        session_id: uuid4, told to the client.
        engine: which engine will listen.
        admission: where a seat is taken at start and given back at the end.
        limits: durations and sizes.
        standing: what the door knows of the client; by default no proof is owed.
        can_export: whether there is a place to export texts to.
    """

    def __init__(
        self,
        session_id: str,
        engine: EngineFacts,
        admission: Admission,
        limits: Limits,
        *,
        standing: Standing | None = None,
        can_export: bool = False,
    ) -> None:
        self.session_id = session_id
        self.state = State.NEW
        self.is_alie_client = False
        self.limits = limits
        self.standing = standing or Standing()
        self.anteroom = Anteroom()
        self.renewals_refused = 0
        self._engine = engine
        self._admission = admission
        self._can_export = can_export
        self._seated: Principal | None = None
        self._declared_rate_hz: int | None = None
        self.opened_at = 0.0
        self.drain_at: float | None = None
        self.closing_s = 0.0
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

    dispatch = receive  # for those who put events into order (proving.py)

    def deadline(self) -> float | None:
        """When a `Tick` is due at the latest, on the clock of `receive`; None: never."""
        if self.state is State.GREETED:
            limits = self.limits
            return self.opened_at + (limits.authentication_s if self.standing.is_debtor else limits.start_s)
        if self.state is State.VERIFYING:
            return self.standing.due_at
        dictation = self._dictation
        if dictation is None or self.state is State.ENDED:
            return None
        if self.state is State.FINISHING:
            due_at = dictation.progress_at + self.limits.finish_s
        else:
            due_at = dictation.due_at(self.limits)
            proof_at = self.standing.due_at
            if proof_at is not None and proof_at < due_at:
                due_at = proof_at
        return due_at if self.drain_at is None else min(due_at, self.drain_at)

    def _parse(self, payload: bytes) -> object:
        if len(payload) > self.limits.frame_bytes:
            return on.Malformed(errors.FrameTooLarge())
        try:
            return wire.parse(payload)
        except AlieError as error:
            return on.Malformed(error)

    # -- before start --------------------------------------------------------------------------------------------

    def _greet(self, event: on.Opened, now: float) -> list[Action]:
        self.opened_at = now
        refusal = self.standing.refusal
        if isinstance(refusal, errors.AuthInvalid | errors.AuthExpired):
            return proving.shut(self, refusal, now)
        self.state = State.GREETED
        greeting = do.send(replies.connection_established(self.session_id, event.timestamp))
        if refusal is not None:
            return [greeting, *proving.turn_away(self, refusal, now)]
        return [greeting, *self.standing.watch()]

    def _begin(self, start: wire.StartTranscription, now: float) -> list[Action]:
        self.is_alie_client |= start.is_alie_client
        unproved = proving.prove(self, start, start.token, now)
        if unproved is not None:
            return unproved
        caller = self.standing.caller
        dictation = Dictation(
            self.session_id,
            replace(start, token=None),
            self._engine,
            declared_rate_hz=start.declared_rate_hz or self._declared_rate_hz,
            is_alie_client=self.is_alie_client,
            now=now,
            exports=Exports() if self._can_export and self.standing.has_identity else None,
        )
        principal = caller.principal if caller else None
        try:
            self._engine.check(dictation.spec())
            self._admission.take(principal)
        except AlieError as error:
            return self.fail(error, now)
        self.state = State.STARTED
        self._dictation, self._seated = dictation, principal
        started = do.Started(start.language_code, start.mode, self._engine.name)
        return [started, do.send(dictation.ready()), *dictation.warn_of_vocabulary()]

    def _fail_with(self, event: on.Malformed | on.EngineFailed, now: float) -> list[Action]:
        return self.break_off(event.error, now)

    def _refuse_unknown(self, event: object, now: float) -> list[Action]:
        return self.fail(errors.InvalidMessage(), now)

    def _declare_rate(self, event: wire.AudioInit, now: float) -> list[Action]:
        if self._dictation is None:
            self._declared_rate_hz = event.declared_rate_hz
        rate_hz = self._dictation.sample_rate_hz if self._dictation else wire.PLAIN_SAMPLE_RATE_HZ
        return [do.send(replies.audio_init_ack(rate_hz))]

    # -- audio ---------------------------------------------------------------------------------------------------

    def _hear(self, event: on.Audio, now: float) -> list[Action]:
        if len(event.payload) > self.limits.frame_bytes:
            return self.fail(errors.FrameTooLarge(), now)
        return self.dictation.hear(event.payload, now)

    def _complain(self, event: on.Malformed, now: float) -> list[Action]:
        if isinstance(event.error, errors.FrameTooLarge):
            return self.fail(event.error, now)
        return relays.complain(self, event, now)

    # -- the end -------------------------------------------------------------------------------------------------

    def _stop(self, event: wire.StopTranscription, now: float) -> list[Action]:
        return self.finish(None, now)

    def finish(self, ending: AlieError | None, now: float) -> list[Action]:
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
            return self.fail(self._ending, now)
        return [*self.dictation.complete(now), do.Close(1000, ""), *self.end("complete", now)]

    def _drain(self, event: on.Drain, now: float) -> list[Action]:
        told: list[Action] = [do.send(replies.server_draining(event.reconnect_after_s))]
        self.drain_at = now + event.after_s
        self.closing_s = event.closing_s
        if self.state in (State.GREETED, State.VERIFYING):
            return told + self.fail(errors.ShuttingDown(), now)
        if self.is_alie_client and self.state is State.STARTED:
            return told + self.finish(errors.ShuttingDown(), now)
        return told

    def _lose(self, event: on.Lost, now: float) -> list[Action]:
        return self.end("unstarted" if self._dictation is None else "lost", now)

    def break_off(self, error: AlieError, now: float) -> list[Action]:
        """Ends with an error; what the engine has told nothing of is lost."""
        if self._dictation is not None:
            self._dictation.lose_engine()
        return self.fail(error, now)

    def fail(self, error: AlieError, now: float) -> list[Action]:
        """Ends with an error, at once: what is open ends with what was shown of it."""
        opened = self._dictation.tell_open(now) if self._dictation else []
        told = do.send(replies.transcription_error(error, is_fatal=True))
        close = do.Close(error.close_code, error.sentence)
        return [*opened, told, do.Counted(error.code), close, *self.end(error.code, now)]

    def end(self, outcome: str, now: float) -> list[Action]:
        """All is said, and nothing is kept; `outcome` is that of `actions.Ended`."""
        self.state = State.ENDED
        self.anteroom.clear()
        duration_s = now - self.opened_at
        if self._dictation is None:
            return [do.Ended(outcome, duration_s)]
        self._admission.leave(self._seated)
        self._dictation.exports = None
        return [do.AbortEngine(), self._dictation.summary(outcome, duration_s)]


_Handler = Callable[[Session, Any, float], list[Action]]
_S = Session
_none, _skip, _bad, _wait, _broken = asides.nothing, asides.ignore, _S._refuse_unknown, proving.wait, _S._fail_with
_pong, _ack, _cmd, _rate, _renew = asides.pong, asides.acknowledge, relays.command, _S._declare_rate, proving.renew
_let_in, _refuse, _renewed, _keep = proving.let_in, proving.refuse, proving.renewed, proving.keep
_intro, _resume, _gone, _waited = proving.introduce, proving.resume, proving.revoke, proving.time_out
_doubt = proving.revoke_early
_late, _tick, _give_up, _drain, _lose = timing.start_late, timing.tick, timing.give_up, _S._drain, _S._lose
_tell, _status, _settled, _told = relays.tell, relays.tell_status, relays.answer_flush, relays.tell_export

# fmt: off
_ROWS: dict[type, tuple[_Handler, ...]] = {
    # event                    NEW        GREETED    VERIFYING  STARTED         FINISHING     ENDED
    on.Opened:                (_S._greet, _none,     _none,     _none,          _none,        _none),
    on.Lost:                  (_lose,     _lose,     _lose,     _lose,          _lose,        _none),
    on.Tick:                  (_none,     _late,     _waited,   _tick,          _give_up,     _none),
    on.Drain:                 (_none,     _drain,    _drain,    _drain,         _drain,       _none),
    on.Malformed:             (_none,     _broken,   _wait,     _S._complain,   _S._complain, _none),
    on.Audio:                 (_none,     _bad,      _wait,     _S._hear,       _skip,        _none),
    wire.StartTranscription:  (_none,     _S._begin, _wait,     _skip,          _skip,        _none),
    wire.StopTranscription:   (_none,     _bad,      _wait,     _S._stop,       _skip,        _none),
    wire.Flush:               (_none,     _bad,      _wait,     relays.flush,   _skip,        _none),
    wire.Pause:               (_none,     _bad,      _wait,     relays.pause,   _skip,        _none),
    wire.Unpause:             (_none,     _bad,      _wait,     asides.unpause, _skip,        _none),
    wire.ResumeTranscription: (_none,     _resume,   _wait,     _skip,          _skip,        _none),
    wire.Authenticate:        (_none,     _intro,    _wait,     _renew,         _renew,       _none),
    wire.Ping:                (_none,     _pong,     _pong,     _pong,          _pong,        _none),
    wire.Command:             (_none,     _bad,      _wait,     _cmd,           _cmd,         _none),
    wire.VoiceCommand:        (_none,     _bad,      _wait,     _ack,           _ack,         _none),
    wire.AudioInit:           (_none,     _rate,     _wait,     _rate,          _rate,        _none),
    wire.Unknown:             (_none,     _bad,      _wait,     _skip,          _skip,        _none),
    on.Verified:              (_none,     _none,     _let_in,   _renewed,       _renewed,     _none),
    on.Refused:               (_none,     _none,     _refuse,   _keep,          _keep,        _none),
    on.Revoked:               (_none,     _doubt,    _none,     _gone,          _gone,        _none),
    on.Exported:              (_none,     _none,     _none,     _told,          _told,        _none),
    on.Heard:                 (_none,     _none,     _none,     _tell,          _tell,        _none),
    on.EngineStatus:          (_none,     _none,     _none,     _status,        _status,      _none),
    on.EngineFlushed:         (_none,     _none,     _none,     _settled,       _settled,     _none),
    on.EngineFinished:        (_none,     _none,     _none,     _none,          _S._complete, _none),
    on.EngineFailed:          (_none,     _broken,   _broken,   _broken,        _broken,      _none),
    on.EngineBacklog:         (_none,     _none,     _none,     relays.backlog, _none,        _none),
}
# fmt: on

TABLE = {state: {event: row[column] for event, row in _ROWS.items()} for column, state in enumerate(State)}
