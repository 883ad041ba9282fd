"""What the journal of systemd wants of a line."""

from __future__ import annotations

import os
from collections.abc import Mapping

PRIORITIES = {"debug": 7, "info": 6, "warn": 4, "error": 3, "critical": 2}
"""Of syslog, by Twisted's names of levels."""


def is_journal(fd: int, environment: Mapping[str, str]) -> bool:
    """Whether a file descriptor leads to the journal (systemd.exec(5), `JOURNAL_STREAM`).

    The variable alone does not tell: whoever sends our output elsewhere leaves it as it was.
    """
    try:
        status = os.fstat(fd)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def prefixed(text: str, level: str) -> str:
    """With the priority before each line (sd-daemon(3)): the journal takes it off again, and keeps it as a field."""
    prefix = f"<{PRIORITIES.get(level, PRIORITIES['info'])}>"
    return "".join(prefix + line for line in text.splitlines(keepends=True))
