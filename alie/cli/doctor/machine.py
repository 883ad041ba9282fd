"""The machine: clock, entropy, disk."""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, PROBLEM, Finding
from alie.cli.doctor.place import Place

_TIMEX_BYTES = 512
_TIME_ERROR = 5
SKEW_NOTE_S, SKEW_PROBLEM_S = 5, 30
"""Access tokens are taken when our clock is up to 30 s from that of who made them."""
_SET = "set the clock by a time server: timedatectl set-ntp true"
MEGABYTE = 1 << 20
FEW_BYTES, TOO_FEW_BYTES = 1024 * MEGABYTE, 100 * MEGABYTE
FEW_FILES = 1000


def clock(place: Place) -> Iterator[Finding]:
    """Whether the kernel's clock follows a time server."""
    yield synchronised(_adjtimex())


def synchronised(state: int) -> Finding:
    """From what adjtimex(2) gives."""
    if state < 0:
        return Finding("clock", NOT_LOOKED_AT, "the system does not tell whether its clock follows a time server")
    if state == _TIME_ERROR:
        return Finding("clock", NOTE, "it follows no time server", _SET)
    return Finding("clock", OK, "it follows a time server")


def skew(of: str, skew_s: float) -> Finding:
    """How far our clock is from that of a service, which makes its Date header from whole seconds.

    Args:
        of: whose it is.
        skew_s: positive where ours is ahead.
    """
    detail = f"{abs(skew_s):.0f} s {'ahead of' if skew_s >= 0 else 'behind'} {of}"
    if abs(skew_s) >= SKEW_PROBLEM_S:
        return Finding("clock", PROBLEM, f"{detail}: tokens that are good are refused", _SET)
    return Finding("clock", NOTE, detail, _SET) if abs(skew_s) >= SKEW_NOTE_S else Finding("clock", OK, detail)


def _adjtimex() -> int:
    # A timex of zeros asks for nothing to be changed; it is smaller than this on every platform.
    return int(ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))


def entropy(place: Place) -> Iterator[Finding]:
    """Whether random numbers are ready (random(7)): without them no key is made, and the daemon waits."""
    try:
        os.getrandom(1, os.GRND_NONBLOCK)
    except BlockingIOError:
        advice = "have the hypervisor give a virtio-rng device, or install rng-tools"
        yield Finding("entropy", PROBLEM, "the kernel has not gathered enough yet", advice)
        return
    try:
        bits = Path("/proc/sys/kernel/random/entropy_avail").read_text(encoding="ascii").strip()
    except OSError:
        bits = "an unknown number of"
    yield Finding("entropy", OK, f"random numbers are ready ({bits} bits in the kernel's pool)")


def disk(place: Place) -> Iterator[Finding]:
    """The state directory: whose it is, who gets in, how much room there is."""
    path = place.config.state_dir
    if not path:
        yield Finding("disk", PROBLEM, "no state directory is known", "set ALIE_STATE_DIR")
        return
    try:
        status, room = os.stat(path), os.statvfs(path)
    except OSError as error:
        advice = "the daemon makes it when it starts; under systemd: StateDirectory=alie, or name it in ALIE_STATE_DIR"
        yield Finding("disk", NOTE, f"{path}: {error.strerror}", advice)
        return
    if not stat.S_ISDIR(status.st_mode):
        yield Finding("disk", PROBLEM, f"{path} is no directory", "name another in ALIE_STATE_DIR")
        return
    yield closed(path, status)
    yield space(path, room.f_bavail * room.f_frsize, room.f_favail if room.f_files else None, room.f_flag)


def closed(path: str, status: os.stat_result) -> Finding:
    """Whether nobody but its owner gets in."""
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        return Finding(
            "disk", PROBLEM, f"{path} can be used by others than its owner (mode {mode:o})", f"chmod 700 {path}"
        )
    if os.geteuid() not in (0, status.st_uid):
        advice = "run this as the daemon's user: sudo -u alie alie doctor"
        return Finding("disk", NOTE, f"{path} belongs to another user than this command's", advice)
    return Finding("disk", OK, f"{path} is its owner's only (mode {mode:o})")


def space(path: str, free_bytes: int, free_files: int | None, flags: int) -> Finding:
    """Whether the audit log can go on: without room for it the daemon is not ready, and does not start.

    Args:
        path: of the state directory.
        free_bytes: that the daemon's user may use.
        free_files: likewise; None: the file system does not count them.
        flags: of statvfs(3).
    """
    detail = f"{path}: {free_bytes / MEGABYTE:,.0f} MB free"
    if flags & os.ST_RDONLY:
        return Finding("disk", PROBLEM, f"{path} is on a file system that is read only", "see dmesg, and mount it anew")
    advice = "make room: journalctl --vacuum-size=500M; old audit logs may be moved away (docs/operations.md, Backup)"
    if free_bytes < TOO_FEW_BYTES:
        return Finding("disk", PROBLEM, f"{detail}; without room for the audit log the daemon is not ready", advice)
    if free_files is not None and free_files < FEW_FILES:
        return Finding("disk", PROBLEM, f"{detail}, and room for {free_files} files", advice)
    return Finding("disk", NOTE, detail, advice) if free_bytes < FEW_BYTES else Finding("disk", OK, detail)
