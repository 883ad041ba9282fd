"""The faults of an exercise: what each is called, what is done to the leg, and when. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass

from alie.simulator.faults import AT_OPEN, FaultKind, LegFault, Occasion

# Seconds of audio on a leg before it fails: in the midst of the sample's words.
STRIKES_FROM_S, STRIKES_TO_S = 0.8, 2.8
SLOW_OPEN_S = 2.0
SLOW_READ_S = 2.0
OUTAGE_S = 3.0
# Longer than FAIL_OVER_AFTER_S, so that the other engine has something to hear.
LONG_OUTAGE_S = 8.0
FAIL_OVER_AFTER_S = 2


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault, for people.

    Attributes:
        name: on the command line.
        kind: the simulator's.
        done: what is done to the leg, in words.
    """

    name: str
    kind: FaultKind
    done: str

    @property
    def is_at_open(self) -> bool:
        """Whether the leg's opening fails, and not the leg later."""
        return self.kind in AT_OPEN


_KINDS = (
    Kind("throttle", FaultKind.THROTTLE_AT_OPEN, "Amazon takes no stream: LimitExceededException"),
    Kind("credentials", FaultKind.EXPIRED_CREDENTIALS, "Amazon finds the credentials expired: 403 at the opening"),
    Kind("slow-open", FaultKind.SLOW_OPEN, f"Amazon takes the stream only after {SLOW_OPEN_S:g} s"),
    Kind("exception", FaultKind.EXCEPTION, "Amazon ends the stream in mid-sentence with an internal failure"),
    Kind("conflict", FaultKind.CONFLICT, "Amazon ends the stream for another with the same session id"),
    Kind("reset", FaultKind.RESET, "the connection is cut in mid-sentence with a TCP reset"),
    Kind("half-open", FaultKind.HALF_OPEN, "Amazon takes the audio and says nothing any more"),
    Kind("clean-close", FaultKind.CLEAN_CLOSE, "Amazon closes the stream in mid-sentence without a word why"),
    Kind("slow-read", FaultKind.SLOW_READ, f"Amazon reads nothing for {SLOW_READ_S:g} s"),
    Kind("outage", FaultKind.OUTAGE, "every connection is reset, and every new one, for {for_s:g} s"),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
"""Every kind by its name, in the order of an exercise."""


def fault_of(kind: Kind, seed: int, speaker: int, *, is_long: bool) -> LegFault:
    """The fault of one session: the same for the same seed.

    Args:
        kind: which.
        seed: of the exercise.
        speaker: number on the session's stamp.
        is_long: whether an outage lasts long enough for a failover.
    """
    chosen = random.Random(f"{seed} {kind.name} {speaker}")
    return LegFault(
        kind.kind,
        at_s=chosen.uniform(STRIKES_FROM_S, STRIKES_TO_S),
        for_s=lasts_s(kind, is_long=is_long),
        exception_type=chosen.choice(("InternalFailureException", "ServiceUnavailableException")),
        as_http=chosen.random() < 0.5,
    )


def lasts_s(kind: Kind, *, is_long: bool) -> float:
    """How long it lasts, in seconds; 0 for what happens at an instant."""
    outage_s = LONG_OUTAGE_S if is_long else OUTAGE_S
    lasting = {FaultKind.SLOW_OPEN: SLOW_OPEN_S, FaultKind.SLOW_READ: SLOW_READ_S, FaultKind.OUTAGE: outage_s}
    return lasting.get(kind.kind, 0.0)


class Director:
    """The simulator's plan (`alie.simulator.faults.Plan`): one fault for each session of the round that is on."""

    def __init__(self) -> None:
        self._at_open: LegFault | None = None
        self._midstream: dict[int, LegFault] = {}

    def begin(self, kind: Kind, faults: dict[int, LegFault]) -> None:
        """A round begins.

        Args:
            kind: of all its faults.
            faults: by speaker, in order.
        """
        first = next(iter(faults))
        self._at_open = faults[first] if kind.is_at_open else None
        # An outage hits everyone: one is enough.
        struck = {first: faults[first]} if kind.kind is FaultKind.OUTAGE else faults
        self._midstream = {} if kind.is_at_open else struck

    def __call__(self, occasion: Occasion) -> LegFault | None:
        """The first leg of a session fails, those after it do not."""
        if occasion.speaker is None:
            return self._at_open if occasion.leg_number == 0 else None
        return self._midstream.get(occasion.speaker) if occasion.speaker_leg == 0 else None
