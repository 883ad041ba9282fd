"""Where a session stands."""

from __future__ import annotations

import enum


class State(enum.Enum):
    """Where a session stands; `session.py` says what each means."""

    NEW = enum.auto()
    GREETED = enum.auto()
    VERIFYING = enum.auto()
    STARTED = enum.auto()
    FINISHING = enum.auto()
    ENDED = enum.auto()
