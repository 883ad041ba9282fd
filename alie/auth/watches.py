"""Callers whose access may end while they speak: one question about all of them, at intervals, while there are any."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from alie.errors import AuthServiceError
from alie.principal import Principal


class Watches:
    """Belongs to the reactor thread.

    Args:
        reactor: its `callLater`.
        interval_s: between the end of one look and the next.
        find_ended: which of those that are watched may speak no more; AuthServiceError: it cannot be told now.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        interval_s: float,
        find_ended: Callable[[frozenset[Principal]], Awaitable[frozenset[Principal]]],
    ) -> None:
        self._reactor = reactor
        self._interval_s = interval_s
        self._find_ended = find_ended
        self._watched: dict[object, tuple[Principal, Callable[[], None]]] = {}
        self._timer: Any = None
        self._is_looking = False
        self._has_new = False

    def add(self, principal: Principal, end: Callable[[], None]) -> Callable[[], None]:
        """Watches one more; the first look is in the reactor's next turn, together with all that are added until then.

        Args:
            principal: who.
            end: called once when its access has ended.

        Returns:
            What ends the watch; may be called repeatedly.
        """
        number = object()
        self._watched[number] = (principal, end)
        if self._is_looking:
            self._has_new = True
        else:
            self._plan(0)
        return lambda: self._remove(number)

    def _remove(self, number: object) -> None:
        self._watched.pop(number, None)
        if not self._watched:
            self._cancel()

    def _plan(self, delay_s: float) -> None:
        self._cancel()
        if self._watched:
            self._timer = self._reactor.callLater(delay_s, self._look)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        self._is_looking, self._has_new = True, False
        asked = dict(self._watched)
        answer = Deferred.fromCoroutine(self._ended(frozenset(principal for principal, _ in asked.values())))
        answer.addCallback(self._tell, asked).addErrback(self._unknown).addCallback(self._looked)

    async def _ended(self, watched: frozenset[Principal]) -> frozenset[Principal]:
        return await self._find_ended(watched)

    def _tell(self, ended: frozenset[Principal], asked: dict[object, tuple[Principal, Callable[[], None]]]) -> None:
        for number, (principal, end) in asked.items():
            if principal in ended and self._watched.pop(number, None) is not None:
                try:
                    end()
                except Exception:
                    self._log.failure("A session whose access has ended did not end", event="auth.not_ended")

    def _unknown(self, failure: Failure) -> None:
        # What cannot be told now is asked again; whoever answers has logged why.
        if failure.check(AuthServiceError) is None:
            self._log.error(
                "Access could not be looked at: {name}",
                event="auth.access_unknown",
                name=failure.type.__name__ if failure.type else "",
            )

    def _looked(self, _: None) -> None:
        self._is_looking = False
        self._plan(0 if self._has_new else self._interval_s)
