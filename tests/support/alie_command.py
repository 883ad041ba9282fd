"""The `alie` command in processes of its own, beside a running daemon."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.utils import getProcessOutputAndValue

from tests.support.daemon import Daemon, environment

ALIE = Path(sys.executable).with_name("alie")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    status: int
    out: str
    err: str


async def alie(daemon: Daemon, *arguments: str, **settings: str) -> Ran:
    """Runs `alie ARGUMENTS` as the user whose daemon this is: the same home, and so the same state directory."""
    out, err, status = await getProcessOutputAndValue(
        str(ALIE), list(arguments), env=environment(daemon.folder, **settings), path=str(daemon.folder), reactor=reactor
    )
    return Ran(status, out.decode(), err.decode())
