"""Where the daemon's CPU goes, by py-spy, if that is installed: it looks from outside and slows little."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from bench.gateway.gateways import bare
from bench.gateway.process import Process

_PER_S = 200


def find() -> str | None:
    """The program; None if it is not installed."""
    return shutil.which("py-spy")


def start_profile(reactor: Any, pid: int, path: Path, seconds: float, cores: set[int]) -> None:
    """Looks at a process for so long and writes what it saw.

    Args:
        reactor: what the program runs under.
        pid: of the process.
        path: ends with .json for speedscope, with .txt for stacks; anything else is a picture (SVG).
        seconds: how long, at least 1.
        cores: where the program may run.
    """
    form = {".json": "speedscope", ".txt": "raw"}.get(path.suffix, "flamegraph")
    command = [find() or "py-spy", "record", "--pid", f"{pid}", "--output", str(path.resolve()), "--format", form]
    command += ["--duration", f"{max(1, int(seconds))}", "--rate", f"{_PER_S}"]
    Process.start(reactor, "py-spy", command, bare(path.resolve().parent), cores)
