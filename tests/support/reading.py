"""Reads what a session wants done: its messages decoded, its other actions by kind."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from alie import actions as do

Message = dict[str, Any]


def message(payload: bytes) -> Message:
    """One encoded server message, decoded as strictly as a browser would."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    decoded = json.loads(payload.decode("utf-8"), parse_constant=refuse)
    assert isinstance(decoded, dict)
    return decoded


def messages(actions: Iterable[object], type_: str | None = None) -> list[Message]:
    """The messages among the actions, in order; only those of one type, if one is named."""
    found = [message(action.payload) for action in actions if isinstance(action, do.Send)]
    return [one for one in found if type_ is None or one["type"] == type_]


def kinds(actions: Iterable[object]) -> list[str]:
    """The actions by name: the type of a message, the class of anything else; records are left out."""
    return [
        message(action.payload)["type"] if isinstance(action, do.Send) else type(action).__name__
        for action in actions
        if not isinstance(action, do.Counted | do.Started | do.TurnedAway)
    ]


def of(actions: Iterable[object], kind: type[Any]) -> list[Any]:
    """The actions of one class."""
    return [action for action in actions if isinstance(action, kind)]


def error(actions: Iterable[object]) -> Message:
    """The one transcription_error among the actions."""
    (found,) = messages(actions, "transcription_error")
    return found


def close(actions: Iterable[object]) -> do.Close:
    """The one close among the actions."""
    (found,) = of(actions, do.Close)
    assert isinstance(found, do.Close)
    return found
