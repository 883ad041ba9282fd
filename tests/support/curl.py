"""curl in a process of its own, which is ended as soon as it has got what is waited for."""

from __future__ import annotations

import os
import shutil

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from tests.support.alie_command import Ran

PATIENCE_S = 60


class _Curl(ProcessProtocol):
    def __init__(self, until: str) -> None:
        self._until = until
        self._out = self._err = b""
        self.ended: Deferred[Ran] = Deferred()

    def outReceived(self, data: bytes) -> None:
        self._out += data
        if self._until and self._until.encode() in self._out:
            try:
                self.transport.signalProcess("TERM")  # type: ignore[union-attr]
            except ProcessExitedAlready:
                pass

    def errReceived(self, data: bytes) -> None:
        self._err += data

    def processEnded(self, reason: Failure) -> None:
        status = getattr(reason.value, "exitCode", None)
        said = (text.decode(errors="replace") for text in (self._out, self._err))
        self.ended.callback(Ran(-1 if status is None else status, *said))


def curl(*arguments: str, until: str = "") -> Deferred[Ran]:
    """Runs curl.

    Args:
        arguments: its own.
        until: a text with which there is enough of an answer that has no end; empty: it ends by itself.
    """
    command = [shutil.which("curl") or "curl", "--silent", "--show-error", "--max-time", str(PATIENCE_S), *arguments]
    running = _Curl(until)
    reactor.spawnProcess(running, command[0], command, env=dict(os.environ))  # type: ignore[attr-defined]
    return running.ended
