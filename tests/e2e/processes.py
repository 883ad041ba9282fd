"""Servers in processes of their own, as users run them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
TWISTD = Path(sys.executable).with_name("twistd")
STOP_TIMEOUT_S = 90


class Server:
    """A process that has said where it listens.

    Args:
        command: what to run, in the repository.

    Raises:
        AssertionError: it ended without listening; the message holds all it said.
    """

    def __init__(self, *command: str | Path) -> None:
        # Nothing of this machine's configuration reaches it.
        environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._state = tempfile.TemporaryDirectory()
        environment |= {"PORT": "0", "PYTHONUNBUFFERED": "1", "ALIE_STATE_DIR": f"{self._state.name}/state"}
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._said: list[str] = []
        self.url = self._wait_until_it_listens()
        self._reader = threading.Thread(target=self._read_on, daemon=True)
        self._reader.start()

    def _wait_until_it_listens(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line)
            if found := re.search(r"Alie listens on (http://[\w.:\[\]-]+)", line):
                return found.group(1)
        self._process.wait()
        raise AssertionError("The server ended before it listened:\n" + "".join(self._said))

    def _read_on(self) -> None:
        """Keeps the pipe empty, or the server would block on it."""
        assert self._process.stdout is not None
        self._said.extend(self._process.stdout)

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """Ends it as a power cut would."""
        self._process.kill()
        self._process.wait()
        self._state.cleanup()

    def stop(self) -> None:
        """Ends it as an administrator would, and waits."""
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._reader.join()
        self._state.cleanup()
        if self._process.stdout is not None:
            self._process.stdout.close()


def start_daemon(port: int = 0) -> Server:
    """`twistd --nodaemon alie` with nothing configured: the embedded engine, on a port of this machine.

    Args:
        port: one that another daemon had; 0: any free one.
    """
    return Server("env", f"PORT={port}", TWISTD, "--nodaemon", "--pidfile=", "alie")


def start_scripted_server() -> Server:
    """The fake that plays scripts: see tests/support/scripted_server.py."""
    return Server(sys.executable, "-m", "tests.support.scripted_server")


def start_relay(url: str) -> Server:
    """A way to a server that can be cut and mended: see tests/e2e/relaying.py."""
    return Server(sys.executable, "-m", "tests.e2e.relaying", url)
