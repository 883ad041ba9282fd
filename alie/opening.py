"""How a session begins: the greeting, what is declared before the start, and the start itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from alie import actions as do
from alie import errors, proving, replies, wire
from alie import events as on
from alie.actions import Action
from alie.admission import Admission
from alie.dictation import Dictation
from alie.errors import AlieError
from alie.exports import Exports
from alie.principal import Principal
from alie.resumption import Resumption
from alie.speech import EngineFacts
from alie.state import State


class Opening(proving.Proved, Protocol):
    """The session, as far as this touches it."""

    session_id: str
    engine: EngineFacts
    admission: Admission
    can_export: bool
    resume_path: str
    new_token: Callable[[], str]
    opened_at: float
    declared_rate_hz: int | None
    begun: Dictation | None
    seated: Principal | None
    resumption: Resumption | None


def greet(session: Opening, event: on.Opened, now: float) -> list[Action]:
    """The socket is open."""
    session.opened_at = now
    refusal = session.standing.refusal
    if isinstance(refusal, errors.AuthInvalid | errors.AuthExpired):
        return proving.shut(session, refusal, now)
    session.state = State.GREETED
    greeting = do.send(replies.connection_established(session.session_id, event.timestamp))
    if refusal is not None:
        return [greeting, *proving.turn_away(session, refusal, now)]
    return [greeting, *session.standing.watch()]


def refuse_unknown(session: Opening, event: object, now: float) -> list[Action]:
    """What must not come before start."""
    return session.fail(errors.InvalidMessage(), now)


def declare_rate(session: Opening, event: wire.AudioInit, now: float) -> list[Action]:
    """The client says what its audio will be; answered with what it is taken to be."""
    if session.begun is None:
        session.declared_rate_hz = event.declared_rate_hz
    rate_hz = session.begun.sample_rate_hz if session.begun else wire.PLAIN_SAMPLE_RATE_HZ
    return [do.send(replies.audio_init_ack(rate_hz))]


def begin(session: Opening, start: wire.StartTranscription, now: float) -> list[Action]:
    """Takes a seat, and tells the client to speak."""
    session.is_alie_client |= start.is_alie_client
    unproved = proving.prove(session, start, start.token, now)
    if unproved is not None:
        return unproved
    dictation = _dictation(session, start, now)
    principal = session.standing.caller.principal if session.standing.caller else None
    try:
        session.engine.check(dictation.spec())
        session.admission.take(principal)
    except AlieError as error:
        return session.fail(error, now)
    session.state = State.STARTED
    session.begun, session.seated = dictation, principal
    resumable = _offer_resumption(session, start)
    started = do.Started(start.language_code, start.mode, session.engine.name)
    offer: list[Action] = [do.Offer()] if resumable else []
    return [started, *offer, dictation.ready(resumable), *dictation.warn_of_vocabulary()]


def _dictation(session: Opening, start: wire.StartTranscription, now: float) -> Dictation:
    return Dictation(
        session.session_id,
        replace(start, token=None),
        session.engine,
        declared_rate_hz=start.declared_rate_hz or session.declared_rate_hz,
        is_alie_client=session.is_alie_client,
        now=now,
        exports=Exports() if session.can_export and session.standing.has_identity else None,
    )


def _offer_resumption(session: Opening, start: wire.StartTranscription) -> replies.Message:
    limits = session.limits
    if not start.wants_resume or not limits.resume_s:
        return {}
    session.resumption = Resumption(session.new_token, limits.resume_s, limits.replay_bytes)
    return replies.resumable(session.resumption.token, limits.resume_s, session.resume_path)
