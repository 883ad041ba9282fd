"""The folder of what Alie keeps: the audit log, the signing key, the embedded store. For its owner only."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

_HOW_TO_MAKE = "start the daemon once, or make it for the daemon's user: install -d -m 700 -o USER"


class StateDirError(Exception):
    """The folder cannot be used; the text is a sentence for the operator."""


def prepare(path: str) -> Path:
    """Makes it, and the folders above it, where there is none; then as `check`. For the daemon at start."""
    _must_be_named(path)
    try:
        # Whatever the umask: nobody else writes in the folders above, and this one is closed.
        for above in reversed(Path(path).parents):
            above.mkdir(mode=0o755, exist_ok=True)
        Path(path).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StateDirError(f"The state directory {path} cannot be made: {error.strerror}") from None
    return check(path)


def check(path: str, uid: int | None = None) -> Path:
    """Looks whether it belongs to who asks, and nobody else has access to it.

    Args:
        path: as `Config.state_dir` has it; links are followed.
        uid: who asks; None: this process's user.

    Returns:
        Its absolute name: a daemon that goes into the background may leave the directory that it was started in.

    Raises:
        StateDirError: it does not, or there is none.
    """
    _must_be_named(path)
    uid = os.geteuid() if uid is None else uid
    try:
        status = os.stat(path)
    except OSError as error:
        raise StateDirError(f"The state directory {path} cannot be used: {error.strerror}") from None
    if not stat.S_ISDIR(status.st_mode):
        raise StateDirError(f"The state directory {path} is no directory")
    if status.st_uid != uid:
        owner = _name(status.st_uid)
        raise StateDirError(
            f"The state directory {path} belongs to {owner}, and this runs as {_name(uid)}, whose files {owner} could "
            f"not use: run this as {owner}, or give the directory to {_name(uid)} with all that is in it"
        )
    if status.st_mode & 0o077:
        raise StateDirError(f"The state directory {path} can be used by others than its owner: chmod 700 {path}")
    return Path(path).absolute()


def prepare_for_command(path: str, uid: int | None = None) -> Path:
    """As `prepare`, but root makes none: what root makes, the daemon's user could not use.

    Args:
        path: as `Config.state_dir` has it.
        uid: who asks; None: this process's user.
    """
    _must_be_named(path)
    if (os.geteuid() if uid is None else uid) == 0 and not os.path.lexists(path):
        raise StateDirError(f"There is no state directory {path} yet: {_HOW_TO_MAKE} {path}")
    return prepare(path)


def _must_be_named(path: str) -> None:
    if not path:
        raise StateDirError("No state directory is known: set ALIE_STATE_DIR")


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
