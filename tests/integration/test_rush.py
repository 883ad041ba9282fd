"""A rush of clients on a real daemon: who has a socket already is served between them, and nobody is lost."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.cli.files import folder_for
from tests.support.authority import Authority
from tests.support.daemon import start
from tests.support.memory_web import UPGRADE, client_frame, request
from tests.support.waiting import wait_until

CLIENTS = 300
PATIENCE_S = 20.0
GREETING = b"connection_established"
SERVER_HELLO = b"\x16\x03\x03"
PING, PONG = client_frame(b'{"type":"ping"}'), b'"pong"'


def arrivals(
    sockets: list[socket.socket], marks: dict[socket.socket, bytes], begin: Callable[[], None] = lambda: None
) -> Iterator[socket.socket]:
    """The sockets in the order in which what they wait for came; ends when all of it has, or nothing more comes.

    Nothing may come before `begin`: the system tells what came while it was watched in its order, else in its own.
    """
    got = dict.fromkeys(sockets, b"")
    with selectors.DefaultSelector() as selector:
        for one in sockets:
            selector.register(one, selectors.EVENT_READ)
        begin()
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


def upgrades(others: list[socket.socket], url: str) -> tuple[bytes, bytes]:
    """What each of these will send, and what it waits for: a WebSocket, on a connection that is there."""
    exchange(others, request("/health"), b"ok")
    return request("/ws", headers=UPGRADE), GREETING


def hellos(others: list[socket.socket], url: str) -> tuple[bytes, bytes]:
    """Likewise: the first message of TLS, and the server's, for which it has signed."""
    wait_until(lambda: connections(url) > len(others))
    context, outgoing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read(), SERVER_HELLO


def connections(url: str) -> float:
    """How many the daemon has taken."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=PATIENCE_S) as response:
        (line,) = (one for one in response.read().decode().splitlines() if one.startswith("alie_connections "))
    return float(line.split()[1])


def rush(
    url: str,
    stop: Callable[[], None],
    go_on: Callable[[], None],
    wish: Callable[[list[socket.socket], str], tuple[bytes, bytes]] = upgrades,
    others_url: str = "",
) -> list[bool]:
    """Many wishes at once, and a ping of somebody who is there behind them; whether each arrival was the ping's.

    Args:
        url: of a daemon.
        stop: has it do nothing for a while, so that it finds all of it at once.
        go_on: ends that.
        wish: says of connections what they send, and what they wait for.
        others_url: where they are made; empty: at `url`.
    """
    with ExitStack() as stack:

        def connected(url: str) -> socket.socket:
            address = urlsplit(url)
            where = (address.hostname or "", address.port or 0)
            return stack.enter_context(socket.create_connection(where, PATIENCE_S))

        live, others = connected(url), [connected(others_url or url) for _ in range(CLIENTS)]
        exchange([live], request("/ws", headers=UPGRADE), GREETING)
        sent, mark = wish(others, url)
        stop()
        for one in others:
            one.sendall(sent)
        live.sendall(PING)
        marks = {live: PONG, **dict.fromkeys(others, mark)}
        return [one is live for one in arrivals([live, *others], marks, go_on)]


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

    def test_between_handshakes(self) -> Deferred[None]:
        """Of TLS, likewise: each costs the daemon a signature."""

        async def check() -> None:
            chain, key = map(str, Authority().issue().write(folder_for(self)))
            tls = {"ALIE_TLS_CERT": chain, "ALIE_TLS_KEY": key, "ALIE_TLS_PORT": "0"}
            daemon = start(self, **tls)
            url = await daemon.listening
            pid = daemon.transport.pid

            def at_once() -> list[bool]:
                stop, go_on = (lambda: os.kill(pid, signal.SIGSTOP)), (lambda: os.kill(pid, signal.SIGCONT))
                return rush(url, stop, go_on, hellos, daemon.secure_url)

            order = await deferToThread(at_once)
            self.assertEqual(len(order), CLIENTS + 1)
            self.assertLess(order.index(True), CLIENTS / 2)

        return Deferred.fromCoroutine(check())
