"""Runs `alie drill` and writes its account."""

from __future__ import annotations

import importlib.util
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from alie.cli.daemon import DaemonFailed
from alie.cli.drill import report
from alie.cli.drill.account import Round
from alie.cli.drill.options import Order

_LIBRARIES = ("h2", "numpy", "cryptography", "botocore")


async def drill(
    reactor: Any, order: Order, as_json: bool, keep_log: Path | None, stdout: TextIO, stderr: TextIO
) -> int:
    """Exercises faults and writes of each what came of it, or one JSON object of them all.

    Args:
        reactor: what everything but the daemon runs on.
        order: what is to be exercised.
        as_json: for programs.
        keep_log: where the daemon's log is to be kept, or None.
        stdout: where the account goes.
        stderr: where it is said why there is none.

    Returns:
        Exit status: 0 when every session was struck and nothing was lost or doubled, else 1.
    """
    missing = _missing(order)
    if missing:
        stderr.write(f"alie: drill needs {missing}\n")
        return 1
    began = reactor.seconds()
    with ExitStack() as stack:
        try:
            log = None if keep_log is None else stack.enter_context(keep_log.open("wb", buffering=0))
        except OSError as error:
            stderr.write(f"alie: {keep_log} cannot be written: {error.strerror}\n")
            return 1
        try:
            rounds = await _rounds(reactor, order, log, None if as_json else stdout)
        except DaemonFailed as error:
            stderr.write(f"alie: the daemon failed: {error}\n")
            return 1
    content = report.content(order, rounds, reactor.seconds() - began)
    if as_json:
        stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    else:
        stdout.write(report.table(rounds) + report.closing(order, rounds, reactor.seconds() - began))
    return 0 if content["ok"] else 1


async def _rounds(reactor: Any, order: Order, log: BinaryIO | None, stdout: TextIO | None) -> list[Round]:
    # Not at the top: it needs the libraries.
    from alie.cli.drill.exercise import Exercise

    def tell(text: str) -> None:
        if stdout is not None:
            stdout.write(text)
            stdout.flush()

    tell(report.opening(order))
    rounds: list[Round] = []
    exercise = Exercise(reactor, order)
    try:
        await exercise.start(log)
        async for done in exercise.rounds():
            rounds.append(done)
            tell(report.block(done))
    finally:
        await exercise.close()
    return rounds


def _missing(order: Order) -> str:
    """Libraries that are not installed, with what to install; empty: all are there."""
    needed = dict.fromkeys(_LIBRARIES, "drill")
    if order.transport == "sdk":
        needed["amazon_transcribe"] = "amazon"
    if order.may_fail_over:
        needed["faster_whisper"] = "embedded"
    missing = {name: extra for name, extra in needed.items() if importlib.util.find_spec(name) is None}
    return f"{', '.join(missing)}: pip install 'alie[{','.join(dict.fromkeys(missing.values()))}]'" if missing else ""
