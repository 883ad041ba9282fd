"""A rush of clients on a real daemon: who has a socket already is served between them, and nobody is lost."""

from __future__ import annotations

import os
import selectors
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.support.daemon import start
from tests.support.memory_web import UPGRADE, client_frame, request

CLIENTS = 300
PATIENCE_S = 20.0
PING, PONG = client_frame(b'{"type":"ping"}'), b'"pong"'


def arrivals(sockets: list[socket.socket], marks: dict[socket.socket, bytes]) -> Iterator[socket.socket]:
    """The sockets in the order in which what they wait for came; ends when all of it has, or nothing more comes."""
    got = dict.fromkeys(sockets, b"")
    with selectors.DefaultSelector() as selector:
        for one in sockets:
            selector.register(one, selectors.EVENT_READ)
        while selector.get_map() and (ready := selector.select(PATIENCE_S)):
            for key, _ in ready:
                one = key.fileobj
                assert isinstance(one, socket.socket)
                data = one.recv(65536)
                got[one] += data
                if marks[one] in got[one] or not data:
                    selector.unregister(one)
                    yield one


def exchange(sockets: list[socket.socket], sent: bytes, mark: bytes) -> None:
    """Sends the same on each, and waits until each has been answered."""
    for one in sockets:
        one.sendall(sent)
    list(arrivals(sockets, dict.fromkeys(sockets, mark)))


def rush(url: str, stop: Callable[[], None], go_on: Callable[[], None]) -> list[bool]:
    """Upgrades all at once, and a ping of somebody who is there behind them; whether each arrival was the ping's.

    Args:
        url: of a daemon.
        stop: has it do nothing for a while, so that it finds all of it at once.
        go_on: ends that.
    """
    address = urlsplit(url)
    where = (address.hostname or "", address.port or 0)
    handshake = request("/ws", headers=UPGRADE)
    greeting = b"connection_established"
    with ExitStack() as stack:
        live, *others = [stack.enter_context(socket.create_connection(where, PATIENCE_S)) for _ in range(CLIENTS + 1)]
        exchange([live], handshake, greeting)
        exchange(others, request("/health"), b"ok")
        stop()
        for one in others:
            one.sendall(handshake)
        live.sendall(PING)
        go_on()
        marks = {live: PONG, **dict.fromkeys(others, greeting)}
        return [one is live for one in arrivals([live, *others], marks)]


class RushTests(TestCase):
    """Order is what is looked at: how long things take is for the bench."""

    timeout = 60

    def test_between_the_others(self) -> Deferred[None]:
        """The answer does not wait for all who came before, and all of them are greeted."""

        async def check() -> None:
            daemon = start(self, ALIE_SOCKETS_PER_ADDRESS="0")
            url = await daemon.listening
            pid = daemon.transport.pid
            order = await deferToThread(
                rush, url, lambda: os.kill(pid, signal.SIGSTOP), lambda: os.kill(pid, signal.SIGCONT)
            )
            self.assertEqual(len(order), CLIENTS + 1)
            self.assertLess(order.index(True), CLIENTS / 2)

        return Deferred.fromCoroutine(check())
