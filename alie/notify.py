"""What a service manager is told by datagram: the protocol of sd_notify(3) and sd_watchdog_enabled(3), in so far as a
daemon sends it. Where nobody asked to be told, nothing is sent."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping

from twisted.logger import Logger


class Notify:
    """The way to a service manager.

    Args:
        environ: of the process; NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID count.
        pid: of the process; None: this one's.

    Attributes:
        is_heard: whether there is one.
        watchdog_s: seconds of silence after which it takes this process for hung; 0: it never does.
    """

    _log = Logger()

    def __init__(self, environ: Mapping[str, str], pid: int | None = None) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        self.is_heard = name[:1] in ("/", "@") and len(name) > 1
        # A name that begins with @ is none of the file system (unix(7), "abstract").
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self.watchdog_s = _watchdog_s(environ, os.getpid() if pid is None else pid) if self.is_heard else 0.0
        self._is_failing = False

    def tell(self, **fields: object) -> None:
        """Sends one datagram with these lines, in this order. Never blocks, and never fails: a daemon that cannot tell
        how it is goes on.

        Args:
            fields: such as READY=1; a text must be one line.
        """
        if not self.is_heard:
            return
        datagram = "\n".join(f"{name}={value}" for name, value in fields.items()).encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
                sender.sendto(datagram, self._address)
        except OSError as error:
            if not self._is_failing:
                self._log.error(
                    "The service manager cannot be told how it goes: {reason}",
                    event="manager.unreachable",
                    reason=error.strerror,
                )
            self._is_failing = True
        else:
            self._is_failing = False

    def tell_of_reload(self) -> None:
        """A reload begins; READY=1 is its end. The time lets the manager tell it from one before."""
        self.tell(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)


def _watchdog_s(environ: Mapping[str, str], pid: int) -> float:
    text = environ.get("WATCHDOG_USEC", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        return 0.0
    if environ.get("WATCHDOG_PID", str(pid)) != str(pid):
        return 0.0
    return int(text) / 1_000_000
