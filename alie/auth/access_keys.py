"""Access keys of this server, as proof of who is speaking. All of it belongs to the reactor thread.

Guesses are counted at the doors, by address, and not here: 256 bits are not guessed, and whoever could have others'
keys refused by guessing would have more than one address.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, TypeVar

from twisted.logger import Logger

from alie.auth.access_key import AccessKey, read
from alie.auth.watches import Watches
from alie.errors import AuthInvalid, AuthServiceError, DatabaseError
from alie.principal import KEY, Caller, Principal

T = TypeVar("T")

CACHE_S = 20.0
"""A key that was good is not asked about again for so long."""
CACHE_SIZE = 1024
CHECK_S = 20.0
"""Between two looks at all watched keys. A revocation is felt within `CACHE_S` or this, far below the 60 s owed."""


class Keys(Protocol):
    """Where the keys are. Both raise DatabaseError."""

    def check(self, key_id: str, digest: str) -> Awaitable[Principal | None]:
        """Whom a key proves; None: nobody."""

    def standing(self, key_ids: Iterable[str]) -> Awaitable[dict[str, Principal]]:
        """Whom those of these keys prove that are still good, by id."""


class AccessKeyAuthenticator:
    """Implements `Authenticator` with keys.

    Args:
        reactor: its clock and its `callLater`.
        keys: where they are.
    """

    _log = Logger()

    def __init__(self, reactor: Any, keys: Keys) -> None:
        self._reactor = reactor
        self._keys = keys
        self._cache: dict[AccessKey, tuple[float, Principal]] = {}
        self._watches = Watches(reactor, CHECK_S, self._find_ended)
        self._has_answer = True

    async def verify(self, token: str) -> Caller:
        """Who a key proves its bearer to be. The key itself is not kept.

        Raises:
            AuthInvalid: nobody: it is unknown, revoked, or its user is no member of its clinic any more.
            AuthServiceError: the database does not answer.
        """
        key = read(token)
        if key is None:
            raise AuthInvalid
        principal = self._cached(key) or await self._checked(key)
        if principal is None:
            raise AuthInvalid
        return Caller(principal)

    def watch(self, caller: Caller, end: Callable[[], None]) -> Callable[[], None]:
        """Looks at once, since what let the caller in may be a ticket of hours ago, and then every `CHECK_S`. While the
        database does not answer nobody is cut off: `problems` tells of it."""
        return self._watches.add(caller.principal, end) if caller.principal.way == KEY else lambda: None

    def problems(self) -> list[str]:
        """Whether the database answered last time."""
        return [] if self._has_answer else ["The database of the access keys does not answer"]

    def _cached(self, key: AccessKey) -> Principal | None:
        until, principal = self._cache.get(key, (0.0, None))
        return principal if self._reactor.seconds() < until else None

    async def _checked(self, key: AccessKey) -> Principal | None:
        principal = await self._ask(self._keys.check(key.key_id, key.digest))
        # Only what was good is remembered: guesses would crowd it out. Dictionaries keep their order: the oldest goes.
        self._cache.pop(key, None)
        if principal is not None:
            if len(self._cache) >= CACHE_SIZE:
                del self._cache[next(iter(self._cache))]
            self._cache[key] = (self._reactor.seconds() + CACHE_S, principal)
        return principal

    async def _find_ended(self, watched: frozenset[Principal]) -> frozenset[Principal]:
        """Those whose key does not prove the same any more: same user, clinic and role."""
        standing = await self._ask(self._keys.standing({principal.grant_id for principal in watched}))
        ended = frozenset(one for one in watched if not _is_same(one, standing.get(one.grant_id)))
        gone = {principal.grant_id for principal in ended}
        for key in [key for key in self._cache if key.key_id in gone]:
            del self._cache[key]
        return ended

    async def _ask(self, answer: Awaitable[T]) -> T:
        try:
            found = await answer
        except DatabaseError as error:
            if self._has_answer:
                self._log.error(
                    "Access keys cannot be verified: {code}", event="auth.access_keys", code=error.rest_code
                )
            self._has_answer = False
            raise AuthServiceError from None
        self._has_answer = True
        return found


def _is_same(one: Principal, other: Principal | None) -> bool:
    if other is None:
        return False
    return (one.user_id, one.clinic_id, one.role) == (other.user_id, other.clinic_id, other.role)
