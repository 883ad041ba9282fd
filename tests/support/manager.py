"""A service manager as far as being told goes: a datagram socket that a daemon sends to."""

from __future__ import annotations

import os
import socket
import tempfile
import uuid

from twisted.trial.unittest import SynchronousTestCase


class Manager:
    """Hears what is sent to `environ["NOTIFY_SOCKET"]`; closed when the test ends.

    Args:
        case: the test.
        is_abstract: has an address that is no file.
        watchdog_s: seconds of silence that it puts up with; 0: any.

    Attributes:
        environ: what a daemon must be started with.
    """

    def __init__(self, case: SynchronousTestCase, *, is_abstract: bool = False, watchdog_s: float = 0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        case.addCleanup(self._socket.close)
        if is_abstract:
            name = f"@alie-{uuid.uuid4()}"
            self._socket.bind("\0" + name[1:])
        else:
            folder = tempfile.TemporaryDirectory()  # short: such names have at most 107 bytes
            case.addCleanup(folder.cleanup)
            name = os.path.join(folder.name, "notify")
            self._socket.bind(name)
        self.environ = {"NOTIFY_SOCKET": name}
        if watchdog_s:
            self.environ["WATCHDOG_USEC"] = str(round(watchdog_s * 1_000_000))

    def heard(self) -> list[dict[str, str]]:
        """What has come since it was last asked, a dictionary for each datagram."""
        found = []
        while True:
            try:
                text = self._socket.recv(65536, socket.MSG_DONTWAIT).decode()
            except BlockingIOError:
                return found
            found.append(dict(line.split("=", 1) for line in text.splitlines()))
