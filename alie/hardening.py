"""What keeps the memory of a daemon that handles speech off the disk: no core dumps, no swap where the system lets us.

Linux only: prctl(2), mlockall(2), getrlimit(2), core(5).
"""

from __future__ import annotations

import ctypes
import os
import resource

_PR_SET_DUMPABLE = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_CAP_IPC_LOCK = 14
CANNOT_LOCK = "ALIE_LOCK_MEMORY is on: the daemon needs CAP_IPC_LOCK, or LimitMEMLOCK=infinity"


class MemoryLockError(Exception):
    """Memory was to be locked and cannot be; the text is a sentence for the operator."""


def forbid_core_dumps() -> None:
    """No core dump of this process will be written, whatever handles them.

    The size limit alone would not do: where the kernel hands dumps to a program (core_pattern begins with a bar), it is
    that program which heeds it, or does not. A process that is not dumpable is not dumped at all, and what other
    processes of the same user could read of it in /proc is closed, too.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def lock_memory(wanted: bool | None) -> str:
    """Keeps memory out of swap.

    Args:
        wanted: True: it must be; False: it shall not be; None: where the system lets us.

    Returns:
        What is now, in a sentence.

    Raises:
        MemoryLockError: it must be, and the system does not let us.
    """
    if wanted is False:
        return _unlocked()
    # With a limit, mappings beyond it would fail later, in the middle of a dictation.
    if not may_lock():
        if wanted:
            raise MemoryLockError(CANNOT_LOCK)
        return _unlocked()
    # Pages are locked when they are used first: what is mapped and never touched costs nothing.
    failed = ctypes.CDLL(None, use_errno=True).mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT)
    if not failed:
        return "Memory is locked: nothing of it is swapped"
    if wanted:
        raise MemoryLockError(f"ALIE_LOCK_MEMORY is on, and memory cannot be locked: {os.strerror(ctypes.get_errno())}")
    return _unlocked()


def swap_state() -> str:
    """Whether this machine swaps at all, in a sentence."""
    if has_swap():
        return "this machine has swap; the daemon says at start whether its memory is locked"
    return "this machine has no swap"


def may_lock() -> bool:
    """Whether this process may keep as much memory out of swap as it uses."""
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        return True
    return bool(_status("CapEff", 16) >> _CAP_IPC_LOCK & 1)


def _unlocked() -> str:
    return (
        "Memory is not locked, and there is no swap" if not has_swap() else "Memory is not locked, and may be swapped"
    )


def has_swap() -> bool:
    """Whether this machine swaps; where nobody knows, it does."""
    try:
        with open("/proc/swaps", encoding="utf-8") as swaps:
            return len(swaps.readlines()) > 1
    except OSError:
        return True


def _status(name: str, base: int) -> int:
    with open("/proc/self/status", encoding="utf-8") as status:
        for line in status:
            key, _, value = line.partition(":")
            if key == name:
                return int(value.split()[0], base)
    return 0
