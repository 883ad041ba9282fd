"""Writes lines from a thread of its own: who reads them may stand still, and the reactor must not."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from queue import SimpleQueue

CAPACITY = 4096
"""Lines that wait; with 300 bytes each, 1.2 MB."""
CLOSE_S = 2.0
_POLL_MS = 1000


class LineWriter:
    """Takes lines and never waits. When too many wait, those that come are counted and lost: dictation goes on.

    What cannot be written (nobody has the other end any more, the disk is full) is counted and lost as well. Each line
    is tried, so that writing goes on when it can.

    Args:
        fd: where to. It may block; whether it does is left as it is, since others may share it.
        describe: a line that says how many were lost, written before the first that gets through again.
        capacity: how many lines may wait.

    Attributes:
        lost: how many lines were lost.
    """

    def __init__(self, fd: int, describe: Callable[[int], bytes], capacity: int = CAPACITY) -> None:
        self._fd = fd
        self._describe = describe
        self._capacity = capacity
        # Unlike Queue, it may be entered again in the middle of itself: an object that goes away may log a failure.
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._told = 0
        self._is_closed = False
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, line: bytes) -> None:
        """Takes one or more whole lines; from any thread."""
        if self._is_closed or self._lines.qsize() >= self._capacity:
            self.lost += 1
        else:
            self._lines.put(line)

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Waits until all is written, at most `timeout_s`. May be called repeatedly."""
        if not self._is_closed:
            self._is_closed = True
            self._lines.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            lost = self.lost
            if lost > self._told and self._put(self._describe(lost - self._told)):
                self._told = lost
            if not self._put(line):
                self.lost += 1

    def _put(self, line: bytes) -> bool:
        left = memoryview(line)
        while left:
            try:
                left = left[os.write(self._fd, left) :]
            except BlockingIOError:
                self._wait()
            except OSError:
                return False
        return True

    def _wait(self) -> None:
        # Somebody who shares the other end has made it non-blocking.
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        poll.poll(_POLL_MS)
