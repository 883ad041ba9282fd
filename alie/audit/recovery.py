"""Where an audit log was left, so that it can be gone on with. Blocks on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alie.audit.chain import FIRST_PREV, HEAD, BadLine, hash_of, read_line
from alie.audit.files import CURRENT, log_files, tail

_MAX_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Left:
    """How a log was left.

    Attributes:
        seq: of the last line; 0: there is none.
        prev: what the next line's `prev` is to be.
        torn_bytes: how many bytes at the end are no line: a crash tore them; 0: none.
        unsigned: entries after the last head.
        lacks_end: whether the current file's last line has no end yet.
    """

    seq: int = 0
    prev: str = FIRST_PREV
    torn_bytes: int = 0
    unsigned: int = 0
    lacks_end: bool = False


def recover(folder: Path) -> Left:
    """Looks at the end of the log, over as many files as it takes.

    Raises:
        OSError: a file cannot be read.
    """
    bad: list[bytes] = []
    seq, prev, unsigned = 0, FIRST_PREV, 0
    for piece in _backwards(folder):
        try:
            record = read_line(piece)
        except BadLine:
            if seq:
                continue
            bad.insert(0, piece)
            continue
        if not seq:
            seq, prev = record["seq"], hash_of(piece)
        if record["type"] == HEAD or unsigned == _MAX_COUNTED:
            break
        unsigned += 1
    torn = b"\n".join(bad)
    current = folder / CURRENT
    lacks_end = current.exists() and bool(tail(current)[1])
    return Left(seq, hash_of(torn) if bad else prev, len(torn), unsigned, lacks_end)


def _backwards(folder: Path) -> Iterator[bytes]:
    """The lines of the log, or what is left of them, the last one first."""
    for path in reversed(log_files(folder)):
        lines, rest = tail(path)
        if rest:
            yield rest
        yield from reversed(lines)
