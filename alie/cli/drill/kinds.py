"""The faults of an exercise: what each is called, what is done to the leg, and when. Pure."""

from __future__ import annotations

import random
from dataclasses import dataclass

from alie.simulator.faults import AT_OPEN, FaultKind, LegFault, Occasion

# A leg fails within so many seconds of audio: in the midst of the sample's words.
STRIKES_WITHIN_S = 2.0
# Until the embedded engine takes over; LONG_OUTAGE lasts longer, so that it has something to hear.
FAIL_OVER_AFTER_S = 2


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault.

    Attributes:
        name: on the command line.
        kind: the simulator's.
        done: what is done to the leg, in words; `{for_s}` stands for how long.
        for_s: how long it lasts, in seconds; 0 for what happens at an instant.
        from_s: seconds of audio on a leg before it may fail; no matter for openings that fail.
        times: how often a session says its sentences.
    """

    name: str
    kind: FaultKind
    done: str
    for_s: float = 0.0
    from_s: float = 0.8
    times: int = 1

    @property
    def is_at_open(self) -> bool:
        """Whether the leg's opening fails, and not the leg later."""
        return self.kind in AT_OPEN

    @property
    def sentence(self) -> str:
        """What is done to the leg."""
        return self.done.format(for_s=f"{self.for_s:g}")

    def fault(self, seed: int, speaker: int) -> LegFault:
        """The fault of one session, the same for the same seed; `speaker` is the number on the session's stamp."""
        chosen = random.Random(f"{seed} {self.name} {speaker}")
        return LegFault(
            self.kind,
            at_s=self.from_s + chosen.uniform(0, STRIKES_WITHIN_S),
            for_s=self.for_s,
            exception_type=chosen.choice(("InternalFailureException", "ServiceUnavailableException")),
            as_http=chosen.random() < 0.5,
        )


_OUTAGE = "every connection is reset, and every new one, for {for_s} s"
_KINDS = (
    Kind("credentials", FaultKind.EXPIRED_CREDENTIALS, "Amazon finds the credentials expired: 403 at the opening"),
    Kind("slow-open", FaultKind.SLOW_OPEN, "Amazon takes the stream only after {for_s} s", for_s=2.0),
    Kind("exception", FaultKind.EXCEPTION, "Amazon ends the stream in mid-sentence with an internal failure"),
    Kind("conflict", FaultKind.CONFLICT, "Amazon ends the stream for another with the same session id"),
    Kind("reset", FaultKind.RESET, "the connection is cut in mid-sentence with a TCP reset"),
    # Noticed by the words that do not come while somebody speaks: there must be enough to say.
    Kind("half-open", FaultKind.HALF_OPEN, "Amazon takes the audio and says nothing any more", times=2),
    Kind("clean-close", FaultKind.CLEAN_CLOSE, "Amazon closes the stream in mid-sentence without a word why"),
    Kind("slow-read", FaultKind.SLOW_READ, "Amazon reads nothing for {for_s} s", for_s=2.0),
    Kind("outage", FaultKind.OUTAGE, _OUTAGE, for_s=3.0),
    # The last: for half a minute after it the daemon opens fewer legs, and would answer the others more slowly.
    Kind("throttle", FaultKind.THROTTLE_AT_OPEN, "Amazon takes no stream: LimitExceededException"),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
"""Every kind by its name, in the order of an exercise."""
# It begins when Amazon has said something, so that words of both engines are seen.
LONG_OUTAGE = Kind("outage", FaultKind.OUTAGE, _OUTAGE, for_s=8.0, from_s=5.8, times=4)
"""Takes the place of the other where another engine may take over."""


class Director:
    """The simulator's plan (`alie.simulator.faults.Plan`): one fault for each session of the round that is on."""

    def __init__(self) -> None:
        self._at_open: LegFault | None = None
        self._midstream: dict[int, LegFault] = {}

    def begin(self, kind: Kind, seed: int, speakers: list[int]) -> None:
        """A round begins: from now on this is what goes wrong, for these speakers (at least one)."""
        self._at_open = kind.fault(seed, speakers[0]) if kind.is_at_open else None
        # An outage hits everyone: one is enough.
        struck = speakers[:1] if kind.kind is FaultKind.OUTAGE else speakers
        self._midstream = {} if kind.is_at_open else {speaker: kind.fault(seed, speaker) for speaker in struck}

    def __call__(self, occasion: Occasion) -> LegFault | None:
        """The first leg of a session fails, those after it do not."""
        if occasion.speaker is None:
            return self._at_open if occasion.leg_number == 0 else None
        return self._midstream.get(occasion.speaker) if occasion.speaker_leg == 0 else None
