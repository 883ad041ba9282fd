"""Chains events to the audit log, signs heads, has both written. Blocks on the disk: belongs to one worker thread."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import alie
from alie.audit.appender import Appender
from alie.audit.chain import ENTRIES_A_HEAD, HEAD_LABEL, Head, event_line, hash_of, head_line
from alie.audit.errors import AuditError
from alie.audit.fields import Fields, fields
from alie.audit.interface import AuditEvent
from alie.audit.keys import SigningKey
from alie.audit.recovery import recover
from alie.audit.verdict import DISTURBED_ACTION, START_ACTION, TORN_ACTION

MAX_BYTES = 64 * 1024 * 1024
STOP_ACTION = "audit.stop"
Entry = tuple[float, Fields]
"""Unix time and the fields of an event."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of an attempt to write.

    Attributes:
        heads: that are on disk now and were not before.
        trouble: why something still waits to be written, in a sentence; empty: nothing does.
        is_synced: whether all that was written is on disk.
    """

    heads: tuple[Head, ...] = ()
    trouble: str = ""
    is_synced: bool = True


class Writer:
    """The one who writes in a folder.

    Args:
        folder: of the log; made, for its owner only, if it is not there.
        key: signs heads.
        now: Unix time.
        max_bytes: a file this large is given another name, and a new one begun.
        write: `os.write`; for tests.
    """

    def __init__(
        self,
        folder: Path,
        key: SigningKey,
        now: Callable[[], float],
        max_bytes: int = MAX_BYTES,
        write: Callable[[int, bytes], int] = os.write,
    ) -> None:
        self._folder = folder
        self._file = Appender(folder, write)
        self._key = key
        self._now = now
        self._max_bytes = max_bytes
        self._seq, self._prev, self._unsigned = 0, "", 0
        self._heads: list[Head] = []

    @property
    def waiting_bytes(self) -> int:
        """What is chained and not written."""
        return len(self._file.pending)

    def open(self) -> Written:
        """Takes the folder, goes on where the log was left, and signs.

        Raises:
            AuditError: another daemon writes there, or the folder cannot be used.
        """
        try:
            self._file.take()
            left = recover(self._folder)
            self._file.open()
        except OSError as error:
            self._file.release()
            raise AuditError(
                f"The audit log cannot be opened: {error.filename or self._folder}: {error.strerror}"
            ) from None
        self._seq, self._prev = left.seq, left.prev
        if left.lacks_end:
            self._file.pending += b"\n"
        if left.torn_bytes:
            self._own(TORN_ACTION, bytes=left.torn_bytes)
        self._own(START_ACTION, unsigned=left.unsigned, version=alie.__version__)
        self._sign()
        return self.write((), must_sync=True)

    def write(self, entries: Sequence[Entry], must_sync: bool) -> Written:
        """Chains the entries to the log and writes what waits to be written. A disk that fails raises nothing.

        Args:
            entries: in their order; taken over, whether or not they can be written now.
            must_sync: whether what is written must be on disk now; with a head it always is.
        """
        self._chain(entries)
        try:
            self._look()
            return self._out(must_sync)
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, "unknown")
            return Written(trouble=f"The audit log cannot be written: {error.strerror} ({name})", is_synced=False)

    def close(self) -> Written:
        """Signs, and leaves the folder. What cannot be written now is lost."""
        self._own(STOP_ACTION)
        self._sign()
        written = self.write((), must_sync=True)
        self._file.release()
        return written

    # -- lines

    def _chain(self, entries: Sequence[Entry]) -> None:
        for time_s, event in entries:
            self._add(event_line(self._seq + 1, self._prev, time_s, event))
            self._unsigned += 1
            if self._unsigned >= ENTRIES_A_HEAD:
                self._sign()

    def _own(self, action: str, **details: str | int) -> None:
        self._chain([(self._now(), fields(AuditEvent(action, details=details), None))])

    def _sign(self) -> None:
        key, seq = self._key, self._seq + 1
        line, head = head_line(seq, self._prev, self._now(), key.public.id, lambda text: key.sign(HEAD_LABEL, text))
        self._add(line)
        self._unsigned = 0
        self._heads.append(head)

    def _add(self, line: bytes) -> None:
        self._file.pending += line + b"\n"
        self._seq, self._prev = self._seq + 1, hash_of(line)

    # -- files

    def _look(self) -> None:
        expected = self._file.size
        found = self._file.look()
        if found is not None:
            self._own(DISTURBED_ACTION, expectedBytes=expected, foundBytes=found)

    def _out(self, must_sync: bool) -> Written:
        self._file.flush()
        is_full = self._file.size >= self._max_bytes
        if is_full and self._unsigned:
            self._sign()
            self._file.flush()
        is_due = must_sync or is_full or bool(self._heads)
        if is_due:
            self._file.sync()
        if is_full:
            self._file.rotate(self._seq + 1)
        heads = tuple(self._heads)
        self._heads.clear()
        return Written(heads, is_synced=is_due)
