"""Sessions that come and go, a process of its own: `python -m bench.soak.load URL --sessions N --seconds S --seed K`.

Each seat is taken by one session after another, of up to two minutes (`--longest`). Four of five stop as they should;
of the others half just drop their socket, and half do so after having asked to be able to resume, and never come back.
Writes one JSON object at its end: see `Heard`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from bench.gateway.client import FRAME_S, Client
from bench.gateway.load import RECORDINGS, read_frames
from bench.scoring import percentile

# The shortest session, as a part of the longest.
_SHORTEST = 1 / 12
_STOP_SHARE = 0.8
_READY_WITHIN_S = 20.0
_CLOSED_WITHIN_S = 20.0
# Round trips kept for the percentiles: the newest of each session.
_KEPT_TRIPS = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """What the load saw.

    Attributes:
        sessions: begun.
        ends: how they ended: "stop", "drop" and "leave" as meant, else the reason.
        frames: of audio sent.
        results: that came.
        p50_ms: round trip, half of them.
        p99_ms: of 99 %.
    """

    sessions: int
    ends: dict[str, int]
    frames: int
    results: int
    p50_ms: float
    p99_ms: float


class Crowd:
    """All seats.

    Args:
        url: of the daemon.
        frames: what is spoken.
        seats: sessions at once.
        longest_s: a session lasts so long at most.
        seed: of how long each lasts and how it ends.
    """

    def __init__(self, url: str, frames: Sequence[bytes], seats: int, longest_s: float, seed: int) -> None:
        self._longest_s = longest_s
        self._loop = asyncio.get_running_loop()
        self._address = urlsplit(url)
        self._url = url
        self._frames = frames
        self._seats = seats
        self._random = random.Random(f"soak {seed}")
        self._live: dict[int, Client] = {}
        self._ends: Counter[str] = Counter()
        self._trips: list[float] = []
        self._sessions = self._frames_sent = self._results = 0

    async def run(self, seconds: float) -> Heard:
        """Lets them come and go for so long; those that still speak then stop."""
        until = self._loop.time() + seconds
        speaking = asyncio.create_task(self._speak())
        await asyncio.gather(*(self._sit(number, until) for number in range(self._seats)))
        speaking.cancel()
        trips = self._trips or [0.0]
        return Heard(
            self._sessions,
            dict(self._ends),
            self._frames_sent,
            self._results,
            percentile(trips, 0.5) * 1000,
            percentile(trips, 0.99) * 1000,
        )

    async def _speak(self) -> None:
        """Every seat has its place within the 256 ms; one task for all is much cheaper than one for each."""
        began, turn = self._loop.time(), 0
        while True:
            due = began + turn * FRAME_S / self._seats
            wait_s = due - self._loop.time()
            if wait_s > 0.001:
                await asyncio.sleep(wait_s)
            client = self._live.get(turn % self._seats)
            if client is not None:
                client.speak()
            turn += 1

    async def _sit(self, seat: int, until: float) -> None:
        await asyncio.sleep(seat / self._seats * 5)
        # As if it had been going on for ever: the first ones are cut short at random.
        lasts_s = self._random.uniform(0, 1) * self._lasts_s()
        while self._loop.time() < until:
            end = self._end()
            await self._session(seat, max(2.0, min(lasts_s, until - self._loop.time())), end)
            lasts_s = self._lasts_s()

    def _lasts_s(self) -> float:
        return self._random.uniform(_SHORTEST * self._longest_s, self._longest_s)

    def _end(self) -> str:
        chance = self._random.random()
        return "stop" if chance < _STOP_SHARE else "drop" if chance < (1 + _STOP_SHARE) / 2 else "leave"

    async def _session(self, seat: int, lasts_s: float, end: str) -> None:
        extras = {"resume": True, "ack": True} if end == "leave" else {}
        first = self._random.randrange(len(self._frames))
        client = Client(self._url, self._frames, first, self._loop.time, extras)
        self._sessions += 1
        try:
            await self._loop.create_connection(lambda: client, self._address.hostname or "", self._address.port or 80)
        except OSError as error:
            self._ends[type(error).__name__] += 1
            await asyncio.sleep(1)
            return
        self._live[seat] = client
        await asyncio.sleep(lasts_s)
        self._live.pop(seat)
        await self._finish(client, end)

    async def _finish(self, client: Client, end: str) -> None:
        if not client.is_ready and client.failure is None:
            client.failure = "never ready"
        if end == "stop" and client.failure is None:
            client.finish()
            # The last results, and the close.
            deadline = self._loop.time() + _CLOSED_WITHIN_S
            while not client.is_gone and self._loop.time() < deadline:
                await asyncio.sleep(0.1)
            if not client.is_gone:
                client.failure = "not closed"
        client.drop()
        self._ends[client.failure or end] += 1
        self._frames_sent += client.spoken
        self._results += client.results
        self._trips += [wait_s for _, wait_s in client.round_trips[-_KEPT_TRIPS:]]


async def _run(options: argparse.Namespace) -> None:
    frames = [frame for name in ("fr-long.flac", "en-long.flac") for frame in read_frames(RECORDINGS / name)]
    gc.freeze()
    heard = await Crowd(options.url, frames, options.sessions, options.longest, options.seed).run(options.seconds)
    print(json.dumps(asdict(heard)), flush=True)


def main() -> None:
    """Runs the load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--sessions", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--longest", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
