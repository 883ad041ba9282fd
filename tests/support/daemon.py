"""Real daemons in processes of their own, for as long as a test lasts."""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import urllib.request
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessDone, ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

TWISTD = Path(sys.executable).with_name("twistd")
ROOT = Path(__file__).parents[2]
_LISTENS_SECURELY = re.compile(r"Alie listens on (https://[\d.]+:\d+)")
_LISTENS = re.compile(r"Alie listens on (http://[\d.]+:\d+)")


class Daemon(ProcessProtocol):
    """One process; all it says is kept.

    Attributes:
        folder: its working directory, its home, and where its temporary files go.
        listening: fires with its URL; fails with what it said if it ends before.
        ended: fires with its exit status.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = self.err = ""
        self.listening: Deferred[str] = Deferred()
        self.ended: Deferred[int] = Deferred()

    @property
    def secure_url(self) -> str:
        """Where it speaks TLS; it says so before it fires `listening`."""
        found = _LISTENS_SECURELY.search(self.out)
        assert found is not None, self.out
        return found[1]

    def outReceived(self, data: bytes) -> None:
        """The log goes to stdout with --nodaemon."""
        self.out += data.decode()
        found = _LISTENS.search(self.out)
        if found and not self.listening.called:
            self.listening.callback(found[1])

    def errReceived(self, data: bytes) -> None:
        """What is wrong goes to stderr."""
        self.err += data.decode()

    def processEnded(self, reason: Failure) -> None:
        """It is gone, and all it said has come."""
        if not self.listening.called:
            self.listening.errback(RuntimeError(self.out + self.err))
            self.listening.addErrback(lambda failure: None)
        status = 0 if reason.check(ProcessDone) else reason.value.exitCode
        self.ended.callback(-1 if status is None else status)

    def stop(self, name: str = "TERM") -> None:
        """Sends a signal, if it still runs."""
        try:
            self.transport.signalProcess(name)
        except ProcessExitedAlready:
            pass


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """An environment with these settings and little else; PORT is a free one unless it is set."""
    own = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    return {**own, "PORT": "0", "PYTHONUNBUFFERED": "1", **settings}


def start(
    case: TestCase,
    *options: str,
    twistd: tuple[str, ...] = ("--nodaemon", "--pidfile="),
    program: tuple[str, ...] = (str(TWISTD),),
    **settings: str,
) -> Daemon:
    """Starts `twistd alie`; it is stopped, and awaited, when the test ends.

    Args:
        case: the test.
        options: of `alie`.
        twistd: options of twistd itself.
        program: twistd, or what stands in for it.
        settings: in its environment.
    """
    folder = tempfile.TemporaryDirectory()
    case.addCleanup(folder.cleanup)
    daemon = Daemon(Path(folder.name))
    command = [*program, *twistd, "alie", *options]
    reactor.spawnProcess(  # type: ignore[attr-defined]
        daemon, command[0], command, env=environment(daemon.folder, **settings), path=folder.name
    )
    case.addCleanup(_stop, daemon)
    return daemon


def _stop(daemon: Daemon) -> Deferred[int]:
    daemon.stop("KILL")
    return daemon.ended


async def fetch(url: str) -> str:
    """The body that a URL answers with."""

    def read() -> str:
        with urllib.request.urlopen(url, timeout=10) as response:
            return str(response.read().decode())

    return await deferToThread(read)


def kill(pid: int) -> None:
    """Ends a daemon that is no child of ours, if it still runs."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
