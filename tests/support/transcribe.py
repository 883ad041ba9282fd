"""A simulated Amazon Transcribe for real daemons: where it is, and which stream of which speaker fails how."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from alie.simulator.faults import AT_OPEN, LegFault, Occasion
from alie.simulator.limits import SimulatorLimits
from alie.simulator.simulator import Simulator
from tests.support.recordings import Take


class Rota:
    """A plan (see `alie.simulator.faults.Plan`): each new leg of a speaker gets that speaker's next fault.

    A fault at open needs to know who is going to speak: tell it with `introduce` before the first audio.
    """

    def __init__(self) -> None:
        self._faults: dict[int, deque[LegFault]] = {}
        self._speakers: dict[str, int] = {}

    def assign(self, speaker: int, faults: Iterable[LegFault]) -> None:
        """These are to strike, in this order."""
        self._faults[speaker] = deque(faults)

    def introduce(self, session_id: str, speaker: int) -> None:
        """The session is that speaker's."""
        self._speakers[session_id] = speaker

    def __call__(self, occasion: Occasion) -> LegFault | None:
        """The next fault, if this is the moment for one of its kind."""
        is_opening = occasion.speaker is None
        speaker = self._speakers.get(occasion.session_id) if is_opening else occasion.speaker
        faults = self._faults.get(-1 if speaker is None else speaker)
        if not faults or (faults[0].kind in AT_OPEN) != is_opening:
            return None
        return faults.popleft()


async def simulate(
    case: TestCase, takes: Iterable[Take], rota: Rota | None = None, limits: SimulatorLimits | None = None
) -> Simulator:
    """Starts one in this process; it is stopped when the test ends."""
    scripts = {take.speaker: take.script for take in takes}
    simulator = Simulator(reactor, scripts, plan=rota, limits=limits)
    await simulator.start()
    case.addCleanup(simulator.stop)
    return simulator


def settings(simulator: Simulator, *, failover: str = "off", **others: Any) -> Mapping[str, str]:
    """What a daemon must be told to send its audio there; `others` are settings whose names begin with ALIE_."""
    return {
        "ALIE_TRANSCRIBE_ENDPOINT": simulator.endpoint,
        "ALIE_TRANSCRIBE_CA_FILE": simulator.ca_file,
        "AWS_ACCESS_KEY_ID": simulator.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": simulator.credentials.secret_access_key,
        "ALIE_FAILOVER": failover,
        **{f"ALIE_{name.upper()}": str(value) for name, value in others.items()},
    }
