"""The load, a process of its own: `python -m bench.gateway.load URL --sessions N --warm-up S --seconds S`.

Speaks real recordings in N sessions in real time, 8192 bytes each 256 ms, the sessions spread evenly over the 256 ms.
Writes `begins` and `ends` when the measured window does, then one JSON object: see `Heard`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from bench.gateway import wire
from bench.gateway.client import FRAME_BYTES, FRAME_S, Client
from bench.gateway.measures import Heard
from bench.scoring import percentile
from bench.takes import read_pcm

RECORDINGS = Path(__file__).parents[2] / "tests" / "speech"
_CONNECTIONS_PER_S = 100
_READY_WITHIN_S = 20.0
# After the window, for results that are late.
_GRACE_S = 5.0
_POLL_S = 0.05


class Load:
    """All sessions.

    Args:
        url: of the gateway.
        frames: what they speak, each from a place of its own.
        sessions: how many there are.
        extras: of their start messages.
    """

    def __init__(self, url: str, frames: Sequence[bytes], sessions: int, extras: Mapping[str, bool]) -> None:
        self._loop = asyncio.get_running_loop()
        self._url = url
        step = max(1, len(frames) // sessions)
        self._clients = [Client(url, frames, number * step, self._loop.time, extras) for number in range(sessions)]
        self._began_at = self._loop.time()
        self._turn = 0
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, warm_up_s: float, seconds: float) -> Heard:
        """Connects, speaks, and says what came back."""
        self._speak()
        for number, client in enumerate(self._clients):
            await asyncio.sleep(self._began_at + number / _CONNECTIONS_PER_S - self._loop.time())
            await self._connect(client)
        await self._until(lambda client: client.is_ready or client.failure is not None, _READY_WITHIN_S)
        await asyncio.sleep(warm_up_s)
        print("begins", flush=True)
        begins_at = self._loop.time()
        before = self._counts()
        await asyncio.sleep(seconds)
        print("ends", flush=True)
        if self._timer:
            self._timer.cancel()
        await self._until(lambda client: not client.unanswered, _GRACE_S)
        heard = self._sum_up(begins_at, before)
        for client in self._clients:
            client.stop()
        return heard

    async def _connect(self, client: Client) -> None:
        address = urlsplit(self._url)
        await self._loop.create_connection(lambda: client, address.hostname or "", address.port or 80)

    def _speak(self) -> None:
        """Lets all speak whose turn has come: one timer for all of them is much cheaper than one for each."""
        while (due_at := self._began_at + self._turn * FRAME_S / len(self._clients)) <= self._loop.time():
            self._clients[self._turn % len(self._clients)].speak()
            self._turn += 1
        self._timer = self._loop.call_at(due_at, self._speak)

    async def _until(self, is_done: Callable[[Client], bool], within_s: float) -> None:
        deadline = self._loop.time() + within_s
        while not all(map(is_done, self._clients)) and self._loop.time() < deadline:
            await asyncio.sleep(_POLL_S)

    def _counts(self) -> tuple[int, int]:
        return sum(client.spoken for client in self._clients), sum(client.results for client in self._clients)

    def _sum_up(self, begins_at: float, before: tuple[int, int]) -> Heard:
        frames, results = self._counts()
        waits_s = [wait_s for client in self._clients for sent_at, wait_s in client.round_trips if sent_at >= begins_at]
        return Heard(
            frames=frames - before[0],
            results=results - before[1],
            unanswered=sum(client.unanswered for client in self._clients),
            p50_ms=percentile(waits_s, 0.5) * 1000,
            p99_ms=percentile(waits_s, 0.99) * 1000,
            failures=tuple(
                client.failure or "never ready" for client in self._clients if client.failure or not client.is_ready
            ),
        )


def read_frames(path: Path) -> list[bytes]:
    """A recording as WebSocket frames, masked once and for all: they are sent as they are."""
    pcm = read_pcm(path)
    starts = range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)
    return [wire.encode(wire.BINARY, pcm[start : start + FRAME_BYTES]) for start in starts]


async def _run(options: argparse.Namespace) -> None:
    frames = [frame for name in ("fr-long.flac", "en-long.flac") for frame in read_frames(RECORDINGS / name)]
    # Nothing here makes cycles while it runs, and a collection would be late frames.
    gc.freeze()
    gc.disable()
    extras = {"ack": True, "resume": True} if options.resumable else {}
    heard = await Load(options.url, frames, options.sessions, extras).run(options.warm_up, options.seconds)
    print(json.dumps(asdict(heard)), flush=True)


def main() -> None:
    """Runs it with the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--sessions", type=int, required=True)
    parser.add_argument("--warm-up", type=float, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--resumable", action="store_true")
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
