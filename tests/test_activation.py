"""Tests of alie.activation: sockets that were made before the daemon are taken over by their names."""

from __future__ import annotations

import os
import socket
import sys
from subprocess import run

from twisted.trial.unittest import SynchronousTestCase

from alie import activation
from alie.listening import listen

# In a process of its own, since the numbers of the sockets are fixed: each of the files that are handed to it becomes
# one of them, from 3 on, and `take` has to do with them.
CHILD = """
import os, sys
files = [os.dup2(int(name), 100 + index) for index, name in enumerate(sys.argv[1].split())]
for index, number in enumerate(files):
    os.dup2(number, 3 + index)
os.environ["LISTEN_PID"] = str(os.getpid())
from twisted.plugins import twisted_core
from alie import activation
from alie.listening import ListenError
environ = activation.started_with()
assert not [name for name in os.environ if name.startswith("LISTEN")]
environ["LISTEN_PID"] = str(os.getpid())
try:
    taken = activation.take(environ)
except ListenError as error:
    sys.exit(f"refused: {error}")
assert not any(os.get_inheritable(each.fileno()) for each in taken.values())
print({name: each.getsockname()[1] for name, each in taken.items()}, activation.place(taken))
"""


class TakeTests(SynchronousTestCase):
    """What systemd hands over."""

    def listening(self) -> socket.socket:
        """A socket that listens."""
        made = listen("127.0.0.1", 0)
        self.addCleanup(made.close)
        return made

    def take(self, *files: socket.socket, **environ: str) -> str:
        """What a process says to which these were handed."""
        numbers = [each.fileno() for each in files]
        command = [sys.executable, "-c", CHILD, " ".join(map(str, numbers))]
        settings = {**os.environ, "LISTEN_FDS": str(len(files)), **environ}
        done = run(command, env=settings, pass_fds=numbers, capture_output=True, text=True)
        return (done.stdout + done.stderr).strip()

    def test_nothing(self) -> None:
        """A daemon on its own; also where what was handed is somebody else's."""
        self.assertEqual(activation.take({}), {})
        environ = {"LISTEN_PID": str(os.getpid() + 1), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "http"}
        self.assertEqual(activation.take(environ), {})
        self.assertEqual(activation.place({}), {})

    def test_one(self) -> None:
        """By its name, or without one, or with that of its unit: HTTP. It is known where."""
        made = self.listening()
        port = made.getsockname()[1]
        for names in ({"LISTEN_FDNAMES": "http"}, {}, {"LISTEN_FDNAMES": "alie-backend.socket"}):
            self.assertEqual(self.take(made, **names), f"{{'http': {port}}} {{'HOST': '127.0.0.1', 'PORT': '{port}'}}")

    def test_two(self) -> None:
        """Each by its name, in any order."""
        first, second = self.listening(), self.listening()
        secure, plain = (each.getsockname()[1] for each in (first, second))
        place = {"HOST": "127.0.0.1", "PORT": str(plain), "ALIE_TLS_HOST": "127.0.0.1", "ALIE_TLS_PORT": str(secure)}
        told = self.take(first, second, LISTEN_FDNAMES="https:http")
        self.assertEqual(told, f"{ {'https': secure, 'http': plain} } {place}")
        self.assertIn(
            f"'ALIE_TLS_HOST': '127.0.0.1', 'ALIE_TLS_PORT': '{first.getsockname()[1]}'",
            self.take(first, second, LISTEN_FDNAMES="https:http"),
        )

    def test_refusals(self) -> None:
        """Two that nobody can tell apart, one that nobody knows, and what is no socket that listens on TCP."""
        first, second = self.listening(), self.listening()
        for names in ({}, {"LISTEN_FDNAMES": "http:http"}, {"LISTEN_FDNAMES": "http:ftp"}, {"LISTEN_FDNAMES": "http"}):
            self.assertIn("refused: the sockets of systemd must be", self.take(first, second, **names))
        with socket.socket() as idle, socket.socket(socket.AF_UNIX) as local:
            local.bind(self.mktemp())
            local.listen()
            for wrong in (idle, local):
                self.assertIn("refused: the http socket of systemd must be a TCP socket", self.take(wrong))

    def test_no_file(self) -> None:
        """A number behind which there is nothing."""
        self.assertIn("refused: the http socket of systemd is none", self.take(LISTEN_FDS="1"))
