"""What passes between client and engine while a session goes on: no state is moved."""

from __future__ import annotations

from typing import Protocol

from alie import actions as do
from alie import asides, errors, replies, wire
from alie import events as on
from alie.actions import Action
from alie.dictation import Dictation
from alie.errors import AlieError
from alie.limits import Limits


class Dictating(Protocol):
    """The session, as far as this touches it."""

    is_alie_client: bool
    limits: Limits

    @property
    def dictation(self) -> Dictation:
        """What began with start."""


def tell(session: Dictating, event: on.Heard, now: float) -> list[Action]:
    """Passes a result on."""
    return session.dictation.tell(event.result, now)


def flush(session: Dictating, event: wire.Flush, now: float) -> list[Action]:
    """Has the engine settle what it has heard."""
    session.is_alie_client = True
    return session.dictation.flush(now, is_asked=True)


def answer_flush(session: Dictating, event: on.EngineFlushed, now: float) -> list[Action]:
    """It is settled."""
    return session.dictation.answer_flush(now)


def pause(session: Dictating, event: wire.Pause, now: float) -> list[Action]:
    """No audio for a while."""
    session.is_alie_client = True
    return session.dictation.go_quiet(now)


def tell_status(session: Dictating, event: on.EngineStatus, now: float) -> list[Action]:
    """The engine leg is well, or not."""
    warned_at = None if session.is_alie_client else now + session.limits.recovery_s
    return session.dictation.tell_status(event, warned_at)


def backlog(session: Dictating, event: on.EngineBacklog, now: float) -> list[Action]:
    """A full engine stops the reading of the socket."""
    session.dictation.hold_back(event.is_full, now)
    return [do.PauseReading() if event.is_full else do.ResumeReading()]


def acknowledge(session: Dictating, event: on.Weighed, now: float) -> list[Action]:
    """Says how far audio has come."""
    return session.dictation.acknowledge(event, now)


def command(session: Dictating, event: wire.Command, now: float) -> list[Action]:
    """Says the truth about `cmd.save`, and exports for `cmd.export` where that can be done."""
    exports = session.dictation.exports
    if event.name != "export" or exports is None:
        return [do.send(replies.cmd_ack(event.name, errors.RetentionOff()))]
    try:
        return [do.Export(exports.begin())]
    except AlieError as error:
        return [do.send(replies.cmd_ack(event.name, error))]


def tell_export(session: Dictating, event: on.Exported, now: float) -> list[Action]:
    """Answers `cmd.export` at last."""
    exports = session.dictation.exports
    if exports is not None:
        exports.end()
    if event.error is not None:
        return [do.send(replies.cmd_ack("export", event.error))]
    return [do.send(replies.export_ack(event.url, event.expires_at))]


def complain(session: Dictating, event: on.Malformed, now: float) -> list[Action]:
    """A message that cannot be read; a second start is ignored, whatever it says."""
    if isinstance(event.error, errors.UnsupportedLanguage):
        return asides.ignore(session, event, now)
    return asides.warn(event.error)
