"""Clients of a real daemon that read slowly, or not at all: what is kept for them is bounded, and so is the time."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.cli.files import folder_for
from tests.support.authority import Authority
from tests.support.daemon import fetch, start
from tests.support.memory_web import UPGRADE, client_frame, request

PATIENCE_S = 30.0
STALL_S = 1
ASKED = 2000
PING = client_frame(b'{"type":"ping","id":"%s"}' % (b"x" * 190))


class Line:
    """A socket whose kernel keeps little, greeted.

    Args:
        url: of a daemon.
        authority: file of the root that has signed its certificate, where it is by TLS.

    Attributes:
        made: TCP.
    """

    def __init__(self, url: str, authority: str) -> None:
        address = urlsplit(url)
        self.made = socket.socket()
        self.made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.made.settimeout(PATIENCE_S)
        self.made.connect((address.hostname, address.port))
        self._tls = self._shake_hands(authority) if address.scheme == "https" else None
        self.made.sendall(self.sealed(request("/ws", headers=UPGRADE)))
        read = b""
        while b"connection_established" not in read:
            read += self.opened(self.made.recv(4096))

    def _shake_hands(self, authority: str) -> ssl.SSLObject:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ssl.create_default_context(cafile=authority).wrap_bio(
            self._incoming, self._outgoing, server_hostname="127.0.0.1"
        )
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                self.made.sendall(self._outgoing.read())
                self._incoming.write(self.made.recv(4096))
            else:
                self.made.sendall(self._outgoing.read())
                return tls

    def sealed(self, data: bytes) -> bytes:
        """As it goes over the line."""
        if self._tls is None:
            return data
        self._tls.write(data)
        return self._outgoing.read()

    def opened(self, data: bytes) -> bytes:
        """What is in it, as far as it has come whole."""
        if self._tls is None:
            return data
        self._incoming.write(data)
        found = b""
        try:
            while read := self._tls.read(65_536):
                found += read
        except ssl.SSLWantReadError:
            pass
        return found


@contextmanager
def client(url: str, authority: str) -> Iterator[Line]:
    """As `Line`, closed in the end."""
    line = Line(url, authority)
    with line.made:
        yield line


def ask_and_never_read(line: Line) -> tuple[int, int]:
    """How many bytes the server took, and what poll(2) says of the connection in the end."""
    made, rest = line.made, b""
    made.setblocking(False)
    sent, watch = 0, select.poll()
    watch.register(made, select.POLLOUT)
    while watch.poll(500):  # nothing more is taken
        rest = rest or line.sealed(PING)
        try:
            taken = made.send(rest)
            sent, rest = sent + taken, rest[taken:]
        except BlockingIOError:
            continue
        except OSError:
            break
    watch.modify(made, 0)
    ((_, seen),) = watch.poll(PATIENCE_S * 1000)
    return sent, seen


def read_slowly(line: Line) -> int:
    """Asks a lot, and reads little by little for longer than a stall may last; how many answers came in all."""
    made = line.made
    asked, answers, rest = line.sealed(PING * ASKED), 0, b""
    until = time.monotonic() + 2.5 * STALL_S
    watch = select.poll()
    watch.register(made, 0)
    made.setblocking(False)
    while answers < ASKED:
        if time.monotonic() < until and watch.poll(100):  # nothing but its end would be told
            break
        if asked and select.select([], [made], [], 0)[1]:
            asked = asked[made.send(asked) :]
        if select.select([made], [], [], PATIENCE_S if not asked else 0)[0]:
            data = made.recv(2048)
            rest += line.opened(data)
            answers += rest.count(b'"pong"')
            rest = rest.rpartition(b'"pong"')[2]
            if not data:
                break
    return answers


class StallTests(TestCase):
    """The daemon lets nobody wait for those who do not read."""

    timeout = 90

    def test_never_and_slowly(self) -> Deferred[None]:
        """Of a client that reads nothing it stops reading at a bound, and drops it when nothing was taken for so long;
        one that takes a little now and then gets everything; in the clear as by TLS."""

        async def check() -> None:
            folder = folder_for(self)
            authority = Authority()
            (folder / "root.pem").write_bytes(authority.pem)
            chain, key = map(str, authority.issue().write(folder))
            tls = {"ALIE_TLS_CERT": chain, "ALIE_TLS_KEY": key, "ALIE_TLS_PORT": "0"}
            daemon = start(self, ALIE_STALL_SECONDS=str(STALL_S), ALIE_TEXT_WAITING_KB="64", **tls)
            url = await daemon.listening
            for one in (url, daemon.secure_url):
                await self.judge(one, str(folder / "root.pem"))
                self.assertIn("alie_sockets 0.0", await fetch(f"{url}/metrics"))

        return Deferred.fromCoroutine(check())

    async def judge(self, url: str, authority: str) -> None:
        """One way in."""

        def never() -> tuple[int, int]:
            with client(url, authority) as line:
                return ask_and_never_read(line)

        def slowly() -> int:
            with client(url, authority) as line:
                return read_slowly(line)

        stalled, answered = deferToThread(never), deferToThread(slowly)
        sent, seen = await stalled
        self.assertLess(sent, 1_000_000)
        self.assertTrue(seen & (select.POLLHUP | select.POLLERR))
        self.assertEqual(await answered, ASKED)
