"""Has every look taken, each in a thread of its own and within its time, so that none holds up the others for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from alie.cli.doctor.finding import NOT_LOOKED_AT, Finding

_Place = TypeVar("_Place")
_TOO_LATE = "something on the way does not answer: look at it by hand, or ask again with a longer --timeout"
_OURS = "this is a fault of alie doctor, which says nothing about the machine: please report it"


@dataclass(frozen=True, slots=True)
class Look(Generic[_Place]):
    """Something to look at.

    Attributes:
        step: what it is called where it comes to nothing.
        at: called in a thread of its own; each finding is kept as it comes.
    """

    step: str
    at: Callable[[_Place], Iterator[Finding]]


class _Looking(Generic[_Place]):
    def __init__(self, look: Look[_Place], place: _Place) -> None:
        self._look, self._place = look, place
        self._found: list[Finding] = []
        self._ended = threading.Event()
        # It may wait in a system call that nothing ends, such as for a name server: a daemon thread keeps nobody here.
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            for finding in self._look.at(self._place):
                self._found.append(finding)
        except Exception as error:
            # Its text may quote a setting.
            detail = f"looking failed ({type(error).__name__})"
            self._found.append(Finding(self._look.step, NOT_LOOKED_AT, detail, _OURS))
        self._ended.set()

    def findings(self, timeout_s: float) -> list[Finding]:
        """What it has found when it ends, or when the time is up."""
        if self._ended.wait(timeout_s):
            return self._found
        return [*self._found, Finding(self._look.step, NOT_LOOKED_AT, "no answer in time", _TOO_LATE)]


def look_at_all(looks: Sequence[Look[_Place]], place: _Place, timeout_s: float) -> Iterator[Finding]:
    """Takes all looks at once and gives what they found in their order.

    Args:
        looks: what to look at.
        place: given to each.
        timeout_s: for all together; what has not ended by then is told as not looked at, beside what it had found.
    """
    until_s = time.monotonic() + timeout_s
    for looking in [_Looking(look, place) for look in looks]:
        yield from looking.findings(max(0.0, until_s - time.monotonic()))
