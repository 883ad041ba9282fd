"""Who speaks, and what befalls whom: all of it follows from a seed. Pure."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from bench.chaos.blows import AT_ACCEPT, Blow, BlowKind

BYTES_PER_S = 32_000
PLAIN_SHARE = 0.25
# A page that knows the contract only sees the end of its socket, or nothing: what it cannot see is not tried on it.
_FOR_PLAIN = (
    BlowKind.RESET,
    BlowKind.FIN,
    BlowKind.SLOW_ACCEPT,
    BlowKind.STALL,
    BlowKind.DELAY,
    BlowKind.THROTTLE,
    BlowKind.OVERTAKEN,
    BlowKind.DEAF_UP,
)
# The shortest and the longest that each lasts, in seconds; those that are not here have no duration.
_LASTS_S = {
    BlowKind.SLOW_ACCEPT: (0.3, 2.0),
    BlowKind.STALL: (0.3, 3.0),
    BlowKind.DELAY: (0.05, 0.6),
    BlowKind.THROTTLE: (1.0, 3.0),
    BlowKind.OVERTAKEN: (0.8, 2.0),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One session.

    Attributes:
        speaker: its number, from 1; on its stamps.
        is_plain: whether its client knows the contract's messages only.
        on_client: the blows of its first connection to the daemon, of its second, and so on; those after all get none.
        on_engine: of the daemon's first leg for it that heard something, of the second, and so on.
    """

    speaker: int
    is_plain: bool
    on_client: tuple[tuple[Blow, ...], ...]
    on_engine: tuple[tuple[Blow, ...], ...]


@dataclass(frozen=True, slots=True)
class Kill:
    """The daemon itself is ended, and started again on the same port.

    Attributes:
        after: when so many sessions have ended.
        signal: "KILL" or "TERM"; with the latter it drains first.
    """

    after: int
    signal: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run."""

    seed: int
    parts: tuple[Part, ...]
    kills: tuple[Kill, ...]

    @property
    def blows(self) -> list[Blow]:
        """All that are planned, for both legs."""
        return [
            blow for part in self.parts for legs in (part.on_client, part.on_engine) for leg in legs for blow in leg
        ]


def make_plan(seed: int, lengths: Sequence[int], kills: Sequence[str]) -> Plan:
    """The same for the same arguments.

    Args:
        seed: any.
        lengths: of the sessions' recordings, in bytes.
        kills: signals that the daemon gets, at regular intervals.
    """
    chosen = random.Random(f"chaos {seed}")
    decks = {is_plain: _Decks(chosen, is_plain) for is_plain in (False, True)}
    parts = []
    for number, length in enumerate(lengths):
        is_plain = chosen.random() < PLAIN_SHARE
        on_client, on_engine = decks[is_plain].deal(length)
        parts.append(Part(number + 1, is_plain, on_client, on_engine))
    step = len(lengths) / (len(kills) + 1)
    return Plan(seed, tuple(parts), tuple(Kill(round(step * (n + 1)), name) for n, name in enumerate(kills)))


class _Decks:
    """Deals every kind as often as any other, on both legs."""

    def __init__(self, chosen: random.Random, is_plain: bool) -> None:
        self._chosen = chosen
        self._client_kinds = _FOR_PLAIN if is_plain else tuple(BlowKind)
        self._client: deque[BlowKind] = deque()
        self._engine: deque[BlowKind] = deque()
        # A plain client's session ends with its socket.
        self._most = 1 if is_plain else 3

    def deal(self, length: int) -> tuple[tuple[tuple[Blow, ...], ...], tuple[tuple[Blow, ...], ...]]:
        """Blows for a session: on the client's leg, on the engine's, or on both."""
        where = self._chosen.choice(("client", "client", "engine", "both"))
        on_client = self._legs(self._client, self._client_kinds, length, self._most) if where != "engine" else ()
        engine_kinds = tuple(kind for kind in BlowKind if kind not in AT_ACCEPT)
        on_engine = self._legs(self._engine, engine_kinds, length, 2) if where != "client" else ()
        return on_client, on_engine

    def _legs(
        self, deck: deque[BlowKind], kinds: tuple[BlowKind, ...], length: int, most: int
    ) -> tuple[tuple[Blow, ...], ...]:
        count = self._chosen.choice((1, 1, 2, 3))
        legs = []
        for _ in range(min(count, most)):
            if not deck:
                deck.extend(self._chosen.sample(kinds, len(kinds)))
            legs.append((self._draw(deck.popleft(), length // min(count, most)),))
        return tuple(legs)

    def _draw(self, kind: BlowKind, length: int) -> Blow:
        low_s, high_s = _LASTS_S.get(kind, (0.0, 0.0))
        after = 0 if kind in AT_ACCEPT else int(length * self._chosen.uniform(0.1, 0.8))
        return Blow(kind, after, round(self._chosen.uniform(low_s, high_s), 3))


def at_accept(seed: int, serial: int) -> tuple[Blow, ...]:
    """What befalls the daemon's connection to the engine before it is known for whom it is: one in eight is refused or
    held up."""
    chosen = random.Random(f"chaos {seed} {serial}")
    if chosen.random() >= 1 / 8:
        return ()
    kind = chosen.choice(AT_ACCEPT)
    low_s, high_s = _LASTS_S.get(kind, (0.0, 0.0))
    return (Blow(kind, 0, round(chosen.uniform(low_s, high_s), 3)),)
