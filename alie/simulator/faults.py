"""How legs are made to fail."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class FaultKind(enum.Enum):
    """What goes wrong. Starvation, oversize, quotas and the longest stream are not here: they are always watched."""

    THROTTLE_AT_OPEN = "throttle at open"
    """LimitExceededException, as a message after the upgrade or as HTTP 429."""
    EXPIRED_CREDENTIALS = "expired credentials"
    """Answered with 403 ExpiredTokenException."""
    SLOW_OPEN = "slow open"
    """Accepted only after `for_s`."""
    EXCEPTION = "exception"
    """`exception_type` in mid-stream."""
    CONFLICT = "conflict"
    """ConflictException, as if somebody had opened another stream with the same session id."""
    RESET = "reset"
    """The TCP connection is cut with a reset."""
    HALF_OPEN = "half open"
    """Audio is taken, nothing is said any more, whatever comes."""
    CLEAN_CLOSE = "clean close"
    """The stream is ended in good order without a word."""
    SLOW_READ = "slow read"
    """Nothing is read for `for_s`."""
    OUTAGE = "outage"
    """Every connection is reset, and every new one, for `for_s`."""


AT_OPEN = (FaultKind.THROTTLE_AT_OPEN, FaultKind.EXPIRED_CREDENTIALS, FaultKind.SLOW_OPEN)
MIDSTREAM = tuple(kind for kind in FaultKind if kind not in AT_OPEN)


@dataclass(frozen=True, slots=True)
class LegFault:
    """One fault of one leg.

    Attributes:
        kind: what goes wrong.
        at_s: seconds of audio that the leg has got when it does; no matter for those at open.
        for_s: how long it lasts, in seconds, where it lasts.
        exception_type: of EXCEPTION: one of `leg.TROUBLE`, such as "InternalFailureException"; "BadRequestException"
            finds an event too big that is not.
        as_http: of THROTTLE_AT_OPEN: answered with HTTP 429 instead of a message after the upgrade.
    """

    kind: FaultKind
    at_s: float = 0.0
    for_s: float = 0.0
    exception_type: str = "InternalFailureException"
    as_http: bool = False


@dataclass(frozen=True, slots=True)
class Occasion:
    """When a plan is asked for a fault.

    Attributes:
        serial: number of the leg among all, from 0.
        session_id: of the stream.
        leg_number: of the leg among those with its session id, from 0.
        transport: "websocket" or "http2".
        speaker: number on the stamp when it has been heard, or None: the leg is being opened.
        speaker_leg: of the leg among those that heard this speaker, from 0; None while it is not known.
        peer_port: from which the client's connection came.
    """

    serial: int
    session_id: str
    leg_number: int
    transport: str
    speaker: int | None = None
    speaker_leg: int | None = None
    peer_port: int = 0


Plan = Callable[[Occasion], LegFault | None]
"""Asked when a leg opens, and again when its speaker is known, unless it gave a fault before."""


def in_order(*faults: LegFault | None) -> Plan:
    """The first leg with a session id gets the first fault, the second the second; those after all get none."""

    def plan(occasion: Occasion) -> LegFault | None:
        is_opening = occasion.speaker is None
        return faults[occasion.leg_number] if is_opening and occasion.leg_number < len(faults) else None

    return plan


def for_speakers(faults: Callable[[int, int], LegFault | None]) -> Plan:
    """Faults by speaker and by the number of the leg among those that heard that speaker; none at open."""

    def plan(occasion: Occasion) -> LegFault | None:
        if occasion.speaker is None or occasion.speaker_leg is None:
            return None
        return faults(occasion.speaker, occasion.speaker_leg)

    return plan


def seeded(
    seed: int, kinds: Sequence[FaultKind], *, legs: int = 3, from_s: float = 0.3, to_s: float = 8.0, for_s: float = 1.0
) -> Plan:
    """Faults at random instants, the same for the same seed whatever session ids and ports are.

    Args:
        seed: any.
        kinds: to choose from. Those at open hit every third leg that opens, by its serial number.
        legs: how many legs of a speaker fail; those after them do not.
        from_s: seconds of audio on a leg before it may fail.
        to_s: seconds of audio on a leg before it has failed.
        for_s: the longest that a fault lasts, in seconds.
    """
    at_open = [kind for kind in kinds if kind in AT_OPEN]
    midstream = [kind for kind in kinds if kind in MIDSTREAM]

    def plan(occasion: Occasion) -> LegFault | None:
        if occasion.speaker is None:
            chosen = random.Random(f"{seed} open {occasion.serial}")
            return draw(chosen, at_open) if at_open and chosen.random() < 1 / 3 else None
        if not midstream or occasion.speaker_leg is None or occasion.speaker_leg >= legs:
            return None
        return draw(random.Random(f"{seed} {occasion.speaker} {occasion.speaker_leg}"), midstream)

    def draw(chosen: random.Random, among: Sequence[FaultKind]) -> LegFault:
        return LegFault(
            chosen.choice(among),
            at_s=chosen.uniform(from_s, to_s),
            for_s=chosen.uniform(0, for_s),
            exception_type=chosen.choice(("InternalFailureException", "ServiceUnavailableException")),
            as_http=chosen.random() < 0.5,
        )

    return plan
