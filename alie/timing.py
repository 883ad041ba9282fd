"""What time asks of a session: the handlers of `Tick`, which comes when `Session.deadline` is over."""

from __future__ import annotations

from typing import Protocol

from alie import errors, proving, resuming
from alie import events as on
from alie.actions import Action
from alie.dictation import Dictation


class Timed(proving.Proved, resuming.Resumable, Protocol):
    """The session, as far as this touches it."""

    closing_s: float

    @property
    def dictation(self) -> Dictation:
        """What began with start."""

    def deadline(self) -> float | None:
        """When a `Tick` is due."""


def start_late(session: Timed, event: on.Tick, now: float) -> list[Action]:
    """Nobody started in time, or nobody said who it is."""
    if now < (session.deadline() or now):
        return []
    if session.standing.is_debtor:
        return proving.turn_away(session, errors.AuthRequired(), now)
    return session.fail(errors.StartTimeout(), now)


def tick(session: Timed, event: on.Tick, now: float) -> list[Action]:
    """While audio and results flow."""
    if resuming.is_abandoned(session, now):
        return resuming.abandon(session, now)
    dictation, limits = session.dictation, session.limits
    if session.drain_at is not None and now >= session.drain_at:
        session.drain_at = now + session.closing_s
        return session.finish(errors.ShuttingDown(), now)
    if now >= dictation.started_at + limits.duration_s:
        return session.finish(errors.MaxDuration(), now)
    if now >= dictation.heard_at + limits.idle_s:
        return session.finish(errors.IdleTimeout(), now)
    if dictation.weighed_at is not None and now >= dictation.weighed_at:
        return dictation.hand_on_held(now)
    if dictation.warned_at is not None and now >= dictation.warned_at:
        return dictation.warn()
    proof_at = session.standing.due_at
    if proof_at is not None and now >= proof_at:
        return proving.pass_time(session, now)
    quiet_at = dictation.quiet_at(limits.quiet_s)
    return dictation.go_quiet(now) if quiet_at is not None and now >= quiet_at else []


def give_up(session: Timed, event: on.Tick, now: float) -> list[Action]:
    """While the engine settles what it has: it must get on with it."""
    if resuming.is_abandoned(session, now):
        return resuming.abandon(session, now)
    if session.drain_at is not None and now >= session.drain_at:
        return session.break_off(errors.ShuttingDown(), now)
    if now >= session.dictation.progress_at + session.limits.finish_s:
        return session.break_off(errors.EngineUnavailable(), now)
    return []
