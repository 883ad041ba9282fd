"""The command line of `alie drill`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

from alie.cli.drill.kinds import FAIL_OVER_AFTER_S, KINDS, LONG_OUTAGE, Kind

# Amazon's quota of streams at once is 25, and the daemon keeps a tenth of it free.
MOST_SESSIONS = 20
_DESCRIPTION = f"""\
A fault exercise: starts the daemon in front of a simulated Amazon Transcribe on this machine, speaks real recordings
in several sessions at once, lets the legs to Amazon fail in one way after another, and tells of each what clients were
told and when, and whether every word came back once. Takes about a minute. No audio and no text leave this machine.
Exit status 0: every fault came about, and nothing was lost or doubled. 1: otherwise.

faults, in their order:
{chr(10).join(wrap(", ".join(KINDS), 110, initial_indent="  ", subsequent_indent="  "))}"""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be exercised.

    Attributes:
        kinds: of faults, one after another.
        sessions: at once, 1..20, in French and English by turns.
        transport: of the daemon, "websocket" or "sdk".
        seed: of the instants at which legs fail.
        may_fail_over: whether the embedded engine takes over when Amazon stays away.
    """

    kinds: tuple[Kind, ...]
    sessions: int = 4
    transport: str = "websocket"
    seed: int = 0
    may_fail_over: bool = False


def add_drill(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    command = commands.add_parser(
        "drill",
        help="exercise faults of Amazon Transcribe, all on this machine",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = command.add_argument
    add("--faults", type=_kinds, metavar="KIND[,KIND...]", help="which (default: all; with --failover: outage)")
    add("--sessions", type=_sessions, default=4, metavar="N", help=f"at once, 1 to {MOST_SESSIONS} (default 4)")
    add("--transport", choices=("websocket", "sdk"), default="websocket", help="to Amazon (default websocket)")
    add("--seed", type=int, default=0, metavar="N", help="another one lets legs fail at other instants (default 0)")
    add(
        "--failover",
        action="store_true",
        help=f"let the embedded engine take over after {FAIL_OVER_AFTER_S} s, in an outage of {LONG_OUTAGE.for_s:g} s",
    )
    add("--json", dest="as_json", action="store_true", help="write one JSON object, for programs")
    add("--keep-log", type=Path, metavar="FILE", help="write the daemon's log there")


def order(options: argparse.Namespace) -> Order:
    """What `alie drill` is asked to do."""
    names = options.faults or (("outage",) if options.failover else tuple(KINDS))
    known = KINDS | {"outage": LONG_OUTAGE} if options.failover else KINDS
    return Order(
        kinds=tuple(known[name] for name in names),
        sessions=options.sessions,
        transport=options.transport,
        seed=options.seed,
        may_fail_over=options.failover,
    )


def _kinds(text: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in KINDS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown) or 'nothing'}: the faults are {', '.join(KINDS)}")
    return tuple(dict.fromkeys(names))


def _sessions(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_SESSIONS:
        raise argparse.ArgumentTypeError(f"{text}: a whole number from 1 to {MOST_SESSIONS} is needed")
    return int(text)
