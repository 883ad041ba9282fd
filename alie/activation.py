"""Listening sockets that were made before the daemon: systemd keeps them while the daemon is restarted, so that whoever
connects meanwhile waits and is not refused. The protocol is that of sd_listen_fds(3)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from alie.listening import ListenError

HTTP, HTTPS = "http", "https"
"""What they are called (FileDescriptorName in a socket unit)."""

_SETTINGS = {HTTP: ("HOST", "PORT"), HTTPS: ("ALIE_TLS_HOST", "ALIE_TLS_PORT")}
_NAMES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
_FIRST = 3  # SD_LISTEN_FDS_START


def started_with() -> dict[str, str]:
    """The environment that this process was started with, as far as sockets go.

    Not `os.environ`: Twisted's own reader of these names takes them out while twistd looks for plugins, or does not,
    as plugins are cached. They are taken out of it here in any case, since they are not for processes that this one
    starts. To be called before the process closes itself to others (`hardening`), since then it has no /proc either.
    """
    for name in _NAMES:
        os.environ.pop(name, None)
    pairs = (entry.partition(b"=") for entry in Path("/proc/self/environ").read_bytes().split(b"\0"))
    found = {os.fsdecode(name): os.fsdecode(text) for name, _, text in pairs}
    return {name: found[name] for name in _NAMES if name in found}


def take(environ: Mapping[str, str], pid: int | None = None) -> dict[str, socket.socket]:
    """Takes over the sockets that this process was handed, for once only.

    Args:
        environ: what the process was started with.
        pid: of the process; None: this one's.

    Returns:
        By name; empty: there are none, and the daemon makes its own. One alone is HTTP whatever it is called.

    Raises:
        ListenError: one is no TCP socket that listens, or nobody knows what it is for.
    """
    texts = [environ.get(name, "") for name in _NAMES]
    if texts[0] != str(os.getpid() if pid is None else pid) or not texts[1].isdecimal():
        return {}
    count = int(texts[1])
    names = texts[2].split(":") if texts[2] else [""] * count
    if count == 1 and names[0] not in (HTTP, HTTPS):
        names = [HTTP]
    if len(names) != count or len(set(names)) != count or not set(names) <= {HTTP, HTTPS}:
        raise ListenError("the sockets of systemd must be one each of http and https: see FileDescriptorName")
    return {name: _adopt(_FIRST + index, name) for index, name in enumerate(names)}


def place(handed: Mapping[str, socket.socket]) -> dict[str, str]:
    """Where is listened, as settings: they then tell what is so, whatever else says otherwise, and are judged by it.

    Args:
        handed: as `take` gives it.
    """
    found: dict[str, str] = {}
    for name, (host, port) in _SETTINGS.items():
        if name in handed:
            address = handed[name].getsockname()
            found |= {host: str(address[0]), port: str(address[1])}
    return found


def _adopt(number: int, name: str) -> socket.socket:
    try:
        os.set_inheritable(number, False)
        found = socket.socket(fileno=number)
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        raise ListenError(f"the {name} socket of systemd is none") from None
    if not listens or found.family not in (socket.AF_INET, socket.AF_INET6) or found.type != socket.SOCK_STREAM:
        raise ListenError(f"the {name} socket of systemd must be a TCP socket that listens: see ListenStream")
    return found
