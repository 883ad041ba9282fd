"""Measures the embedded engine offline: `python -m bench.embedded --sessions 2 --takes long`.

Recordings are fed in real time, a frame of 8192 bytes each 256 ms, to the engine itself: no network. Printed for
each language: word error rate of the finals, seconds from a sentence's start to the first partial of its utterance
and from its end to the final that covers it; and CPU seconds per second of audio and the delay of the reactor.
With `--simulate` time passes by events only (see `bench.simulation`): sooner done, and steady on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from twisted.internet.defer import DeferredList, ensureDeferred
from twisted.internet.task import deferLater, react

from alie.engines.bridge import Bridge
from alie.engines.embedded import EmbeddedEngine, locate_model
from alie.speech import AUTO
from bench import scoring
from bench.feeding import LatenessMeter, Session
from bench.simulation import SimulatedPool, SimulatedReactor
from bench.takes import load_takes

_RECORDINGS = Path(__file__).parent.parent / "tests" / "speech"
_STAGGER_S = 0.37
"""Between the beginnings of sessions, so that they do not all pause together."""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", default="long", help="only recordings with this in their name")
    parser.add_argument("--directory", type=Path, default=_RECORDINGS, help="where manifest.tsv is")
    parser.add_argument("--sessions", type=int, default=1, help="how many at once")
    parser.add_argument("--repeat", type=int, default=1, help="how often each recording is spoken")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--model", help="directory of another model")
    parser.add_argument("--auto", action="store_true", help="have the language identified")
    parser.add_argument("--simulate", action="store_true", help="let time pass by events only")
    parser.add_argument("--show", action="store_true", help="print what was heard")
    return parser.parse_args()


async def _run_takes(reactor: Any, engine: EmbeddedEngine, options: argparse.Namespace) -> list[Session]:
    """Every take `repeat` times, `sessions` of them at a time."""
    waiting = load_takes(options.directory, options.takes) * options.repeat
    sessions: list[Session] = []

    async def speak_on(delay_s: float) -> None:
        await deferLater(reactor, delay_s)
        while waiting:
            take = waiting.pop(0)
            session = Session(reactor, engine, take, AUTO if options.auto else take.language)
            sessions.append(session)
            await session.done

    lanes = [ensureDeferred(speak_on(lane * _STAGGER_S)) for lane in range(options.sessions)]
    await DeferredList(lanes, fireOnOneErrback=True)
    return sessions


async def _ready(reactor: Any, engine: EmbeddedEngine) -> None:
    engine.start()
    while engine.problems():
        await deferLater(reactor, 0.1)


def _language_line(language: str, sessions: list[Session]) -> str:
    reference = " ".join(session.take.text for session in sessions)
    heard = " ".join(scoring.transcript(session.heard) for session in sessions)
    each = [scoring.delays(session.take.timeline, session.heard) for session in sessions]
    partial_s = [value for delays in each for value in delays.first_partial_s]
    final_s = [value for delays in each for value in delays.final_s]
    return (
        f"{language}: WER {100 * scoring.word_error_rate(reference, heard, language):.1f} %"
        f" | first partial {_percentiles(partial_s)} (n={len(partial_s)})"
        f" | final {_percentiles(final_s)} (n={len(final_s)}, missed {sum(one.missed for one in each)})"
        f" | partials {sum(not one.is_final for session in sessions for one in session.heard)}"
    )


def _percentiles(values: Iterable[float]) -> str:
    values = list(values)
    return f"p50 {scoring.percentile(values, 0.5):.2f} p95 {scoring.percentile(values, 0.95):.2f} s"


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _resident_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // (1 << 20)


async def _measure(reactor: Any, engine: EmbeddedEngine, options: argparse.Namespace) -> None:
    await _ready(reactor, engine)
    meter, cpu_before_s = LatenessMeter(reactor), _cpu_s()
    sessions = await _run_takes(reactor, engine, options)
    cpu_s = _cpu_s() - cpu_before_s
    meter.stop()
    await engine.stop()
    for language in sorted({session.take.language for session in sessions}):
        print(_language_line(language, [one for one in sessions if one.take.language == language]))
    audio_s = sum(session.take.duration_s for session in sessions)
    late_ms = [1000 * late_s for late_s in meter.late_s]
    print(
        f"CPU {cpu_s / audio_s:.2f} s per s of audio ({audio_s:.0f} s) | reactor late p50"
        f" {scoring.percentile(late_ms, 0.5):.1f} p99 {scoring.percentile(late_ms, 0.99):.1f}"
        f" max {max(late_ms):.1f} ms | resident {_resident_mb()} MB"
    )
    if options.show:
        _show(sessions)


def _simulate(options: argparse.Namespace) -> None:
    clock = SimulatedReactor()
    bridge = Bridge(clock, options.workers, SimulatedPool(clock))
    engine = EmbeddedEngine(clock, locate_model(options.model), options.workers, options.sessions, bridge=bridge)
    done = ensureDeferred(_measure(clock, engine, options))
    clock.run_until(lambda: bool(done.called))
    done.addErrback(lambda failure: failure.printTraceback())


def _live(reactor: Any, options: argparse.Namespace) -> Any:
    engine = EmbeddedEngine(reactor, locate_model(options.model), options.workers, options.sessions)
    return ensureDeferred(_measure(reactor, engine, options))


def _show(sessions: Iterable[Session]) -> None:
    for session in sessions:
        for one in session.heard:
            mark = "=" if one.is_final else " "
            print(f"{session.take.name} {one.came_s:7.2f} {one.start_s:7.2f}-{one.end_s:7.2f} {mark} {one.text}")


def main(arguments: list[str] | None = None) -> None:
    """Runs the tool."""
    if arguments is not None:
        sys.argv[1:] = arguments
    options = _options()
    if options.simulate:
        _simulate(options)
    else:
        react(_live, [options])


if __name__ == "__main__":
    main()
