"""Who speaks: how a session has tokens verified, renewed, refused and revoked.

The first proof is looked at in the state VERIFYING: the socket is not read, and what had come already waits. A later
one holds nothing up.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from alie import actions as do
from alie import asides, errors, replies, wire
from alie import events as on
from alie.actions import Action
from alie.anteroom import Anteroom
from alie.errors import AlieError
from alie.limits import Limits
from alie.standing import MESSAGE, TICKET, Standing
from alie.state import State

MAX_RECORDED_REFUSALS = 5


class Proved(Protocol):
    """The session, as far as this touches it."""

    state: State
    is_alie_client: bool
    limits: Limits
    standing: Standing
    anteroom: Anteroom
    renewals_refused: int

    def dispatch(self, event: object, now: float) -> list[Action]:
        """Does what the table says."""

    def fail(self, error: AlieError, now: float) -> list[Action]:
        """Ends with an error."""

    def end(self, outcome: str, now: float) -> list[Action]:
        """Ends without a word."""

    def break_off(self, error: AlieError, now: float) -> list[Action]:
        """The same, and what the engine has not told yet is lost."""

    def finish(self, ending: AlieError | None, now: float) -> list[Action]:
        """Ends when the engine has settled what it has."""

    def withdraw(self) -> list[Action]:
        """Nobody may take the session over any more."""


def turn_away(session: Proved, error: AlieError, now: float) -> list[Action]:
    """Ends the session for want of proof."""
    return [do.TurnedAway(error.code, session.standing.way), *session.fail(error, now)]


def shut(session: Proved, refusal: errors.AuthInvalid | errors.AuthExpired, now: float) -> list[Action]:
    """Closes as the contract has it for a bad ws token: without a greeting, and with one of two reasons."""
    told = refusal if isinstance(refusal, errors.AuthInvalid) else errors.AuthInvalid()
    record = do.TurnedAway(refusal.code, session.standing.way)
    close = do.Close(told.close_code, told.sentence)
    return [record, do.Counted(refusal.code), close, *session.end(refusal.code, now)]


# -- the first proof ---------------------------------------------------------------------------------------------


def prove(session: Proved, message: object, token: str | None, now: float) -> list[Action] | None:
    """What is to be done before a first message may do what it says; None: nothing.

    A token wins over whatever the browser brought along by itself: that may be of whoever used it before.
    """
    if session.standing.is_owed and token is not None:
        return _verify(session, message, token, now)
    return turn_away(session, errors.AuthRequired(), now) if session.standing.is_debtor else None


def introduce(session: Proved, event: wire.Authenticate, now: float) -> list[Action]:
    """A token before start."""
    session.is_alie_client = True
    unproved = prove(session, event, event.token, now)
    return [do.send(replies.authenticated(None))] if unproved is None else unproved


def resume(session: Proved, event: wire.ResumeTranscription, now: float) -> list[Action]:
    """Claims another session for this socket."""
    session.is_alie_client = True
    unproved = prove(session, event, event.token, now)
    return [do.Claim(event.session_id, event.resume_token, event.last_seq)] if unproved is None else unproved


def miss(session: Proved, event: on.Unclaimed, now: float) -> list[Action]:
    """There is nothing to resume; a start may follow."""
    return asides.warn(errors.SessionNotFound())


def move(session: Proved, event: on.Moved, now: float) -> list[Action]:
    """The socket serves the session that was claimed."""
    return session.end("moved", now)


def _verify(session: Proved, message: object, token: str, now: float) -> list[Action]:
    session.state = State.VERIFYING
    session.anteroom.proof = message
    session.standing.caller, session.standing.way = None, MESSAGE
    return [do.PauseReading(), session.standing.ask(token, now, session.limits)]


def wait(session: Proved, event: object, now: float) -> list[Action]:
    """Keeps what the client sent until it is known who it is."""
    try:
        session.anteroom.put(event)
    except AlieError as error:
        return session.fail(error, now)
    return []


def let_in(session: Proved, event: on.Verified, now: float) -> list[Action]:
    """It is known: the message with the token does what it says, then those that waited do."""
    if not session.standing.takes(event):
        return []
    actions = session.standing.accept(event, now, session.limits)
    session.state = State.GREETED
    proof, session.anteroom.proof = session.anteroom.proof, None
    if isinstance(proof, wire.StartTranscription | wire.ResumeTranscription):
        actions += session.dispatch(replace(proof, token=None), now)
    else:
        actions.append(do.send(replies.authenticated(session.standing.expires_at)))
    return [*actions, *_hear_those_that_waited(session, now)]


def _hear_those_that_waited(session: Proved, now: float) -> list[Action]:
    actions: list[Action] = []
    while session.state is not State.VERIFYING:
        event = session.anteroom.take()
        if event is None:
            return actions if session.state is State.ENDED else [*actions, do.ResumeReading()]
        actions += session.dispatch(event, now)
    return actions


def refuse(session: Proved, event: on.Refused, now: float) -> list[Action]:
    """The first proof is none: there is no second try on this socket."""
    return turn_away(session, event.error, now) if session.standing.takes(event) else []


def time_out(session: Proved, event: on.Tick, now: float) -> list[Action]:
    """Whether the first proof is one cannot be told in time."""
    if not session.standing.is_unanswered(now):
        return []
    session.standing.give_up()
    return turn_away(session, errors.AuthServiceError(), now)


# -- after start -------------------------------------------------------------------------------------------------


def renew(session: Proved, event: wire.Authenticate, now: float) -> list[Action]:
    """Has a further token verified, while the dictation goes on."""
    session.is_alie_client = True
    if not session.standing.is_owed:
        return [do.send(replies.authenticated(None))]
    if session.standing.is_asking:
        return asides.warn(errors.InvalidMessage("A token is being verified already"))
    return [session.standing.ask(event.token, now, session.limits)]


def renewed(session: Proved, event: on.Verified, now: float) -> list[Action]:
    """The further token is good. One of somebody else ends the session."""
    standing = session.standing
    if not standing.takes(event):
        return []
    if standing.is_other(event.caller):
        return turn_away(session, errors.AuthInvalid("This token is another user's"), now)
    return [*standing.accept(event, now, session.limits), do.send(replies.authenticated(standing.expires_at))]


def keep(session: Proved, event: on.Refused, now: float) -> list[Action]:
    """The further token is no good: the client is told, and the old proof goes on until it expires."""
    if not session.standing.takes(event):
        return []
    session.renewals_refused += 1
    is_recorded = session.renewals_refused <= MAX_RECORDED_REFUSALS
    record: list[Action] = [do.TurnedAway(event.error.code, MESSAGE)] if is_recorded else []
    return [*record, *asides.warn(event.error)]


def pass_time(session: Proved, now: float) -> list[Action]:
    """What `Standing.due_at` was for."""
    standing = session.standing
    if standing.is_over(now):
        return session.finish(errors.AuthExpired(), now)
    if standing.is_unanswered(now):
        standing.give_up()
        return asides.warn(errors.AuthServiceError())
    if standing.is_expiring(now):
        return [do.send(replies.auth_expiring(standing.expires_in_s(now)))]
    return []


def revoke_early(session: Proved, event: on.Revoked, now: float) -> list[Action]:
    """Access is gone before a start. A ticket counts for nothing then: a token may follow, perhaps of somebody else."""
    if session.standing.way != TICKET:
        return revoke(session, event, now)
    session.standing.forget()
    return []


def revoke(session: Proved, event: on.Revoked, now: float) -> list[Action]:
    """Access is gone: nothing more is heard or told."""
    withdrawn = session.withdraw()
    return [*session.break_off(errors.AuthInvalid("Access was revoked"), now), *withdrawn]
