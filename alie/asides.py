"""Answers in passing: they move no state, whatever a session is doing."""

from __future__ import annotations

from typing import Protocol

from alie import actions as do
from alie import replies, wire
from alie.actions import Action
from alie.errors import AlieError


class Addressee(Protocol):
    """The session, as far as these answers touch it."""

    is_alie_client: bool


def warn(error: AlieError) -> list[Action]:
    """Tells an error that ends nothing."""
    return [do.send(replies.transcription_error(error, is_fatal=False)), do.Counted(error.code)]


def pong(session: Addressee, event: wire.Ping, now: float) -> list[Action]:
    """Answers a ping; plain clients have no id to send with it."""
    session.is_alie_client |= event.id is not None
    return [do.send(replies.pong(event.id))]


def unpause(session: Addressee, event: wire.Unpause, now: float) -> list[Action]:
    """Nothing to do: the audio itself ends a pause."""
    session.is_alie_client = True
    return []


def acknowledge(session: Addressee, event: wire.VoiceCommand, now: float) -> list[Action]:
    """The page has carried the command out; there is nothing to save in it."""
    return [do.send(replies.cmd_ack("voice_command"))]


def ignore(session: Addressee, event: object, now: float) -> list[Action]:
    """Ignored, and counted."""
    return [do.Counted("ignored")]


def nothing(session: Addressee, event: object, now: float) -> list[Action]:
    """What may still come when it means nothing any more."""
    return []
