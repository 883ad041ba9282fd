"""Users of Supabase Auth: their access tokens are verified here, and what became of them is asked there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from alie.access_settings import AccessSettings
from alie.auth.keyring import Keyring
from alie.auth.revocation import Judge, Revocation
from alie.auth.supabase_clinics import Clinics, Memberships
from alie.auth.supabase_recent import Recent
from alie.auth.supabase_user import ask_for_account
from alie.errors import AuthInvalid
from alie.principal import SUPABASE, Caller, Principal
from alie.supabase import SupabaseHttp
from alie.token_form import read_form
from alie.token_keys import SECRET_ALGORITHM
from alie.tokens import Terms, read_unproved, verify

VOUCHED_S = 60
"""How long Supabase's word about a token is kept, where it alone can verify one."""

ASKED_THERE = (
    "Access tokens are verified by asking Supabase, since this project publishes no signing keys: "
    "set SUPABASE_JWT_SECRET, or give the project signing keys"
)


class SupabaseAuthenticator:
    """Implements `Authenticator`. Belongs to the reactor thread.

    A token that is good stays good here until it expires, even after a logout, unless a watch has noticed that: while a
    socket is open, its grant (a session of Supabase Auth) is looked at every `revocation.INTERVAL_S`, with the newest
    token that was seen for it. Once that has expired and no newer one was shown, nothing more can be asked, and the
    socket goes on as its own rules have it.

    Args:
        reactor: its clock.
        http: asks the project.
        access: of the configuration.
        memberships: asks the store for clinic and role, where the token has none; None: there is no store.
    """

    def __init__(
        self, reactor: Any, http: SupabaseHttp, access: AccessSettings, memberships: Memberships | None = None
    ) -> None:
        self._reactor = reactor
        self._http = http
        self._terms = Terms(issuer=access.issuer, needs_second_factor=access.needs_second_factor)
        self._keyring = Keyring(reactor, http, access.jwt_secret)
        self._clinics = Clinics(reactor, memberships)
        self._revocation = Revocation(reactor, self._look)
        self._seen: Recent[Caller] = Recent(reactor.seconds)
        self._ended: Recent[float] = Recent(reactor.seconds)
        self._vouched: Recent[bool] = Recent(reactor.seconds)

    def start(self) -> None:
        """Begins to fetch what tokens are verified with."""
        self._keyring.start()

    async def verify(self, token: str) -> Caller:
        """Who an access token proves its bearer to be. Errors are those of `Authenticator`."""
        proved = Caller(await self._proved(token), token)
        if self._is_ended(proved.principal):
            raise AuthInvalid
        self._remember(proved)
        return replace(proved, principal=await self._clinics.complete(proved))

    def watch(self, caller: Caller, end: Callable[[], None]) -> Callable[[], None]:
        """Calls `end` once the account, its session, its role or its clinic is gone; see `Authenticator`."""
        principal = caller.principal
        if principal.way != SUPABASE or not principal.grant_id:
            return lambda: None
        if self._is_ended(principal):
            soon = self._reactor.callLater(0, end)
            return lambda: soon.cancel() if soon.active() else None
        return self._revocation.watch(principal, end)

    def problems(self) -> list[str]:
        """Why users would be refused right now."""
        return self._keyring.problems()

    def notes(self) -> list[str]:
        """What the operator should know, though nobody is refused for it."""
        return [ASKED_THERE] if self._keyring.has_none else []

    async def _proved(self, token: str) -> Principal:
        form = read_form(token)
        keys = await self._keyring.keys_for(form)
        if form.algorithm == SECRET_ALGORITHM and self._keyring.has_none:
            return await self._vouched_for(token)
        return verify(token, keys, self._reactor.seconds(), **self._terms)

    async def _vouched_for(self, token: str) -> Principal:
        now = self._reactor.seconds()
        principal = read_unproved(token, now, **self._terms)
        name = hashlib.sha256(token.encode()).hexdigest()
        is_good = self._vouched.get(name)
        if is_good is None:
            account = await ask_for_account(self._http, token, now)
            is_good = account is not None and account.user_id == principal.user_id
            self._vouched.put(name, is_good, now + VOUCHED_S)
        if not is_good:
            raise AuthInvalid
        return principal

    def _remember(self, caller: Caller) -> None:
        """Keeps the newest token of a grant, as long as it is good."""
        principal = caller.principal
        known = self._seen.get(principal.grant_id)
        if known is None or _expiry(known.principal) <= _expiry(principal):
            self._seen.put(principal.grant_id, caller, _expiry(principal))

    def _is_ended(self, principal: Principal) -> bool:
        """Whether a look has found that this token, or a newer one of the same grant, says what is true no more."""
        ended = self._ended.get(principal.grant_id)
        return ended is not None and _expiry(principal) <= ended

    async def _look(self, grant_id: str) -> Judge:
        seen = self._seen.get(grant_id)
        if seen is None:
            return lambda principal: False
        now, shown = self._reactor.seconds(), seen.principal
        account = await ask_for_account(self._http, seen.token, now)
        if account is None:
            self._end(shown)
            return lambda principal: True
        access = account.access
        current = replace(shown, clinic_id=access.clinic_id, role=access.role)
        current = await self._clinics.complete_now(Caller(current, seen.token))
        is_outdated = (shown.clinic_id, shown.role) != (access.clinic_id, access.role)

        def has_lost(principal: Principal) -> bool:
            if not _has_lost(principal, current):
                return False
            if is_outdated:
                self._end(shown)
            elif _expiry(principal) < _expiry(shown):
                self._end(principal)
            return True

        return has_lost

    def _end(self, principal: Principal) -> None:
        """Takes neither this principal's token any more nor an older one of its grant."""
        expires_at = max(_expiry(principal), self._ended.get(principal.grant_id) or 0.0)
        self._ended.put(principal.grant_id, expires_at, expires_at)


def _expiry(principal: Principal) -> float:
    return principal.expires_at or 0.0


def _has_lost(principal: Principal, current: Principal) -> bool:
    """Whether a clinic or a role that was granted is not what it is now; what was gained is for the next token."""
    return any(
        was is not None and was != now
        for was, now in ((principal.clinic_id, current.clinic_id), (principal.role, current.role))
    )
