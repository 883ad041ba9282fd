"""Measures a whole daemon: `python -m bench.dictation`.

Starts `twistd --nodaemon alie` on a free port and speaks long takes to it in real time over WebSockets, in frames of
8192 bytes each 256 ms: first one session at a time, then several at once and one more, which has to be served or
refused (CAPACITY) without harm to the others. Takes about five minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import deferLater

from alie.cli.daemon import DaemonFailed
from alie.cli.rest import get
from alie.cli.running import run
from bench.conditions import conditions, others_cpu_s
from bench.daemon import Daemon
from bench.measures import RunMeasure, describe_extra, measure_languages, share_below
from bench.report import render, render_json
from bench.speaker import Speaker
from bench.takes import Take, load_takes

_RECORDINGS = Path(__file__).parent.parent / "tests" / "speech"
# Between the beginnings of sessions, so that they do not all pause together.
_STAGGER_S = 0.37
# The one session more comes when the others are well under way.
_EXTRA_AFTER_S = 10.0


def main() -> None:
    """Runs the bench; exit status 1 when a session failed or lost audio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=Path, default=_RECORDINGS, metavar="DIR", help="where manifest.tsv is")
    parser.add_argument("--only", default="long", help="only recordings with this in their name (default long)")
    parser.add_argument("--sessions", type=int, default=4, help="how many at once in the second run; 0: no such run")
    parser.add_argument("--json", dest="as_json", action="store_true", help="write one JSON object")
    options = parser.parse_args()
    run(lambda reactor: _bench(reactor, options))


async def _bench(reactor: Any, options: argparse.Namespace) -> int:
    try:
        takes = load_takes(options.takes, options.only)
    except OSError as error:
        sys.stderr.write(f"The recordings cannot be read: {error}\n")
        return 2
    if not takes:
        sys.stderr.write(f"no recording with {options.only!r} in its name in {options.takes}\n")
        return 2
    told: dict[str, Any] = conditions()
    try:
        daemon = await Daemon.start(reactor, os.environ)
    except DaemonFailed as error:
        sys.stderr.write(f"The daemon cannot be measured: {error}\n")
        return 1
    try:
        _, config = await get(reactor, daemon.address, "/api/config")
        told |= {"engine": config.get("engine", "not told"), "takes": ", ".join(take.name for take in takes)}
        runs = [await _one_by_one(reactor, daemon, takes)]
        if options.sessions:
            runs.append(await _at_once(reactor, daemon, takes, options.sessions))
    finally:
        await daemon.stop(reactor)
    print((render_json if options.as_json else render)(told, runs))
    return 1 if any(one.failures or one.lost_s for one in runs) else 0


async def _one_by_one(reactor: Any, daemon: Daemon, takes: Sequence[Take]) -> RunMeasure:
    meter = await _Meter.begin(reactor, daemon)
    speakers = [await Speaker(reactor, daemon.address, take).speak() for take in takes]
    return await meter.end(1, speakers)


async def _at_once(reactor: Any, daemon: Daemon, takes: Sequence[Take], sessions: int) -> RunMeasure:
    meter = await _Meter.begin(reactor, daemon)
    spoken = list(islice(cycle(takes), sessions + 1))

    async def speak(number: int, take: Take) -> Speaker:
        await deferLater(reactor, _EXTRA_AFTER_S if number == sessions else number * _STAGGER_S)
        return await Speaker(reactor, daemon.address, take).speak()

    *speakers, extra = await gatherResults(
        [Deferred.fromCoroutine(speak(number, take)) for number, take in enumerate(spoken)]
    )
    return await meter.end(sessions, speakers, extra)


class _Meter:
    """What a run costs the daemon."""

    def __init__(self, reactor: Any, daemon: Daemon, delays: dict[float, float]) -> None:
        self._reactor = reactor
        self._daemon = daemon
        self._delays = delays
        self._began_s = reactor.seconds()
        self._cpu_s = daemon.cpu_s()
        self._others_cpu_s = others_cpu_s(self._cpu_s)

    @classmethod
    async def begin(cls, reactor: Any, daemon: Daemon) -> _Meter:
        """Looks before the run."""
        return cls(reactor, daemon, await daemon.delays(reactor))

    async def end(self, sessions: int, speakers: Sequence[Speaker], extra: Speaker | None = None) -> RunMeasure:
        """Looks after it, and sums it up. The extra session's audio counts where it was served."""
        cpu_s = self._daemon.cpu_s() - self._cpu_s
        others_s = others_cpu_s(self._daemon.cpu_s()) - self._others_cpu_s
        everyone = [*speakers, extra] if extra and extra.trouble is None else speakers
        audio_s = sum(one.take.duration_s for one in everyone)
        return RunMeasure(
            sessions=sessions,
            languages=measure_languages(speakers),
            audio_s=audio_s,
            cpu_s=cpu_s / audio_s,
            sessions_per_core=audio_s / cpu_s,
            late_p99_s=share_below(self._delays, await self._daemon.delays(self._reactor), 0.99),
            peak_mb=self._daemon.peak_mb(),
            lost_s=sum(one.lost_s for one in everyone),
            others_cores=others_s / (self._reactor.seconds() - self._began_s),
            failures=tuple(one.trouble.code for one in speakers if one.trouble),
            extra=describe_extra(extra) if extra else None,
        )


if __name__ == "__main__":
    main()
