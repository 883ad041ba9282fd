"""One client's session, as a state machine: events in, actions out. No socket, no timer, no thread.

Everything that affects transitions is in this file, in opening.py, proving.py, resuming.py and timing.py, and which
handler answers what is the table at the end. States:

    NEW        the socket is being opened
    GREETED    connection_established was sent; a first message is owed, and proof of who speaks where that is asked
    VERIFYING  a first token is being verified; whatever else comes waits
    STARTED    stream_ready was sent; audio and results flow
    FINISHING  no more audio is taken; the engine settles what it has
    ENDED      all is said; whatever was still on its way is ignored, but who may come back is told the end again

Every call names the time (`now`, seconds on any steady clock); `deadline` says when the session wants a `Tick`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from alie import actions as do
from alie import asides, errors, opening, proving, relays, replies, resuming, timing, wire
from alie import events as on
from alie.actions import Action
from alie.admission import Admission
from alie.anteroom import Anteroom
from alie.dictation import Dictation
from alie.errors import AlieError
from alie.limits import Limits
from alie.principal import Principal
from alie.resumption import Resumption
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
        resume_path: URL path at which its client comes back to this daemon.
        new_token: makes the secrets with which a client comes back to its session.
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
        resume_path: str = replies.RESUME_PATH,
        new_token: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self.session_id = session_id
        self.state = State.NEW
        self.is_alie_client = False
        self.limits = limits
        self.standing = standing or Standing()
        self.anteroom = Anteroom()
        self.renewals_refused = 0
        self.engine = engine
        self.admission = admission
        self.can_export = can_export
        self.resume_path = resume_path
        self.seated: Principal | None = None
        self.declared_rate_hz: int | None = None
        self.opened_at = 0.0
        self.drain_at: float | None = None
        self.closing_s = 0.0
        self._ending: AlieError | None = None
        self.begun: Dictation | None = None
        self.new_token = new_token
        self.resumption: Resumption | None = None

    @property
    def dictation(self) -> Dictation:
        """What began with start.

        Raises:
            RuntimeError: nothing has begun yet.
        """
        if self.begun is None:
            raise RuntimeError("no dictation before start")
        return self.begun

    def receive(self, event: object, now: float) -> list[Action]:
        """Takes one event and says what is to be done, in order.

        Args:
            event: a value of events.py or a message of wire.py.
            now: seconds, never less than in the call before.

        Raises:
            KeyError: an event of neither; nothing has changed.
        """
        resumption = self.resumption
        if resumption is not None and isinstance(event, on.Text | on.Audio):
            resumption.hear()
        if isinstance(event, on.Text):
            event = self._parse(event.payload)
        actions = TABLE[self.state][type(event)](self, event, now)
        resumption = self.resumption or resumption  # also when it was withdrawn just now: nobody is there to hear it
        return actions if resumption is None else resumption.pass_on(actions)

    dispatch = receive  # for those who put events into order (proving.py)

    def deadline(self) -> float | None:
        """When a `Tick` is due at the latest, on the clock of `receive`; None: never."""
        if self.state is State.GREETED:
            limits = self.limits
            return self.opened_at + (limits.authentication_s if self.standing.is_debtor else limits.start_s)
        if self.state is State.VERIFYING:
            return self.standing.due_at
        waits_until = self.resumption.waits_until if self.resumption is not None else None
        dictation = self.begun
        if dictation is None or self.state is State.ENDED:
            return waits_until
        if self.state is State.FINISHING:
            due_at = dictation.progress_at + self.limits.finish_s
        else:
            due_at = dictation.due_at(self.limits)
            proof_at = self.standing.due_at
            if proof_at is not None and proof_at < due_at:
                due_at = proof_at
        if self.drain_at is not None and self.drain_at < due_at:
            due_at = self.drain_at
        return due_at if waits_until is None or due_at < waits_until else waits_until

    def _parse(self, payload: bytes) -> object:
        if len(payload) > self.limits.frame_bytes:
            return on.Malformed(errors.FrameTooLarge())
        try:
            return wire.parse(payload)
        except AlieError as error:
            return on.Malformed(error)

    def _fail_with(self, event: on.Malformed | on.EngineFailed, now: float) -> list[Action]:
        return self.break_off(event.error, now)

    # -- audio ---------------------------------------------------------------------------------------------------

    def _hear(self, event: on.Audio, now: float) -> list[Action]:
        if len(event.payload) > self.limits.frame_bytes:
            return self.fail(errors.FrameTooLarge(), now)
        return self.dictation.hear(event.payload, now, self.limits.ack_s)

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
        if self.resumption is not None and self.resumption.is_detached:
            return resuming.abandon(self, now)
        told: list[Action] = [do.send(replies.server_draining(event.reconnect_after_s))]
        self.drain_at = now + event.after_s
        self.closing_s = event.closing_s
        if self.state in (State.GREETED, State.VERIFYING):
            return told + self.fail(errors.ShuttingDown(), now)
        if self.is_alie_client and self.state is State.STARTED:
            # A client that keeps its audio has the next daemon hear a sentence whole; others get what there is of it.
            leave = self.finish if self.resumption is None else self.break_off
            return told + leave(errors.ShuttingDown(), now)
        return told

    def _lose(self, event: on.Lost, now: float) -> list[Action]:
        return self.end("unstarted", now)

    def break_off(self, error: AlieError, now: float) -> list[Action]:
        """Ends with an error; what the engine has told nothing of is lost."""
        if self.begun is not None:
            self.begun.lose_engine()
        return self.fail(error, now)

    def fail(self, error: AlieError, now: float) -> list[Action]:
        """Ends with an error, at once: what is open ends with what was shown of it, unless it will be heard anew."""
        is_heard_anew = self.resumption is not None and error.retryable
        opened = self.begun.tell_open(now) if self.begun and not is_heard_anew else []
        told = do.send(replies.transcription_error(error, is_fatal=True), is_last=True)
        close = do.Close(error.close_code, error.sentence)
        return [*opened, told, do.Counted(error.code), close, *self.end(error.code, now)]

    def withdraw(self) -> list[Action]:
        """Nobody may come back to this session any more."""
        if self.resumption is None:
            return []
        self.resumption = None
        return [do.Withdraw()]

    def end(self, outcome: str, now: float) -> list[Action]:
        """All is said, and nothing is kept; `outcome` is that of `actions.Ended`."""
        self.state = State.ENDED
        self.anteroom.clear()
        duration_s = now - self.opened_at
        if self.begun is None:
            return [do.Ended(outcome, duration_s)]
        self.admission.leave(self.seated)
        self.begun.exports = None
        return [do.AbortEngine(), self.begun.summary(outcome, duration_s)]


_Handler = Callable[[Session, Any, float], list[Action]]
_S = Session
_none, _skip, _bad, _wait, _broken = asides.nothing, asides.ignore, opening.refuse_unknown, proving.wait, _S._fail_with
_pong, _ack, _cmd, _rate, _renew = asides.pong, asides.acknowledge, relays.command, opening.declare_rate, proving.renew
_let_in, _refuse, _renewed, _keep = proving.let_in, proving.refuse, proving.renewed, proving.keep
_intro, _resume, _gone, _waited = proving.introduce, proving.resume, proving.revoke, proving.time_out
_doubt, _missed, _moved = proving.revoke_early, proving.miss, proving.move
_cut, _depart, _forget, _taken = resuming.lose, resuming.depart, resuming.forget, resuming.take_over
_displaced, _probe, _answered = resuming.displace, resuming.probe, resuming.confirm
_late, _tick, _give_up, _drain, _lose = timing.start_late, timing.tick, timing.give_up, _S._drain, _S._lose
_tell, _status, _settled, _told = relays.tell, relays.tell_status, relays.answer_flush, relays.tell_export
_greet, _begin, _weighed, _dropped = opening.greet, opening.begin, relays.acknowledge, resuming.drop

# fmt: off
_ROWS: dict[type, tuple[_Handler, ...]] = {
    # event                    NEW        GREETED    VERIFYING  STARTED         FINISHING     ENDED
    on.Opened:                (_greet,    _none,     _none,     _none,          _none,        _none),
    on.Lost:                  (_lose,     _lose,     _lose,     _cut,           _cut,         _depart),
    on.Probed:                (_none,     _none,     _none,     _probe,         _probe,       _none),
    on.Answered:              (_none,     _none,     _none,     _answered,      _answered,    _none),
    on.Displaced:             (_none,     _none,     _none,     _displaced,     _displaced,   _displaced),
    resuming.Claimed:         (_none,     _none,     _none,     _taken,         _taken,       _taken),
    on.Moved:                 (_none,     _moved,    _none,     _none,          _none,        _none),
    on.Unclaimed:             (_none,     _missed,   _none,     _none,          _none,        _none),
    on.Tick:                  (_none,     _late,     _waited,   _tick,          _give_up,     _forget),
    on.Drain:                 (_none,     _drain,    _drain,    _drain,         _drain,       _dropped),
    on.Malformed:             (_none,     _broken,   _wait,     _S._complain,   _S._complain, _none),
    on.Audio:                 (_none,     _bad,      _wait,     _S._hear,       _skip,        _none),
    wire.StartTranscription:  (_none,     _begin,    _wait,     _skip,          _skip,        _none),
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
    on.Weighed:               (_none,     _none,     _none,     _weighed,       _weighed,     _none),
    on.EngineBacklog:         (_none,     _none,     _none,     relays.backlog, _none,        _none),
}
# fmt: on

TABLE = {state: {event: row[column] for event, row in _ROWS.items()} for column, state in enumerate(State)}
