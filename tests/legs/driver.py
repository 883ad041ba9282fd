"""Drives a supervision by hand: values in, orders out, and a clock that goes only where it is told."""

from __future__ import annotations

from array import array
from itertools import count
from typing import Any

from alie.errors import AlieError
from alie.faults import Fault, StreamFailed
from alie.legs import orders as do
from alie.legs.orders import PRIMARY, Order
from alie.legs.policy import LegPolicy
from alie.legs.succession import Choice
from alie.legs.supervision import Supervision
from alie.speech import StreamSpec, Traits
from alie.transcript import Result
from tests.legs.recogniser import AMAZON

RATE_HZ = 16000
SECOND = 2 * RATE_HZ
PRIMARY_ONLY = (Choice("amazon", AMAZON),)
BOTH = (Choice("amazon", AMAZON), Choice("embedded", Traits()))
LOCAL_ONLY = (Choice("embedded", Traits()),)


def quiet(seconds: float) -> bytes:
    """Silence as a microphone gives it."""
    return bytes(2 * round(seconds * RATE_HZ))


def speech(seconds: float) -> bytes:
    """Words of 0.3 s with pauses of 0.1 s between them."""
    word = array("h", [-6000] * 16 + [6000] * 16).tobytes() * (RATE_HZ * 3 // 320)
    length = 2 * round(seconds * RATE_HZ)
    return ((word + quiet(0.1)) * (1 + length // len(word)))[:length]


def of(orders: list[Order], kind: type[Any]) -> list[Any]:
    """The orders of one class."""
    return [order for order in orders if isinstance(order, kind)]


def kinds(orders: list[Order]) -> list[str]:
    """The orders by name; audio is left out."""
    return [type(order).__name__ for order in orders if not isinstance(order, do.FeedLeg)]


def lengths(orders: list[Order]) -> list[int]:
    """How long each frame for the leg is, in milliseconds."""
    return [len(order.audio) * 1000 // SECOND for order in of(orders, do.FeedLeg)]


class Driver:
    """A supervision and its clock; after every call its next tick must be in the future."""

    def __init__(
        self,
        engines: tuple[Choice, ...] = PRIMARY_ONLY,
        policy: LegPolicy | None = None,
        begins_on: int = PRIMARY,
        **spec: Any,
    ) -> None:
        self.now = 1000.0
        self.ticks = 0
        self.opened: list[do.OpenLeg] = []
        self.all: list[Order] = []
        ids = count(1)
        self.supervision = Supervision(
            StreamSpec("id-0", "fr-CA", RATE_HZ, **spec),
            engines,
            chance=lambda: 1.0,
            new_id=lambda: f"id-{next(ids)}",
            policy=policy,
            begins_on=begins_on,
        )

    @property
    def generation(self) -> int:
        """Of the present leg."""
        return self.opened[-1].generation

    @property
    def engine(self) -> int:
        """Of the present leg."""
        return self.opened[-1].engine

    @property
    def statuses(self) -> list[str]:
        """All that were told so far."""
        return [order.state for order in of(self.all, do.TellStatus)]

    def call(self, what: str, *values: Any) -> list[Order]:
        """Any call, now."""
        orders: list[Order] = getattr(self.supervision, what)(*values, self.now)
        self.opened += of(orders, do.OpenLeg)
        self.all += orders
        assert self.supervision.due_at > self.now, "it would spin"
        return orders

    def leg(self, what: str, *values: Any) -> list[Order]:
        """The present leg tells something."""
        return self.call(what, self.generation, *values)

    def wait(self, seconds: float) -> list[Order]:
        """Time passes; whenever a tick is due, it comes."""
        until, orders = self.now + seconds, []
        for _ in range(20 + round(seconds * 25)):
            if self.supervision.due_at > until:
                self.now = until
                return orders
            self.now = self.supervision.due_at
            self.ticks += 1
            orders += self.call("tick")
        raise AssertionError("it ticks more often than there is anything to do")

    def say(self, audio: bytes, frame_s: float = 0.1) -> list[Order]:
        """The client speaks in real time."""
        orders, step = [], 2 * round(frame_s * RATE_HZ)
        for at in range(0, len(audio), step):
            frame = audio[at : at + step]
            orders += self.call("feed", frame)
            orders += self.wait(len(frame) / SECOND)
        return orders

    def hear(self, segment: str = "a", start_s: float = 0.0, end_s: float = 0.1, *, is_final: bool) -> list[Order]:
        """The leg tells a result."""
        return self.leg("result", Result(segment, start_s, end_s, "so far", is_final))

    def fail(self, fault: Fault = Fault.CONNECTION) -> list[Order]:
        """The leg fails."""
        return self.leg("failed", StreamFailed(fault))

    def refuse(self, error: AlieError) -> list[Order]:
        """The leg fails by another error."""
        return self.leg("failed", error)

    def live(self) -> Driver:
        """The first audio, and a leg that is open."""
        self.call("feed", quiet(0.1))
        self.leg("opened")
        return self

    def settled(self) -> Driver:
        """A live leg that has heard everything."""
        self.live()
        self.hear(is_final=True)
        return self

    def until_live(self, engine: int, within_s: float = 60.0) -> list[Order]:
        """Time passes until a leg is asked for at that engine; it opens."""
        before, orders, step_s = len(self.opened), [], 0.05
        for _ in range(round(within_s / step_s)):
            orders += self.wait(step_s)
            if len(self.opened) > before and self.engine == engine:
                return orders + self.leg("opened")
        raise AssertionError("no leg is asked for there")
