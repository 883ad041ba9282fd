"""Supabase's own client for JavaScript, in node, with its calls written down in Python."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.utils import getProcessOutputAndValue

from tests.support.node import NODE, environment

SUPABASE = Path(__file__).parent / "node" / "supabase.cjs"

Chain = list[list[Any]]
"""Methods with their arguments, such as [["from", "notes"], ["select", "*"], ["single"]]."""


@dataclass(frozen=True)
class Told:
    """What the client gives for one call: `error` has `code`, `message`, `details`, `hint`."""

    data: Any
    error: dict[str, Any] | None
    count: int | None
    status: int

    @property
    def code(self) -> str | None:
        """The error's."""
        return self.error["code"] if self.error else None


async def ask(reactor: Any, url: str, api_key: str, token: str | None, *calls: Chain) -> list[Told]:
    """Performs the calls one after another, in one process.

    Args:
        reactor: with real processes.
        url: of the project.
        api_key: its public key.
        token: the user's access token; None: nobody is signed in.
        calls: what to do.
    """
    asked = json.dumps({"token": token, "calls": calls}).encode()
    command = (str(NODE), [str(SUPABASE), url, api_key])
    out, err, code = await getProcessOutputAndValue(*command, env=environment(), reactor=reactor, stdinBytes=asked)
    if code != 0:
        raise AssertionError(err.decode())
    return [Told(**json.loads(line)) for line in out.splitlines()]
