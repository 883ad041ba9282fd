"""Fewer partials while the daemon has too much to do: of each session the newest, once a second. Pure."""

from __future__ import annotations

from alie.transcript import Result

INTERVAL_S = 1.0


class Thrift:
    """Whether partials are held back, for all sessions of a daemon.

    Attributes:
        is_on: switched by whoever watches the load.
    """

    def __init__(self) -> None:
        self.is_on = False


class Restraint:
    """Holds back the partials of one session, before they have a name, a number or an encoding.

    Nothing else is held back, and a final takes the place of what was held of its segment: it says more.

    Args:
        thrift: says whether to.
    """

    __slots__ = ("_due_at", "_held", "_thrift")

    def __init__(self, thrift: Thrift) -> None:
        self._thrift = thrift
        self._held: dict[str, Result] = {}
        self._due_at = 0.0

    def __bool__(self) -> bool:
        """Whether anything is held."""
        return bool(self._held)

    def take(self, result: Result, now: float) -> list[Result]:
        """Takes a result; gives what is to be told now, in its order."""
        if not self._thrift.is_on and not self._held:
            return [result]
        self._held.pop(result.segment_id, None)
        if result.is_final:
            return [result]
        self._held[result.segment_id] = result
        return self.due(now)

    def due(self, now: float) -> list[Result]:
        """What was held and is to be told now; to be asked whenever something happens in the session, such as audio."""
        if self._thrift.is_on and now < self._due_at:
            return []
        self._due_at = now + INTERVAL_S
        return self.release()

    def release(self) -> list[Result]:
        """All that is held, which is held no more."""
        held = list(self._held.values())
        self._held.clear()
        return held
