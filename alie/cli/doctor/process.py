"""What the system grants the daemon: files, memory that is not swapped, no core dumps. Of the one that runs, by /proc
(proc(5)); where none does, what this command itself is granted."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place
from alie.descriptors import KEPT_FREE, connections_within
from alie.hardening import has_swap

PROC = Path("/proc")
FEW_FILES = 4096
_MORE = "set LimitNOFILE=65536 in the unit"


def look(place: Place, proc: Path = PROC) -> Iterator[Finding]:
    """Files, memory, core dumps."""
    folder = proc / str(place.pid) if place.pid is not None else None
    try:
        limits = _limits(folder / "limits") if folder is not None else {}
        status = _status(folder / "status") if folder is not None else {}
    except OSError:
        folder, limits, status = None, {}, {}
    yield files(limits.get("Max open files") or _own_files(), place.config.load.connections, is_own=folder is None)
    yield memory(status.get("VmLck"), has_swap())
    yield core_dumps(limits.get("Max core file size"), _is_closed(folder, status))


def files(limit: int, connections: int, *, is_own: bool) -> Finding:
    """Whether as many connections fit as are to be taken.

    Args:
        limit: open files that the daemon may have.
        connections: `ALIE_MAX_CONNECTIONS`; 0: as many as fit.
        is_own: whether it is this command's limit, in place of the daemon's.
    """
    whose = "this shell may have" if is_own else "the daemon may have"
    fit = connections_within(limit)
    detail = f"{whose} {limit}, enough for {fit} connections with an engine's each"
    if connections > fit:
        needed = connections * 2 + KEPT_FREE
        detail = f"{detail}, and ALIE_MAX_CONNECTIONS is {connections}"
        return Finding("open files", PROBLEM, detail, f"set LimitNOFILE={needed} in the unit, or lower it")
    if limit < FEW_FILES:
        return Finding("open files", NOTE, detail, _MORE)
    return Finding("open files", OK, detail)


def memory(locked: str | None, swaps: bool) -> Finding:
    """Whether what was said may get into swap.

    Args:
        locked: kilobytes that the daemon has locked, such as "1234 kB"; None: no daemon runs.
        swaps: whether the machine has swap.
    """
    if not swaps:
        return Finding("memory", OK, "this machine has no swap")
    if locked is None:
        return Finding(
            "memory", NOT_LOOKED_AT, "this machine has swap, and no daemon runs that could have locked its memory"
        )
    if locked.split()[0] != "0":
        return Finding("memory", OK, f"the daemon has locked its memory ({locked})")
    advice = "set LimitMEMLOCK=infinity in the unit and ALIE_LOCK_MEMORY=1, or take the swap away, or encrypt it"
    return Finding("memory", NOTE, "this machine has swap, and the daemon's memory is not locked", advice)


def core_dumps(limit: int | None, is_closed: bool | None) -> Finding:
    """Whether what was said may get into a core dump.

    Args:
        limit: of a core file, in bytes; None: no daemon runs.
        is_closed: whether the process has shut itself against dumps and its user; None: it cannot be seen.
    """
    if limit is None:
        return Finding("core dumps", NOT_LOOKED_AT, "no daemon runs; it forbids them itself when it starts")
    if limit or is_closed is False:
        return Finding(
            "core dumps", PROBLEM, "the daemon can be dumped", "restart it, and report it if that does not help"
        )
    return Finding("core dumps", OK, "the daemon has forbidden them")


def _own_files() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The daemon raises the one to the other.
    return 65_536 if resource.RLIM_INFINITY in (soft, hard) else hard


def _limits(path: Path) -> dict[str, int]:
    """The soft limits, by name."""
    found = {}
    for line in path.read_text().splitlines()[1:]:
        soft = line[26:].split()[0]
        found[line[:26].strip()] = int(soft) if soft.isdigit() else 2**63
    return found


def _status(path: Path) -> dict[str, str]:
    pairs = (line.partition(":") for line in path.read_text().splitlines())
    return {name: text.strip() for name, _, text in pairs}


def _is_closed(folder: Path | None, status: dict[str, str]) -> bool | None:
    # What is in the folder of a process that may not be dumped belongs to root, whoever runs it (the folder itself does
    # not); of root's own processes that says nothing.
    uid = status.get("Uid", "0").split()[0]
    return None if folder is None or uid == "0" else os.stat(folder / "environ").st_uid == 0
