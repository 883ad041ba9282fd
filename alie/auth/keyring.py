"""The keys of a Supabase project: its legacy secret, and those that it publishes, fetched when they are needed.

Supabase's own caches keep a key set for ten minutes, and so do its clients; a key that is revoked must be gone by then.
Source: supabase.com/docs/guides/auth/signing-keys
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from alie.errors import AuthServiceError
from alie.supabase import SupabaseHttp, SupabaseUnreachable
from alie.token_form import TokenForm
from alie.token_keys import SECRET_ALGORITHM, VerifyingKey, published_keys, secret_key

KEY_SET_PATH = "/auth/v1/.well-known/jwks.json"
KEPT_S = 600
"""No key is used for longer than this after it was fetched."""
FRESH_S = 300
"""Older ones are fetched anew when they are used; meanwhile they are good, and so they are while that fails."""
REFETCH_S = 30
"""Between two fetches for names that are not known: they may be anybody's invention."""
RETRY_S = 5
"""Between two fetches while they fail."""

NO_KEYS = "Supabase Auth does not tell its signing keys: nobody can sign in"


class Keyring:
    """Gives the keys that may have signed a token. Belongs to the reactor thread.

    Args:
        reactor: its clock.
        http: asks the project.
        secret: its legacy secret; empty: it has none, or we are not told.
    """

    _log = Logger()

    def __init__(self, reactor: IReactorTime, http: SupabaseHttp, secret: str) -> None:
        self._reactor = reactor
        self._http = http
        self._secret = (secret_key(secret),) if secret else ()
        self._published: tuple[VerifyingKey, ...] = ()
        self._fetched_at: float | None = None
        self._asked_at: float | None = None
        self._sought_at: float | None = None
        self._has_failed = False
        self._waiting: list[Deferred[None]] | None = None

    @property
    def has_none(self) -> bool:
        """Whether the project publishes no keys and we have no secret: then only Supabase itself can verify a token."""
        return not self._secret and self._is_kept() and not self._published

    def start(self) -> None:
        """Begins to fetch, so that the first user need not wait."""
        self._fetch()

    async def keys_for(self, form: TokenForm) -> tuple[VerifyingKey, ...]:
        """Keys among which the token's is, if it is one of the project's.

        Raises:
            AuthServiceError: it cannot be told now.
        """
        if form.algorithm == SECRET_ALGORITHM and self._secret:
            return self._secret
        if not self._is_kept() and (not self._has_failed or self._may_ask(RETRY_S)):
            await self._fetched()
            self._sought_at = self._sought_at if self._knows(form) else self._asked_at
        if self._is_kept() and not self._knows(form) and self._may_seek():
            await self._fetched()
            self._sought_at = self._asked_at
        if not self._is_kept() or (self._has_failed and not self._knows(form)):
            raise AuthServiceError
        if self._age() >= FRESH_S and self._may_ask(RETRY_S):
            self._fetch()
        return self._published

    def problems(self) -> list[str]:
        """Why tokens would be refused right now. Asks again, where that is due: nobody else may come to ask."""
        if not self._has_failed or self._is_kept():
            return []
        if self._may_ask(RETRY_S):
            self._fetch()
        return [NO_KEYS]

    def _knows(self, form: TokenForm) -> bool:
        """Whether nothing would be gained by fetching: HMACs are by no published key."""
        is_named = form.algorithm != SECRET_ALGORITHM and form.key_id is not None
        return not is_named or any(key.key_id == form.key_id for key in self._published)

    def _age(self) -> float:
        return self._reactor.seconds() - self._fetched_at if self._fetched_at is not None else KEPT_S

    def _is_kept(self) -> bool:
        return self._age() < KEPT_S

    def _may_ask(self, interval_s: float) -> bool:
        """Whether the last fetch began long enough ago; one under way may always be waited for."""
        if self._waiting is not None or self._asked_at is None:
            return True
        return self._reactor.seconds() - self._asked_at >= interval_s

    def _may_seek(self) -> bool:
        """Whether a name that is not known may be asked for. Only such fetches count, and not those of every day: a key
        may have been made a moment after one of them."""
        if self._has_failed or self._waiting is not None:
            return self._may_ask(RETRY_S)
        return self._sought_at is None or self._reactor.seconds() - self._sought_at >= REFETCH_S

    def _fetched(self) -> Deferred[None]:
        """Fires, always with None, when the fetch that is under way or begins now has ended."""
        done: Deferred[None] = Deferred()
        self._fetch(done)
        return done

    def _fetch(self, done: Deferred[None] | None = None) -> None:
        is_under_way = self._waiting is not None
        if self._waiting is None:
            self._waiting = []
        if done is not None:
            self._waiting.append(done)
        if is_under_way:
            return
        self._asked_at = self._reactor.seconds()
        Deferred.fromCoroutine(self._ask()).addErrback(self._fault).addCallback(self._tell)

    async def _ask(self) -> None:
        asked_at = self._reactor.seconds()
        try:
            answer = await self._http.request("GET", KEY_SET_PATH, token=None)
        except SupabaseUnreachable as error:
            self._has_failed = True
            self._log.warn(
                "Supabase Auth did not tell its signing keys: {name}", event="auth.signing_keys", name=error.name
            )
            return
        keys = published_keys(answer.body) if answer.status == 200 else None
        if keys is None:
            self._has_failed = True
            self._log.warn(
                "Supabase Auth answered {status} for its signing keys", event="auth.signing_keys", status=answer.status
            )
            return
        self._published, self._fetched_at, self._has_failed = keys, asked_at, False

    def _fault(self, failure: Failure) -> None:
        self._has_failed = True
        self._log.error(
            "Signing keys could not be read: {name}",
            event="auth.signing_keys",
            name=failure.type.__name__ if failure.type else "",
        )

    def _tell(self, _: None) -> None:
        waiting, self._waiting = self._waiting or [], None
        for done in waiting:
            done.callback(None)
