"""Tests of alie.listening: the socket is taken first, and a refusal is one clear line."""

from __future__ import annotations

import errno
import socket

from twisted.trial.unittest import SynchronousTestCase

from alie import listening
from alie.listening import ListenError, listen, url


class ListenTests(SynchronousTestCase):
    """Addresses that can be listened on, and those that cannot."""

    def listen(self, host: str, port: int = 0) -> socket.socket:
        """Closed when the test ends."""
        made = listen(host, port)
        self.addCleanup(made.close)
        return made

    def test_a_free_port(self) -> None:
        """Known by its URL; it does not block."""
        made = self.listen("127.0.0.1")
        self.assertRegex(url(made), r"^http://127\.0\.0\.1:\d+$")
        self.assertRegex(url(made, "ws"), r"^ws://127\.0\.0\.1:\d+$")
        self.assertFalse(made.getblocking())

    def test_what_connections_inherit(self) -> None:
        """Bounds of what the kernel keeps of theirs, and of how long they may take nothing."""
        made = listen("127.0.0.1", 0, 7)
        self.addCleanup(made.close)
        client = socket.create_connection(made.getsockname())
        self.addCleanup(client.close)
        made.setblocking(True)
        taken, _ = made.accept()
        self.addCleanup(taken.close)
        self.assertEqual(taken.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF), 2 * listening.RECEIVE_BYTES)
        self.assertEqual(taken.getsockopt(socket.IPPROTO_TCP, 25), listening.UNSENT_BYTES)
        self.assertEqual(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT), 7000)

    def test_localhost(self) -> None:
        """Is IPv4's loopback."""
        self.assertIn("127.0.0.1", url(self.listen("localhost")))

    def test_ipv6(self) -> None:
        """In brackets."""
        if not socket.has_ipv6:
            return
        try:
            made = self.listen("::1")
        except ListenError:
            return  # this machine has no IPv6
        self.assertRegex(url(made), r"^http://\[::1\]:\d+$")

    def test_taken(self) -> None:
        """It says so, and which."""
        port = self.listen("127.0.0.1").getsockname()[1]
        with self.assertRaises(ListenError) as caught:
            listen("127.0.0.1", port)
        self.assertIn(f"127.0.0.1 port {port}: the port is taken", str(caught.exception))

    def test_no_address(self) -> None:
        """A name, or an address of another machine."""
        for host in ("api.alie.app", "203.0.113.9", "127.0.0.1.1"):
            with self.assertRaises(ListenError) as caught:
                listen(host, 0)
            self.assertIn(host, str(caught.exception))

    def test_reasons(self) -> None:
        """What the system says, in words of an operator."""
        self.assertIn("below 1024", listening._reason(OSError(errno.EACCES, "Permission denied")))
        self.assertEqual(listening._reason(OSError(errno.EIO, "Input/output error")), "Input/output error")
        self.assertEqual(listening._reason(OSError()), "refused by the system")
