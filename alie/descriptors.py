"""File descriptors: as many as the system lets us have, since every client needs one, and its engine leg another."""

from __future__ import annotations

import resource

KEPT_FREE = 128
"""For files, the database, threads and libraries."""

MOST = 65_536


def allow_many() -> int:
    """Raises the process's own bound to what it may be raised to (getrlimit(2)), and gives it.

    The usual soft bound of 1024 is for programs that use select(2): the reactor does not.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return MOST if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def connections_within(descriptors: int) -> int:
    """How many clients fit, each with a leg at the engine."""
    return max(16, (descriptors - KEPT_FREE) // 2)
