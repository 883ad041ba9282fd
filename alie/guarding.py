"""Watches, while the daemon runs, that audio goes only where it may."""

from __future__ import annotations

from collections.abc import Callable

from twisted.logger import Logger

from alie.errors import EngineUnavailable
from alie.residency import Destination, Residency


class ResidencyGuard:
    """Asked before each dictation; where audio would leave the regions that are allowed, it does not begin.

    Args:
        residency: which regions are allowed.
        hosts: that audio goes to right now; asked each time.
    """

    _log = Logger()

    def __init__(self, residency: Residency, hosts: Callable[[], tuple[str, ...]]) -> None:
        self._residency = residency
        self._hosts = hosts
        self._told = ""

    def problems(self) -> list[str]:
        """Why no dictation may begin, in sentences."""
        complaints = [self._residency.complaint(Destination("Audio", host)) for host in self._hosts()]
        return [complaint for complaint in complaints if complaint is not None]

    def check(self) -> None:
        """Lets a dictation begin.

        Raises:
            EngineUnavailable: audio would go where it may not; logged once for as long as that lasts.
        """
        problem = " ".join(self.problems())
        if problem and problem != self._told:
            self._log.error("Dictations are refused. {problem}", event="residency.refused", problem=problem)
        self._told = problem
        if problem:
            raise EngineUnavailable("Audio would leave the allowed regions")
