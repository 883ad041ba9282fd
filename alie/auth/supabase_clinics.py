"""In which clinic a user is, where the access token does not say: the memberships in our own tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from alie.auth.supabase_recent import Recent
from alie.errors import AuthServiceError
from alie.principal import Caller, Principal

Rows = Sequence[Mapping[str, Any]]
Memberships = Callable[[Caller], Awaitable[Rows]]
"""The active memberships of a caller: `clinic_id`, `role`."""

KEPT_S = 30
TIMEOUT_S = 3
"""A user who signs in does not wait longer for a store that does not answer."""
RETRY_S = 10
"""Between two questions about a user to a store that did not answer."""


class Clinics:
    """Completes principals. Belongs to the reactor thread.

    Args:
        reactor: its clock.
        memberships: asks the store; None: there is none.
    """

    _log = Logger()

    def __init__(self, reactor: IReactorTime, memberships: Memberships | None) -> None:
        self._reactor = reactor
        self._memberships = memberships
        self._known: Recent[Rows] = Recent(reactor.seconds)

    async def complete(self, caller: Caller) -> Principal:
        """The principal with clinic and role, from what was known up to `KEPT_S` ago; a store that does not answer
        leaves it as it is."""
        principal = caller.principal
        if not self._lacks(principal):
            return principal
        rows = self._known.get(principal.user_id)
        if rows is None:
            try:
                rows = await self._ask(caller)
            except AuthServiceError:
                rows = ()
                self._known.put(principal.user_id, rows, self._reactor.seconds() + RETRY_S)
        return _placed(principal, rows)

    async def complete_now(self, caller: Caller) -> Principal:
        """The same, from what the store says now.

        Raises:
            AuthServiceError: it does not answer.
        """
        principal = caller.principal
        return _placed(principal, await self._ask(caller)) if self._lacks(principal) else principal

    def _lacks(self, principal: Principal) -> bool:
        return self._memberships is not None and (principal.clinic_id is None or principal.role is None)

    async def _ask(self, caller: Caller) -> Rows:
        asked = Deferred.fromCoroutine(self._rows(caller)).addTimeout(TIMEOUT_S, self._reactor)
        try:
            rows = await asked
        except Exception as error:
            # Whatever a store raises must not keep users out.
            self._log.warn("Memberships could not be read: {name}", event="auth.memberships", name=type(error).__name__)
            raise AuthServiceError from None
        self._known.put(caller.principal.user_id, rows, self._reactor.seconds() + KEPT_S)
        return rows

    async def _rows(self, caller: Caller) -> Rows:
        return await self._memberships(caller) if self._memberships is not None else ()


def _placed(principal: Principal, rows: Rows) -> Principal:
    """With the membership of the clinic that the token names; else with the only one. Of several none is guessed."""
    if principal.clinic_id is not None:
        rows = [row for row in rows if row["clinic_id"] == principal.clinic_id]
    if len(rows) != 1:
        return principal
    return replace(principal, clinic_id=rows[0]["clinic_id"], role=rows[0]["role"])
