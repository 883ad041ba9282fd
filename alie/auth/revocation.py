"""Notices that access which was granted is gone: each grant is looked at again and again while somebody uses it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from alie.errors import AuthServiceError
from alie.principal import Principal

INTERVAL_S = 25
"""Between the end of one look at a grant and the next: with a slow answer each, two fit into a minute."""
MAX_UNDER_WAY = 16
"""Looks at once; the others wait for their turn."""

Judge = Callable[[Principal], bool]
"""Tells whether what a principal was granted is gone."""


class Revocation:
    """Watches principals by their grants, with one timer for all. Belongs to the reactor thread.

    Args:
        reactor: its clock.
        look: asks about a grant; AuthServiceError: it cannot be told now, and is asked again in time.
    """

    _log = Logger()

    def __init__(self, reactor: Any, look: Callable[[str], Awaitable[Judge]]) -> None:
        self._reactor = reactor
        self._look = look
        self._watched: dict[str, dict[object, tuple[Principal, Callable[[], None]]]] = {}
        self._due: dict[str, float] = {}  # the first is the first that is due: all wait equally long
        self._under_way: set[str] = set()
        self._timer: IDelayedCall | None = None

    def watch(self, principal: Principal, end: Callable[[], None]) -> Callable[[], None]:
        """Calls `end`, once, when the principal's grant is gone.

        Returns:
            What ends the watch; may be called repeatedly.
        """
        grant_id, number = principal.grant_id, object()
        self._watched.setdefault(grant_id, {})[number] = (principal, end)
        self._plan(grant_id)

        def stop() -> None:
            self._forget(grant_id, number)

        return stop

    def _forget(self, grant_id: str, number: object) -> Callable[[], None] | None:
        _, end = self._watched.get(grant_id, {}).pop(number, (None, None))
        if not self._watched.get(grant_id):
            self._watched.pop(grant_id, None)
            self._due.pop(grant_id, None)
        if not self._due and self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return end

    def _plan(self, grant_id: str) -> None:
        if grant_id in self._watched and grant_id not in self._due and grant_id not in self._under_way:
            self._due[grant_id] = self._reactor.seconds() + INTERVAL_S
        self._wind()

    def _wind(self) -> None:
        if self._timer is None and self._due and len(self._under_way) < MAX_UNDER_WAY:
            first = next(iter(self._due.values()))
            self._timer = self._reactor.callLater(max(0.0, first - self._reactor.seconds()), self._turn)

    def _turn(self) -> None:
        self._timer = None
        now = self._reactor.seconds()
        for grant_id, due in list(self._due.items()):
            if due > now or len(self._under_way) >= MAX_UNDER_WAY:
                break
            del self._due[grant_id]
            self._under_way.add(grant_id)
            looked = Deferred.fromCoroutine(self._look_at(grant_id))
            looked.addErrback(self._unknown).addCallback(self._looked, grant_id)
        self._wind()

    async def _look_at(self, grant_id: str) -> None:
        is_gone = await self._look(grant_id)
        for number, (principal, _) in list(self._watched.get(grant_id, {}).items()):
            end = self._forget(grant_id, number) if is_gone(principal) else None
            if end is not None:
                self._tell(end)

    def _tell(self, end: Callable[[], None]) -> None:
        try:
            end()
        except Exception as error:
            # One that cannot be ended must not save the others.
            self._log.error(
                "A session whose access is gone did not end: {name}", event="auth.not_ended", name=type(error).__name__
            )

    def _unknown(self, failure: Failure) -> None:
        if failure.check(AuthServiceError) is None:
            self._log.error(
                "Access could not be looked at: {name}",
                event="auth.access_unknown",
                name=failure.type.__name__ if failure.type else "",
            )

    def _looked(self, _: None, grant_id: str) -> None:
        self._under_way.discard(grant_id)
        self._plan(grant_id)
