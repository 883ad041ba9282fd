"""Lock files as values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).parent.parent
RUN = CHECKOUT / "requirements/run.txt"
"""What a running daemon is made of."""
DEV = CHECKOUT / "requirements/dev.txt"
"""The same, and what the tests and tools need."""
_ENTRY = re.compile(r"([\w.-]+)(?:\[[\w,.-]+\])?==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")


@dataclass(frozen=True)
class Pin:
    """One package of a lock file.

    Attributes:
        name: as PEP 503 has it.
        version: the only one that is installed.
        hashes: SHA-256, in hex, of each file that may be installed.
    """

    name: str
    version: str
    hashes: frozenset[str]


class LockError(Exception):
    """A lock file has a line that is no pin with hashes; the text names it."""


def read(path: Path) -> dict[str, Pin]:
    """The pins of a lock file, by name.

    Raises:
        LockError: it has anything else, such as a link, a path, a range, or an index of its own.
    """
    text = "\n".join(_without_comments(path.read_text(encoding="utf-8").splitlines())) + "\n"
    pins: dict[str, Pin] = {}
    position = 0
    while position < len(text):
        found = _ENTRY.match(text, position)
        if found is None:
            raise LockError(f"{path.name}: not a pin with hashes: {text[position:].splitlines()[0]}")
        name = canonicalize_name(found[1])
        pins[name] = Pin(name, found[2], frozenset(re.findall(r"sha256:([0-9a-f]+)", found[3])))
        position = found.end()
    return pins


def _without_comments(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
