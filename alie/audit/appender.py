"""The file that an audit log grows in: locked, appended to, given another name when it is full. Blocks on the disk.

Belongs to one thread. Nothing is ever written over: where a write stops half-way, the next one goes on with the byte
after.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from alie.audit.errors import AuditError
from alie.audit.files import CURRENT, LOCK, first_seq, rotated_name
from alie.audit.keys import sync_folder


class Appender:
    """Appends to `CURRENT` in a folder.

    Args:
        folder: of the log.
        write: `os.write`; for tests.
    """

    def __init__(self, folder: Path, write: Callable[[int, bytes], int] = os.write) -> None:
        self._folder = folder
        self._path = folder / CURRENT
        self._write = write
        self._lock = self._file = -1
        self._is_mid_line = False
        self.size = 0
        """Bytes in the file, as far as we know."""
        self.pending = bytearray()
        """What is still to be written."""

    def take(self) -> None:
        """Makes the folder, for its owner only, and keeps other daemons out of it.

        Raises:
            AuditError: another daemon has it.
            OSError: it cannot be made.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        self._lock = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise AuditError(f"Another daemon writes the audit log in {self._folder}: each needs its own") from None

    def open(self) -> None:
        """Opens the file, which is made if it is not there. Raises OSError."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.open(self._path, flags, 0o600)
        status = os.fstat(self._file)
        if status.st_mode & 0o077:
            os.fchmod(self._file, 0o600)
        self.size = status.st_size
        sync_folder(self._folder)

    def release(self) -> None:
        """Closes everything; others may have the folder."""
        for file in (self._file, self._lock):
            if file >= 0:
                os.close(file)
        self._lock = self._file = -1

    def look(self) -> int | None:
        """Opens the file anew if it has got another name.

        Returns:
            How long the file is, if it is not as long as we left it, else None.

        Raises:
            OSError: it cannot be looked at, or opened.
        """
        # The rest of a line goes where its beginning is.
        if self._is_mid_line:
            return None
        mine = os.fstat(self._file)
        try:
            is_moved = not os.path.samestat(mine, os.stat(self._path, follow_symlinks=False))
        except FileNotFoundError:
            is_moved = True
        if is_moved:
            # By logrotate. What is in it stays in the chain.
            self.sync()
            self._reopen()
        elif mine.st_size != self.size:
            self.size = mine.st_size
            return self.size
        return None

    def flush(self) -> None:
        """Writes all that is pending; what could not be stays pending. Raises OSError."""
        while self.pending:
            count = self._write(self._file, bytes(self.pending))
            if not count:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._is_mid_line = self.pending[count - 1] != ord("\n")
            self.size += count
            del self.pending[:count]

    def sync(self) -> None:
        """Has what was written on disk. Raises OSError."""
        os.fsync(self._file)

    def rotate(self, next_seq: int) -> None:
        """Gives the file another name and begins a new one. Raises OSError."""
        name = rotated_name(first_seq(self._path) or next_seq)
        # Nobody else names files so; should one be there, it is not to be lost.
        while (self._folder / name).exists():
            name += ".1"
        self._path.rename(self._folder / name)
        self._reopen()

    def _reopen(self) -> None:
        before = self._file
        self.open()
        os.close(before)
