"""What a client is told of the engine that hears it: each state once, and none that is taken for granted. Pure."""

from __future__ import annotations

from alie.errors import AlieError, EngineRejected, EngineThrottled, EngineUnavailable
from alie.faults import Fault
from alie.legs import orders as do
from alie.legs.leg import Leg
from alie.legs.orders import Order


class Telling:
    """Remembers what was told last."""

    def __init__(self) -> None:
        self._told: tuple[str, int, str] | None = None

    def well(self, leg: Leg) -> list[Order]:
        """That an engine listens, if anything else was told last."""
        if self._told is None and not leg.is_fallback:
            return []
        return self._tell(do.FAILED_OVER if leg.is_fallback else do.LIVE, leg.engine, None)

    def recovering(self, engine: int, error: AlieError) -> list[Order]:
        """That an engine is in trouble, which is looked after."""
        return self._tell(do.RECOVERING, engine, error)

    def _tell(self, state: str, engine: int, error: AlieError | None) -> list[Order]:
        told = (state, engine, error.code if error is not None else "")
        if told == self._told:
            return []
        self._told = told
        return [do.TellStatus(state, engine, error)]


def as_told(fault: Fault) -> AlieError:
    """What a client is told of a fault."""
    if fault is Fault.LIMIT:
        return EngineThrottled()
    return EngineRejected() if fault is Fault.PARAMETER else EngineUnavailable()
