"""Clients that connect, a process of its own: `python -m bench.gateway.rush URL handshakes|storm ...`.

`handshakes` opens sockets one after the other, in `--at-once` rows, each closed when it has been greeted, for
`--seconds`. `storm` opens `--sockets` all at once and keeps them; told `start` on stdin it starts a dictation on the
first `--starts` of them. After each step it writes one JSON object: see `Rush`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from urllib.parse import urlsplit

from bench.gateway import wire
from bench.gateway.client import START
from bench.gateway.connecting_measures import Rush
from bench.scoring import percentile

_PATIENCE_S = 60.0


class Caller(asyncio.Protocol):
    """One WebSocket that waits for what the gateway says.

    Attributes:
        greeted: done when it has been greeted; failed when it was refused, or lost before that.
        ready: the same for `stream_ready`.
    """

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._head: bytes | None = b""
        self._reader = wire.Reader()
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.ready: asyncio.Future[None] = loop.create_future()
        self._waited_for = {"connection_established": self.greeted, "stream_ready": self.ready}
        for future in self._waited_for.values():
            future.add_done_callback(lambda one: one.cancelled() or one.exception())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: connected."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(wire.upgrade(self._url.hostname or "", self._url.port or 80, self._url.path))

    def data_received(self, received: bytes) -> None:
        """asyncio: bytes came."""
        if self._head is not None:
            self._head += received
            if wire.HEAD_END not in self._head:
                return
            _, received = self._head.split(wire.HEAD_END, 1)
            self._head = None
        for opcode, payload in self._reader.take(received):
            if opcode == wire.TEXT:
                future = self._waited_for.get(json.loads(payload)["type"])
                if future is not None and not future.done():
                    future.set_result(None)
            elif opcode == wire.PING:
                self.transport.write(wire.encode(wire.PONG, payload))
            elif opcode == wire.CLOSE:
                self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: it is gone."""
        for future in self._waited_for.values():
            if not future.done():
                future.set_exception(ConnectionError("lost"))

    def start(self) -> None:
        """Starts a dictation."""
        self.transport.write(wire.encode(wire.TEXT, json.dumps(START).encode()))

    def leave(self) -> None:
        """Closes as a page does; the gateway ends TCP."""
        self.transport.write(wire.encode(wire.CLOSE, (1000).to_bytes(2)))


async def call(url: str) -> Caller:
    """Connects one, and waits until it has been greeted. Raises: OSError, TimeoutError: it was not."""
    address = urlsplit(url)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_PATIENCE_S):
        _, caller = await loop.create_connection(lambda: Caller(url), address.hostname or "", address.port or 80)
        await caller.greeted
    return caller


async def handshakes(url: str, at_once: int, seconds: float) -> Rush:
    """As many as the gateway greets in so many seconds."""
    loop = asyncio.get_running_loop()
    begins_at = loop.time()
    waits_s: list[float] = []
    errors = 0

    async def row() -> None:
        nonlocal errors
        while (called_at := loop.time()) < begins_at + seconds:
            try:
                caller = await call(url)
            except (OSError, TimeoutError):
                errors += 1
            else:
                waits_s.append(loop.time() - called_at)
                caller.leave()

    await asyncio.gather(*(row() for _ in range(at_once)))
    return _sum_up(waits_s, errors, loop.time() - begins_at)


async def storm(url: str, sockets: int) -> tuple[Rush, list[Caller]]:
    """All at once; those that were greeted stay."""
    loop = asyncio.get_running_loop()
    begins_at = loop.time()
    waits_s: list[float] = []

    async def one() -> Caller:
        caller = await call(url)
        waits_s.append(loop.time() - begins_at)
        return caller

    found = await asyncio.gather(*(one() for _ in range(sockets)), return_exceptions=True)
    callers = [caller for caller in found if isinstance(caller, Caller)]
    return _sum_up(waits_s, len(found) - len(callers), max(waits_s, default=0.0)), callers


async def start_all(callers: list[Caller]) -> Rush:
    """Starts a dictation on each."""
    loop = asyncio.get_running_loop()
    begins_at = loop.time()
    for caller in callers:
        caller.start()
    _, late = await asyncio.wait([caller.ready for caller in callers], timeout=_PATIENCE_S)
    failed = sum(1 for caller in callers if caller.ready in late or caller.ready.exception() is not None)
    seconds = loop.time() - begins_at
    return Rush(len(callers) - failed, failed, seconds, seconds * 1000, seconds * 1000)


def _sum_up(waits_s: list[float], errors: int, seconds: float) -> Rush:
    return Rush(len(waits_s), errors, seconds, percentile(waits_s, 0.5) * 1000, percentile(waits_s, 0.99) * 1000)


def _tell(rush: Rush) -> None:
    print(json.dumps(asdict(rush)), flush=True)


async def _run(options: argparse.Namespace) -> None:
    if options.kind == "handshakes":
        _tell(await handshakes(options.url, options.at_once, options.seconds))
        return
    told, callers = await storm(options.url, options.sockets)
    _tell(told)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)
    _tell(await start_all(callers[: options.starts]))
    await loop.run_in_executor(None, sys.stdin.readline)


def main() -> None:
    """Runs it with the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("kind", choices=("handshakes", "storm"))
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--starts", type=int, default=400)
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
