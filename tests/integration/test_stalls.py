"""Clients of a real daemon that read slowly, or not at all: what is kept for them is bounded, and so is the time."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.support.daemon import fetch, start
from tests.support.memory_web import UPGRADE, client_frame, request

PATIENCE_S = 30.0
STALL_S = 1
ASKED = 2000
PING = client_frame(b'{"type":"ping","id":"%s"}' % (b"x" * 190))


@contextmanager
def client(url: str) -> Iterator[socket.socket]:
    """A socket whose kernel keeps little, greeted."""
    address = urlsplit(url)
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        made.settimeout(PATIENCE_S)
        made.connect((address.hostname, address.port))
        made.sendall(request("/ws", headers=UPGRADE))
        read = b""
        while b"connection_established" not in read:
            read += made.recv(4096)
        yield made


def ask_and_never_read(made: socket.socket) -> tuple[int, int]:
    """How many bytes the server took, and what poll(2) says of the connection in the end."""
    made.setblocking(False)
    sent, watch = 0, select.poll()
    watch.register(made, select.POLLOUT)
    while watch.poll(500):  # nothing more is taken
        try:
            sent += made.send(PING)
        except BlockingIOError:
            continue
        except OSError:
            break
    watch.modify(made, 0)
    ((_, seen),) = watch.poll(PATIENCE_S * 1000)
    return sent, seen


def read_slowly(made: socket.socket) -> int:
    """Asks a lot, and reads little by little for longer than a stall may last; how many answers came in all."""
    asked, answers, rest = PING * ASKED, 0, b""
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
            rest += data
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
        one that takes a little now and then gets everything."""

        async def check() -> None:
            daemon = start(self, ALIE_STALL_SECONDS=str(STALL_S), ALIE_TEXT_WAITING_KB="64")
            url = await daemon.listening

            def never() -> tuple[int, int]:
                with client(url) as made:
                    return ask_and_never_read(made)

            def slowly() -> int:
                with client(url) as made:
                    return read_slowly(made)

            stalled, answered = deferToThread(never), deferToThread(slowly)
            sent, seen = await stalled
            self.assertLess(sent, 1_000_000)
            self.assertTrue(seen & (select.POLLHUP | select.POLLERR))
            self.assertEqual(await answered, ASKED)
            self.assertIn("alie_sockets 0.0", await fetch(f"{url}/metrics"))

        return Deferred.fromCoroutine(check())
