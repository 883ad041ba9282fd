"""Many speakers at one daemon and one simulated service, each with faults of its own; and what came of it."""

from __future__ import annotations

import random
import re
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredSemaphore, gatherResults
from twisted.trial.unittest import TestCase

from alie.simulator.faults import FaultKind, LegFault
from alie.simulator.leg import TROUBLE
from alie.simulator.limits import SimulatorLimits
from alie.simulator.records import LegRecord
from alie.simulator.simulator import Simulator
from bench.lateness import Lateness
from tests.support.daemon import Daemon, fetch, start
from tests.support.dictation import Dictation, Manner, begin, end, speak
from tests.support.judging import GOOD_ENDS, complaints, legs_of
from tests.support.recordings import Take, short_clips, take
from tests.support.transcribe import Rota, settings, simulate

Draw = Callable[[random.Random, float], LegFault]
"""Makes a fault; told what is random, and the length of the recording in seconds."""


@dataclass(frozen=True, slots=True)
class Ward:
    """Speakers who share a daemon and a service.

    Attributes:
        speakers: how many.
        at_once: so many of them.
        faults: that are dealt out, each as often as any other.
        rare: faults that are dealt out once each, at regular intervals.
        limits: of the service.
        settings: of the daemon.
        speeds: of speaking.
    """

    speakers: int
    at_once: int
    faults: Sequence[Draw]
    rare: Sequence[Draw] = ()
    limits: SimulatorLimits = field(default_factory=SimulatorLimits)
    settings: dict[str, object] = field(default_factory=dict)
    speeds: Sequence[float] = (1.0, 2.0, 4.0)


class Round:
    """One ward from beginning to end.

    Args:
        case: the test.
        ward: who speaks, and what goes wrong.
        seed: of everything that is random.
        first: number of the first speaker.

    Attributes:
        found: what was not as it should be.
        took_s: how long all of them took, in seconds.
        delay: of the daemon's reactor, for the record.
    """

    simulator: Simulator
    daemon: Daemon

    def __init__(self, case: TestCase, ward: Ward, seed: int, first: int) -> None:
        self.found: list[str] = []
        self.took_s = 0.0
        self.delay = ""
        self._case = case
        self._ward = ward
        self._rota = Rota()
        self._dictations: list[Dictation] = []
        chosen = random.Random(f"{seed} {first}")
        clips = short_clips()
        self._takes = [take(clips[number % len(clips)], first + number) for number in range(ward.speakers)]
        self._manners = {one.speaker: _manner(chosen, ward, one) for one in self._takes}
        self._deal(chosen)

    def _deal(self, chosen: random.Random) -> None:
        """One to three faults for each; conflict last, since the service then sees another session."""
        step = self._ward.speakers / (len(self._ward.rare) + 1)
        rare = {round(step * (number + 1)): draw for number, draw in enumerate(self._ward.rare)}
        deck: deque[Draw] = deque()
        for number, one in enumerate(self._takes):
            hand = [rare[number](chosen, one.duration_s)] if number in rare else []
            for _ in range(chosen.choice((1, 1, 2, 3)) - len(hand)):
                if not deck:
                    deck.extend(chosen.sample(self._ward.faults, len(self._ward.faults)))
                hand.append(deck.popleft()(chosen, one.duration_s))
            self._rota.assign(one.speaker, sorted(hand, key=lambda fault: fault.kind is FaultKind.CONFLICT))

    async def run(self) -> None:
        """All speak, and everything is looked at."""
        self.simulator = await simulate(self._case, self._takes, self._rota, self._ward.limits)
        self.daemon = start(self._case, **settings(self.simulator, **self._ward.settings))
        url = await self.daemon.listening
        watch = Lateness(reactor)
        self._case.addCleanup(watch.stop)
        seats = DeferredSemaphore(self._ward.at_once)
        began_s = reactor.seconds()  # type: ignore[attr-defined]
        await gatherResults([seats.run(self._dictate, url, one) for one in self._takes])
        self.took_s = reactor.seconds() - began_s  # type: ignore[attr-defined]
        self._judge(watch.worst_s)
        self._look_at_metrics(await fetch(f"{url}/metrics"))
        self.daemon.stop()
        if await self.daemon.ended != 0:
            self.found.append("the daemon did not end in good order")
        self._search_log()

    def struck(self) -> Counter[str]:
        """How often each fault came about: planned ones by their names, others by what the service said."""
        return Counter(name for leg in self.simulator.legs for name in (*leg.faults, *_said(leg)))

    def _dictate(self, url: str, one: Take) -> Deferred[None]:
        return Deferred.fromCoroutine(self._dictating(url, one))

    async def _dictating(self, url: str, one: Take) -> None:
        manner = self._manners[one.speaker]
        try:
            dictation = await begin(url, one, manner)
            self._dictations.append(dictation)
            self._rota.introduce(dictation.session_id, one.speaker)
            await speak(dictation, manner)
            await end(dictation)
        except Exception as error:  # what the others see is worth knowing all the same
            self.found.append(f"speaker {one.speaker}: {error!r}")

    def _judge(self, late_s: float) -> None:
        log = (self.daemon.out + self.daemon.err).splitlines()
        for dictation in self._dictations:
            wrong = list(complaints(dictation, self.simulator, late_s))
            self.found += wrong + [line for line in log if wrong and dictation.session_id in line]
            if not any(leg.faults or leg.ended_by not in GOOD_ENDS for leg in legs_of(dictation, self.simulator)):
                self.found.append(f"speaker {dictation.take.speaker}: nothing went wrong")
        self.found += [f"bad signature: {reason}" for reason in self.simulator.service.bad_signatures]

    def _look_at_metrics(self, text: str) -> None:
        for gauge in ("legs", "legs_queued", "amazon_open_streams"):
            if f"alie_engine_{gauge} 0.0\n" not in text:
                self.found.append(f"{gauge} is not 0 in the end")
        counts = re.findall(r'alie_reactor_delay_seconds_bucket\{le="([^"]+)"\} ([\d.]+)', text)
        most = 0.99 * float(counts[-1][1])
        self.delay = next(f"99 % of the timers at most {late} s late" for late, count in counts if float(count) >= most)

    def _search_log(self) -> None:
        log, keys = self.daemon.out + self.daemon.err, self.simulator.credentials
        secrets = [keys.access_key_id, keys.secret_access_key, "X-Amz-", "Signature", "Traceback"]
        secrets += [word for one in self._takes for word in one.script.texts]
        self.found += [f"the log says {secret}" for secret in secrets if secret in log]


def _said(leg: LegRecord) -> list[str]:
    """What ended the leg, where it was not in the plan; of an exception in the plan, which one it was."""
    if leg.ended_by == "BadRequestException":
        return ["OVERSIZE" if leg.faults else "STARVED"]
    if leg.ended_by == "LimitExceededException":
        return [] if leg.faults else ["LONGEST_STREAM" if leg.byte_count else "QUOTA"]
    return [leg.ended_by] if leg.ended_by in TROUBLE else []


def _manner(chosen: random.Random, ward: Ward, one: Take) -> Manner:
    """Every fourth pauses for longer than the service waits."""
    pause = (int(chosen.uniform(0.2, 0.8) * len(one.pcm)), 1.5)
    return Manner(
        frame_bytes=chosen.choice((3200, 8192)),
        speed=chosen.choice(ward.speeds),
        pauses=(pause,) if chosen.random() < 1 / 4 else (),
    )
