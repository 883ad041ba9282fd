"""The files of an audit log: which there are, in which order, and their lines. Blocks on the disk."""

from __future__ import annotations

import errno
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from alie.audit.chain import MAX_LINE_BYTES, BadLine, read_line
from alie.audit.verdict import Line

T = TypeVar("T")

FOLDER = "audit"
"""In ALIE_STATE_DIR."""
CURRENT = "audit.jsonl"
"""What is written to; the others begin with this name (logrotate), or with "audit-" (our own rotation)."""
LOCK = "audit.lock"
TAIL_BYTES = 32 * MAX_LINE_BYTES
_READ_BYTES = 1 << 20


def rotated_name(first_seq: int) -> str:
    """What the current file is called once it is full."""
    return f"audit-{first_seq:012d}.jsonl"


def log_files(folder: Path) -> list[Path]:
    """All files of the log, logrotate's compressed ones included, in the order in which they were written.

    Raises:
        OSError: one of them cannot be read.
    """
    found = [path for path in folder.glob("audit*.jsonl*") if path.is_file()]
    # Where nothing tells, it is taken for the newest: there the daemon would have been writing.
    return sorted(found, key=lambda path: (first_seq(path) or 1 << 62, path.name == CURRENT, path.name))


def first_seq(path: Path) -> int | None:
    """The number of the first readable line; None if no line can be read."""
    for line in lines_of(path):
        try:
            seq: int = read_line(line.content)["seq"]
        except BadLine:
            continue
        return seq
    return None


def lines_of(path: Path) -> Iterator[Line]:
    """The lines of a file, one at a time; a longer one than any log has comes in pieces, which no log has either.

    Raises:
        OSError: it cannot be read, or is compressed and damaged.
    """
    with _opened(path) as file:
        number = 0
        while piece := _read(path, lambda: file.readline(2 * MAX_LINE_BYTES)):
            number += 1
            is_whole = piece.endswith(b"\n")
            yield Line(str(path), number, piece[:-1] if is_whole else piece, is_whole)


def all_lines(folder: Path) -> Iterator[Line]:
    """The lines of the whole log.

    Raises:
        OSError: a file cannot be read.
    """
    for path in log_files(folder):
        yield from lines_of(path)


def tail(path: Path) -> tuple[list[bytes], bytes]:
    """The last lines of a file, and what comes after the last end of a line: empty, unless a crash tore a line."""
    with _opened(path) as file:
        # Compressed, its length is known only once all of it has been read.
        size = 0 if path.suffix == ".gz" else file.seek(0, os.SEEK_END)
        begin = max(0, size - TAIL_BYTES)
        file.seek(begin)
        content = _read(path, file.read)
    *lines, rest = content.split(b"\n")
    return (lines[1:] if begin else lines), rest


def _read(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise OSError(errno.EBADMSG, "the compressed file is damaged", str(path)) from None


def _opened(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.open(path, "rb"))
    return open(path, "rb", buffering=_READ_BYTES)
