"""The proof that no fault of the engine leg costs a word: real daemons, real speech, a service that fails at random.

The plan is the same in every run, the instants are as the machine's load has it; set ALIE_FAULTS_SEED for another plan.
"""

from __future__ import annotations

import os
import random
from collections import Counter

from twisted.internet.defer import Deferred, gatherResults
from twisted.trial.unittest import TestCase

from alie.simulator.faults import FaultKind, LegFault
from alie.simulator.limits import SimulatorLimits
from alie.simulator.script import MARKS
from tests.support.daemon import start
from tests.support.dictation import Manner, begin, end, speak
from tests.support.recordings import take
from tests.support.transcribe import Rota, settings, simulate
from tests.support.wards import Draw, Round, Ward

STRIKES = {kind.name for kind in FaultKind} | {
    "STARVED",
    "OVERSIZE",
    "QUOTA",
    "LONGEST_STREAM",
    "InternalFailureException",
    "ServiceUnavailableException",
}
# Of each of these, in one test: most come about ten times as often.
LEAST = 2
# Shorter than the pauses that some speakers make, and than Alie waits before it sends silence.
STARVES_S = 0.8


def _midstream(kind: FaultKind, longest_s: float = 0.0, exception_type: str = "") -> Draw:
    def draw(chosen: random.Random, duration_s: float) -> LegFault:
        at_s, for_s = chosen.uniform(0.2, 0.9) * duration_s, chosen.uniform(0.5, 1.0) * longest_s
        return LegFault(kind, at_s=at_s, for_s=for_s, exception_type=exception_type)

    return draw


def _at_open(kind: FaultKind, longest_s: float = 0.0, *, as_http: bool = False) -> Draw:
    return lambda chosen, _: LegFault(kind, for_s=chosen.uniform(0.5, 1.0) * longest_s, as_http=as_http)


FAULTS = (
    _midstream(FaultKind.EXCEPTION, exception_type="InternalFailureException"),
    _midstream(FaultKind.EXCEPTION, exception_type="ServiceUnavailableException"),
    _midstream(FaultKind.EXCEPTION, exception_type="BadRequestException"),
    _midstream(FaultKind.CONFLICT),
    _midstream(FaultKind.RESET),
    _midstream(FaultKind.HALF_OPEN),
    _midstream(FaultKind.CLEAN_CLOSE),
    _midstream(FaultKind.SLOW_READ, 3.0),
    _at_open(FaultKind.SLOW_OPEN, 3.0),
    _at_open(FaultKind.EXPIRED_CREDENTIALS),
)
OUTAGE = _midstream(FaultKind.OUTAGE, 3.0)
THROTTLES = (_at_open(FaultKind.THROTTLE_AT_OPEN), _at_open(FaultKind.THROTTLE_AT_OPEN, as_http=True))


def troubled(speakers: int, at_once: int, speeds: tuple[float, ...]) -> Ward:
    """Everything but refusals for a quota; five outages."""
    limits = SimulatorLimits(starves_after_s=STARVES_S, streams=1000, opens_per_s=1000)
    quotas = {"transcribe_quota": 1000, "transcribe_opens_per_second": 1000}
    return Ward(speakers, at_once, FAULTS, (OUTAGE,) * 5, limits, quotas, speeds)


def refused(speakers: int, longest_stream_s: float, speed: float) -> Ward:
    """All at once, three times what the service takes, which throttles besides and ends streams after some seconds."""
    limits = SimulatorLimits(STARVES_S, 1.0, longest_stream_s, streams=speakers // 3, opens_per_s=1000)
    quotas = {"transcribe_quota": 1000, "transcribe_opens_per_second": 1000}
    return Ward(speakers, speakers, FAULTS, THROTTLES * 3, limits, quotas, (speed,))


SEED = 31


class FaultTests(TestCase):
    """Two hundred dictations over each transport."""

    timeout = 170

    async def judge(self, transport: str, *wards: Ward) -> None:
        """Runs the wards side by side."""
        seed = int(os.environ.get("ALIE_FAULTS_SEED", SEED))
        for ward in wards:
            ward.settings["transcribe_transport"] = transport
        rounds = [Round(self, ward, seed, 1 + 1000 * number) for number, ward in enumerate(wards)]
        await gatherResults([Deferred.fromCoroutine(one.run()) for one in rounds], consumeErrors=True)
        found = [text for one in rounds for text in one.found]
        struck = sum((one.struck() for one in rounds), Counter[str]())
        found += [f"too few of {name}: {struck[name]}" for name in sorted(STRIKES) if struck[name] < LEAST]
        summary = "; ".join(f"{one.took_s:.1f} s, {one.delay}" for one in rounds)
        print(f"{transport}, ALIE_FAULTS_SEED={seed}: {summary}; {dict(struck)}")
        if found:
            self.fail("\n".join([f"ALIE_FAULTS_SEED={seed}", *found]))

    def test_websocket(self) -> Deferred[None]:
        """A hundred at once, in the end."""
        return Deferred.fromCoroutine(
            self.judge("websocket", troubled(150, 50, (1.0, 2.0, 4.0)), refused(50, longest_stream_s=3.0, speed=1.0))
        )

    def test_sdk(self) -> Deferred[None]:
        """Fewer at once, who speak faster."""
        return Deferred.fromCoroutine(
            self.judge("sdk", troubled(170, 20, (2.0, 4.0)), refused(30, longest_stream_s=1.5, speed=2.0))
        )


class PlainClientTests(TestCase):
    """A page that knows only the contract."""

    timeout = 60

    def test_quick_recovery_is_not_seen(self) -> Deferred[None]:
        """Results and no more, though two streams were lost and one was refused meanwhile."""

        async def check() -> None:
            one, rota = take("fr-03-dir-instr", 1), Rota()
            reset = LegFault(FaultKind.RESET, at_s=2.0)
            rota.assign(1, (LegFault(FaultKind.EXPIRED_CREDENTIALS), reset, LegFault(FaultKind.CLEAN_CLOSE, at_s=1.5)))
            simulator = await simulate(self, [one], rota)
            manner = Manner(is_plain=True)
            dictation = await begin(await start(self, **settings(simulator)).listening, one, manner)
            rota.introduce(dictation.session_id, 1)
            await speak(dictation, manner)
            await end(dictation)
            faults = [name for leg in simulator.legs for name in leg.faults]
            self.assertEqual(faults, ["EXPIRED_CREDENTIALS", "RESET", "CLEAN_CLOSE"])
            told = [message["type"] for message in dictation.client.messages]
            self.assertEqual(
                (told[:2], told[-1]), (["connection_established", "stream_ready"], "transcription_complete")
            )
            self.assertEqual(set(told[2:-1]), {"transcription_result"})
            texts = [word.rstrip(MARKS) for final in dictation.finals for word in final["text"].split()]
            self.assertEqual(texts, one.script.texts)

        return Deferred.fromCoroutine(check())
