"""Everything goes wrong, on both legs: `python -m bench.chaos`.

Dictations of real speech to a real daemon, in front of a simulated Amazon Transcribe; two proxies between them cut,
stall, delay, overtake, throttle and deafen connections, and the daemon itself is killed and restarted. The plan follows
from the seed. Ends by itself; exit status 1: something was lost, doubled, or not told.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from alie.cli.running import run
from bench.chaos.report import render, render_json
from bench.chaos.run import Order, Run


def main() -> None:
    """Runs it."""
    options = _parser().parse_args()
    order = Order(options.seed, options.sessions, options.at_once, tuple(options.kills))
    run(lambda reactor: _chaos(reactor, order, options.as_json))


def _parser() -> argparse.ArgumentParser:
    usual = Order()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=usual.seed, help=f"of the plan of faults ({usual.seed})")
    parser.add_argument("--sessions", type=int, default=usual.sessions, help=f"in all ({usual.sessions})")
    parser.add_argument("--at-once", type=int, default=usual.at_once, help=f"of them ({usual.at_once})")
    parser.add_argument(
        "--kills",
        nargs="*",
        choices=("KILL", "TERM"),
        default=usual.kills,
        metavar="SIGNAL",
        help=f"KILL or TERM to the daemon, at regular intervals ({' '.join(usual.kills)})",
    )
    parser.add_argument("--json", dest="as_json", action="store_true", help="write one JSON object")
    return parser


async def _chaos(reactor: Any, order: Order, as_json: bool) -> int:
    this = Run(reactor, order, lambda line: print(line, file=sys.stderr, flush=True))
    try:
        account = await this.perform()
    finally:
        await this.close()
    print((render_json if as_json else render)(this.plan, account))
    return 1 if account.found else 0


if __name__ == "__main__":
    main()
