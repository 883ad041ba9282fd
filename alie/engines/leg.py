"""One leg as its engine sees it: a listener whose words go on to the supervision, with the leg's generation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from alie.engines.interface import Stream
from alie.errors import AlieError
from alie.legs import orders as do
from alie.legs.orders import Order
from alie.legs.supervision import Supervision
from alie.transcript import Result


class Owner(Protocol):
    """What a leg needs of the stream that it belongs to."""

    supervision: Supervision
    now: Callable[[], float]

    def perform(self, orders: list[Order]) -> None:
        """Does what was ordered."""

    def on_granted(self, leg: Leg) -> None:
        """The leg's turn has come."""

    def on_worked(self, leg: Leg) -> None:
        """The leg has told its first result."""

    def leave(self, leg: Leg) -> None:
        """The leg is gone by itself."""


class Leg:
    """One leg: what its engine tells goes on with its generation. Also its ticket for a seat."""

    def __init__(self, owner: Owner, order: do.OpenLeg) -> None:
        self._owner = owner
        self.generation = order.generation
        self.engine = order.engine
        self.spec = order.spec
        self.stream: Stream | None = None
        self.has_worked = False

    def granted(self) -> None:
        """It has its seat."""
        self._owner.on_granted(self)

    def on_open(self) -> None:
        """The engine has taken it."""
        owner = self._owner
        owner.perform(owner.supervision.opened(self.generation, owner.now()))

    def on_result(self, result: Result) -> None:
        """It has heard something."""
        owner = self._owner
        if not self.has_worked:
            self.has_worked = True
            owner.on_worked(self)
        owner.perform(owner.supervision.result(self.generation, result, owner.now()))

    def on_flushed(self) -> None:
        """It has settled everything before its oldest flush."""
        owner = self._owner
        owner.perform(owner.supervision.flushed(self.generation, owner.now()))

    def on_finished(self) -> None:
        """It has told all."""
        owner = self._owner
        self.stream = None
        owner.leave(self)
        owner.perform(owner.supervision.finished(self.generation, owner.now()))

    def on_failed(self, error: AlieError) -> None:
        """It is dead."""
        owner = self._owner
        self.stream = None
        owner.perform(owner.supervision.failed(self.generation, error, owner.now()))

    def on_backlog(self, is_full: bool) -> None:
        """It takes nothing more for now, or again."""
        owner = self._owner
        owner.perform(owner.supervision.backlog(self.generation, is_full, owner.now()))

    def on_status(self, state: str, engine: str, error: AlieError | None) -> None:
        """Engines behind a supervisor tell none."""
