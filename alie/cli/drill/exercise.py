"""Runs an exercise: the simulator, the daemon in front of it, and sessions that speak while their legs fail."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from typing import Any, BinaryIO

from twisted.internet.defer import Deferred, DeferredList
from twisted.python.failure import Failure

from alie.cli.daemon import Daemon
from alie.cli.drill.account import Dictation, Round
from alie.cli.drill.kinds import FAIL_OVER_AFTER_S, Director, Kind
from alie.cli.drill.options import Order
from alie.cli.drill.speaker import Recording, Speaker, record
from alie.simulator.faults import FaultKind
from alie.simulator.records import LegRecord
from alie.simulator.simulator import Simulator
from alie.speech import EN_US, FR_CA

# Of this machine's environment: nothing that could lead the daemon to a real account, or to other settings.
_KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH", "ALIE_MODEL_DIR")


class Exercise:
    """One exercise. Call `close` in any case.

    Args:
        reactor: on which the simulator and the clients run; the daemon is a process of its own.
        order: what is to be exercised.
    """

    def __init__(self, reactor: Any, order: Order) -> None:
        self._reactor = reactor
        self._order = order
        self._director = Director()
        self._plan = _recordings(order)
        scripts = {one.speaker: one.script for _, recordings in self._plan for one in recordings}
        self._simulator = Simulator(reactor, scripts, plan=self._director, seed=order.seed)
        self._daemon: Daemon | None = None

    async def start(self, log: BinaryIO | None) -> None:
        """Starts the simulator, and the daemon, which logs to `log`.

        Raises:
            DaemonFailed: it did not start.
        """
        await self._simulator.start()
        environment = _environment(os.environ, self._order, self._simulator)
        self._daemon = await Daemon.start(self._reactor, environment, log)

    async def rounds(self) -> AsyncIterator[Round]:
        """Exercises one kind of fault after another and tells of each as it ends.

        Raises:
            DaemonFailed: it is gone.
        """
        assert self._daemon is not None, "only after start"
        for kind, recordings in self._plan:
            speakers = [Speaker(self._reactor, self._daemon.address, recording) for recording in recordings]
            self._director.begin(kind, self._order.seed, [recording.speaker for recording in recordings])
            await _all(speaker.speak() for speaker in speakers)
            self._daemon.must_run()
            yield Round(kind, tuple(self._account(kind, speakers)))

    async def close(self) -> None:
        """Ends the daemon and the simulator, and waits until both are gone."""
        if self._daemon is not None:
            await self._daemon.stop(self._reactor)
        await self._simulator.stop()

    def _account(self, kind: Kind, speakers: list[Speaker]) -> Iterable[Dictation]:
        struck = {speaker.recording.speaker: self._struck_s(speaker) for speaker in speakers}
        if kind.kind is FaultKind.OUTAGE:
            # It came about on one leg, and hit all.
            first_s = min((at_s for at_s in struck.values() if at_s is not None), default=None)
            struck = dict.fromkeys(struck, first_s)
        for speaker in speakers:
            number = speaker.recording.speaker
            yield speaker.account(self._simulator.heard_by(number), struck[number])

    def _struck_s(self, speaker: Speaker) -> float | None:
        moments = (leg.struck_s for leg in self._simulator.legs if _is_of(leg, speaker))
        return min((at_s for at_s in moments if at_s is not None), default=None)


def _is_of(leg: LegRecord, speaker: Speaker) -> bool:
    # A leg that was turned away has heard nobody.
    return speaker.recording.speaker in leg.speakers or leg.session_id == speaker.session_id


def _recordings(order: Order) -> list[tuple[Kind, list[Recording]]]:
    """What each round's sessions say; every session of an exercise has a number of its own."""
    rounds = []
    for place, kind in enumerate(order.kinds):
        numbers = range(place * order.sessions + 1, (place + 1) * order.sessions + 1)
        languages = [FR_CA if seat % 2 == 0 else EN_US for seat in range(order.sessions)]
        speaking = zip(numbers, languages, strict=True)
        rounds.append((kind, [record(number, language, kind.times) for number, language in speaking]))
    return rounds


def _environment(environ: Mapping[str, str], order: Order, simulator: Simulator) -> dict[str, str]:
    keys = simulator.credentials
    return {name: environ[name] for name in _KEPT if name in environ} | {
        "ALIE_ENGINE": "amazon",
        "ALIE_TRANSCRIBE_TRANSPORT": order.transport,
        "ALIE_TRANSCRIBE_ENDPOINT": simulator.endpoint,
        "ALIE_TRANSCRIBE_CA_FILE": simulator.ca_file,
        "ALIE_FAILOVER": "on" if order.may_fail_over else "off",
        "ALIE_FAILOVER_SECONDS": str(FAIL_OVER_AFTER_S),
        "ALIE_DRAIN_SECONDS": "2",
        "AWS_REGION": simulator.region,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


async def _all(works: Iterable[Coroutine[Deferred[Any], Any, None]]) -> None:
    """Waits until all have ended, cancelled ones too, and then raises what the first raised."""
    results = await DeferredList([Deferred.fromCoroutine(work) for work in works], consumeErrors=True)
    for _, result in results:
        if isinstance(result, Failure):
            result.raiseException()
