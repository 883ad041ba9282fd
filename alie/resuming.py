"""How a session loses its socket and gets another one.

A session that its client may come back to (`Resumption`) goes on without a socket for a while, also where it ends
meanwhile; whoever comes back is told what was missed. Every other session ends with its socket, and so does every one
of a daemon that goes down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from alie import actions as do
from alie import errors, replies
from alie import events as on
from alie.actions import Action
from alie.dictation import Dictation
from alie.resumption import Resumption
from alie.standing import Standing
from alie.state import State


class Resumable(Protocol):
    """The session, as far as this touches it."""

    session_id: str
    state: State
    standing: Standing
    resumption: Resumption | None
    drain_at: float | None

    @property
    def dictation(self) -> Dictation:
        """What began with start."""

    def end(self, outcome: str, now: float) -> list[Action]:
        """Ends without a word."""

    def withdraw(self) -> list[Action]:
        """Nobody may come back any more."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An event: the session has a new socket.

    Attributes:
        last_seq: number of the last result that its client has.
        standing: what is known of the client there.
    """

    last_seq: int
    standing: Standing = field(repr=False)


def may_claim(session: Resumable, claim: do.Claim, standing: Standing) -> bool:
    """Whether the claim is of the session's own client: the same user, with its token."""
    resumption = session.resumption
    if resumption is None or not resumption.accepts(claim.resume_token, claim.last_seq):
        return False
    return session.standing.is_same_user(standing)


def lose(session: Resumable, event: on.Lost, now: float) -> list[Action]:
    """The socket is gone while the session goes on; without `stop_transcription`, or before its last words."""
    if session.resumption is None or event.is_farewell or session.drain_at is not None:
        return [*session.end("lost", now), *session.withdraw()]
    session.resumption.detach(now)
    # It did not stop speaking: a sentence that is cut off goes on when the client is back.
    session.dictation.is_away = True
    return []


def depart(session: Resumable, event: on.Lost, now: float) -> list[Action]:
    """The socket is gone after the end: unless both sides closed it, the last words may not have arrived."""
    if session.resumption is None or event.is_clean or session.drain_at is not None:
        return session.withdraw()
    session.resumption.detach(now)
    return []


def is_abandoned(session: Resumable, now: float) -> bool:
    """Whether the client has not come back in time."""
    return session.resumption is not None and session.resumption.is_over(now)


def abandon(session: Resumable, now: float) -> list[Action]:
    """The client has not come back in time."""
    return [*session.end("lost", now), *session.withdraw()]


def forget(session: Resumable, event: on.Tick, now: float) -> list[Action]:
    """The same, where the session had ended meanwhile."""
    return session.withdraw() if is_abandoned(session, now) else []


def drop(session: Resumable, event: on.Drain, now: float) -> list[Action]:
    """The daemon goes down: nobody can come back to what has ended."""
    return session.withdraw()


def displace(session: Resumable, event: on.Displaced, now: float) -> list[Action]:
    """Another socket takes the session over: tells this one, from which nothing more is heard."""
    error = errors.TakenOver()
    told = do.send(replies.transcription_error(error, is_fatal=True))
    return [told, do.Counted(error.code), do.Close(error.close_code, error.sentence, is_last=False)]


def take_over(session: Resumable, event: Claimed, now: float) -> list[Action]:
    """The client is back: it is sent what it missed, and told where to go on."""
    resumption = session.resumption
    if resumption is None:
        return []
    resumption.attach()
    event.standing.follow(session.standing)
    session.standing = event.standing
    received_bytes = session.dictation.go_on(now)
    resumed = replies.stream_resumed(session.session_id, received_bytes=received_bytes, resume_token=resumption.token)
    is_full = session.state is State.STARTED and session.dictation.is_held_back
    return [
        do.Resumed(),
        do.PauseReading() if is_full else do.ResumeReading(),
        *(session.standing.watch() if session.state is not State.ENDED else []),
        *resumption.replay.after(event.last_seq),
        do.send(resumed),
        *resumption.take_last_words(),
    ]


def probe(session: Resumable, event: on.Probed, now: float) -> list[Action]:
    """The client's end of the connection was pinged."""
    if session.resumption is not None:
        session.resumption.replay.probe()
    return []


def confirm(session: Resumable, event: on.Answered, now: float) -> list[Action]:
    """It has answered: what was sent before has arrived there."""
    if session.resumption is not None:
        session.resumption.replay.confirm()
    return []
