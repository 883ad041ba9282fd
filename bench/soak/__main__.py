"""Hours of sessions that come and go: `python -m bench.soak`.

Two hours at 200 sessions unless told otherwise, in front of the gateway bench's service. Samples memory, descriptors,
threads, timers and the reactor's delay, and says of each whether it grows; in the end nothing of any session may be
left. Exit status 1: something grows, or is left.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from alie.cli.running import run
from bench.conditions import surroundings
from bench.gateway.process import ProcessFailed
from bench.gateway.stage import divide
from bench.soak import report
from bench.soak.stage import Order, soak

_PACKAGES = ("alie", "Twisted", "autobahn", "pyOpenSSL", "orjson")


def main() -> None:
    """Runs it."""
    options = _parser().parse_args()
    run(lambda reactor: _soak(reactor, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=200, help="at once (200)")
    parser.add_argument("--minutes", type=float, default=120.0, help="length, without the warm-up (120)")
    parser.add_argument("--warm-up", type=float, default=180.0, help="seconds before it, all sessions running (180)")
    parser.add_argument("--longest", type=float, default=120.0, help="seconds that a session lasts at most (120)")
    parser.add_argument("--every", type=float, default=10.0, help="seconds between samples (10)")
    parser.add_argument("--seed", type=int, default=1, help="of how long each session lasts and how it ends (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where all samples are kept")
    parser.add_argument("--quiet", action="store_true", help="do not tell every sample")
    return parser


async def _soak(reactor: Any, options: argparse.Namespace) -> int:
    cores = divide(os.sched_getaffinity(0))
    seconds = options.minutes * 60
    order = Order(options.sessions, seconds, options.warm_up, options.every, options.longest, options.seed, cores)
    length = f"{options.minutes:g} min after {options.warm_up:g} s of warm-up, {options.sessions} sessions at once"
    conditions = surroundings(_PACKAGES) | {"length": length}
    try:
        soaked = await soak(
            reactor, order, lambda sample: None if options.quiet else print(report.line(sample), file=sys.stderr)
        )
    except ProcessFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if options.json:
        options.json.write_text(report.render_json(conditions, soaked))
    print(report.render(conditions, soaked))
    return 1 if report.shortcomings(soaked, report.judge_all(soaked)) else 0


if __name__ == "__main__":
    main()
