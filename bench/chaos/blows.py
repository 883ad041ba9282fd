"""What can befall a connection on its way. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class BlowKind(enum.Enum):
    """One way in which a network fails. "Up" is from who connected to who listens, "down" the other way."""

    RESET = "cut with a reset"
    """Both ends see a TCP reset."""
    FIN = "cut with a FIN"
    """Both ends see the other close, in the midst of whatever was being sent."""
    REFUSED = "reset when it connects"
    """Before a byte has gone either way."""
    SLOW_ACCEPT = "held up when it connects"
    """Connected, but nothing goes either way for `for_s`."""
    STALL = "stalled"
    """Nothing goes either way for `for_s`, then all of it at once."""
    DELAY = "delayed"
    """From now on everything takes `for_s` longer, both ways."""
    THROTTLE = "throttled"
    """From now on and for `for_s` both ways carry less than speech needs."""
    OVERTAKEN = "overtaken by a newer one"
    """Whoever connected sees a reset; what it had sent last arrives only `for_s` later, when a newer connection is
    there, and the other end sees the close `for_s` after that."""
    DEAF_UP = "half-open: nothing goes up"
    """What is sent up vanishes, the close as well; down it goes on."""
    DEAF_DOWN = "half-open: nothing goes down"
    """What is sent down vanishes, the close as well; up it goes on."""
    BLACK_HOLE = "dead without a word"
    """Everything vanishes both ways, closes as well: a cable was pulled."""


LASTING = (BlowKind.DEAF_UP, BlowKind.DEAF_DOWN, BlowKind.BLACK_HOLE)
"""The connection stays, and is of no use any more: only silence tells."""
CUTS = (BlowKind.RESET, BlowKind.FIN, BlowKind.OVERTAKEN, BlowKind.REFUSED)
"""Whoever connected sees its end at once."""
PASSING = (BlowKind.SLOW_ACCEPT, BlowKind.STALL, BlowKind.DELAY, BlowKind.THROTTLE)
"""The connection may live."""
AT_ACCEPT = (BlowKind.REFUSED, BlowKind.SLOW_ACCEPT)
"""Strikes as soon as somebody connects."""


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault of one connection.

    Attributes:
        kind: what happens.
        after_bytes: how much must have gone up before it does, counted from when the blow was aimed; no matter for
            those of `AT_ACCEPT`.
        for_s: see `BlowKind`, in seconds.
    """

    kind: BlowKind
    after_bytes: int = 0
    for_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Strike:
    """A blow that came about.

    Attributes:
        kind: of the blow.
        serial: number of the connection among those of its proxy, from 0.
        at_s: on the reactor's clock.
    """

    kind: BlowKind
    serial: int
    at_s: float
