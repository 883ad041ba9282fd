"""A process on cores of its own: what it says, its CPU time, its memory."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

_STOP_TIMEOUT_S = 40.0
_LAST_CHARACTERS = 4000


class ProcessFailed(Exception):
    """A process did not start or do what it was started for; the text ends with the last lines that it wrote."""


class Process(ProcessProtocol):
    """One process with all its threads. Made by `start`.

    Args:
        name: what to call it in an error.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._said = ""
        self._expected: tuple[re.Pattern[str], Deferred[re.Match[str]]] | None = None
        self._ended: Deferred[None] = Deferred()
        self._pid = 0
        self._stdin: Any = None

    @classmethod
    def start(
        cls, reactor: Any, name: str, command: Sequence[str], environment: Mapping[str, str], cores: set[int]
    ) -> Process:
        """Starts it, pinned to these cores from its first instruction on."""
        process = cls(name)
        with _pinned_to(cores):
            transport = reactor.spawnProcess(process, command[0], command, env=environment)
        process._pid = transport.pid
        process._stdin = transport
        return process

    async def expect(self, reactor: Any, pattern: str, within_s: float) -> re.Match[str]:
        """Waits until it has said this, on stdout or stderr, and forgets what it said up to there.

        Raises:
            ProcessFailed: it ended, or said nothing of the kind in time.
        """
        found: Deferred[re.Match[str]] = Deferred()
        self._expected = (re.compile(pattern), found)
        self._look()
        found.addTimeout(within_s, reactor, lambda *_: Failure(self._failure(f"was silent for {within_s:.0f} s")))
        return await found

    def say(self, line: bytes) -> None:
        """Writes to its stdin."""
        self._stdin.write(line)

    async def stop(self, reactor: Any) -> None:
        """Asks it to end, and waits until it has."""
        if self._ended.called:
            return
        os.kill(self._pid, signal.SIGTERM)
        killer = reactor.callLater(_STOP_TIMEOUT_S, os.kill, self._pid, signal.SIGKILL)
        await self._ended
        if killer.active():
            killer.cancel()

    async def kill(self) -> None:
        """Ends it at once, without its knowing, and waits until it has ended."""
        if not self._ended.called:
            os.kill(self._pid, signal.SIGKILL)
            await self._ended

    @property
    def pid(self) -> int:
        """Its number."""
        return self._pid

    def cpu_s(self) -> float:
        """CPU seconds of all its threads since it started, user and system. Raises `ProcessFailed`: it ended."""
        self._must_run()
        # clock_getcpuclockid(3), which Python does not offer: nanoseconds where /proc/PID/stat has hundredths.
        return time.clock_gettime((~self._pid << 3) | 2)

    def rss_kb(self) -> int:
        """Resident memory, in KB. Raises `ProcessFailed`: it ended."""
        self._must_run()
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]

    def outReceived(self, data: bytes) -> None:
        """Twisted: it wrote something."""
        self._said += data.decode(errors="replace")
        self._look()

    errReceived = outReceived

    def processEnded(self, reason: Failure) -> None:
        """Twisted: it is gone."""
        self._ended.callback(None)
        if self._expected:
            self._expected[1].errback(self._failure("ended"))
            self._expected = None

    def _look(self) -> None:
        if self._expected and (match := self._expected[0].search(self._said)):
            found, self._expected = self._expected[1], None
            self._said = self._said[match.end() :]
            found.callback(match)
        elif self._expected and self._ended.called:
            self._expected[1].errback(self._failure("ended"))
            self._expected = None
        else:
            self._said = self._said[-_LAST_CHARACTERS:] if not self._expected else self._said

    def _must_run(self) -> None:
        if self._ended.called:
            raise self._failure("ended")

    def _failure(self, what: str) -> ProcessFailed:
        return ProcessFailed(f"{self._name} {what}: {' / '.join(self._said.splitlines()[-6:])}")


@contextmanager
def _pinned_to(cores: set[int]) -> Iterator[None]:
    """Processes started meanwhile inherit this: pinned later, a runtime would have threads elsewhere by then."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
