"""ws tokens: 60 s, single use, for a socket whose client would rather not, or cannot, send its access token there.

The form is the contract's, so that what already reads it goes on to: a JWT signed with HS256 under the operator's own
secret, with `userId`, `userEmail`, `type`, `iat` and `exp`. Ours add `jti`, without which none is taken, and what tells
whether the access still stands. The access token itself is not in it, and `userEmail` is always empty: such a token may
stand in a URL, and so in the log of whatever proxy there is.

Single use is of one daemon: several with one secret take each other's tokens, each of them once. Whoever runs several,
and needs more, has to send a client's request for a token and its socket to the same one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry

from alie.auth.signing import FORGED, REVOCABLE, caller_of, claimed_type, grant_claims
from alie.errors import AuthExpired, AuthInvalid, AuthServiceError, RateLimited
from alie.principal import Caller

TYPE = "alie-ws+jwt"
CLAIMED = "ws_token"
LIFE_S = 60
SKEW_S = 30
"""How far the clock of another daemon may be ahead of ours."""
CAPACITY = 20_000
"""Used tokens that are remembered, some 4 MB: more than two hundred sockets a second."""
_HEADER = {"alg": "HS256", "typ": TYPE}
_REGISTRY = JWSRegistry(algorithms=["HS256"])


def is_ws_token(token: str) -> bool:
    """Whether a token claims to be one of ours, which proves nothing."""
    return claimed_type(token) == TYPE


class WsTokenBook:
    """Implements `WsTokens`, and remembers which were used for as long as they would be good.

    Args:
        secret: signs them.
        now: Unix time, in seconds.
        capacity: how many used ones are remembered. Where that is reached, none is issued and none taken: to forget
            one would let it in twice.
    """

    def __init__(self, secret: bytes, now: Callable[[], float], capacity: int = CAPACITY) -> None:
        self._key = OctKey.import_key(secret)
        self._now = now
        self._capacity = capacity
        self._used: dict[str, float] = {}  # jti -> when it may be forgotten, in that order

    def issue(self, caller: Caller) -> str:
        """See `WsTokens.issue`.

        Raises:
            RateLimited: more were used within a minute than can be remembered.
            ValueError: the caller has proved nothing, and so no token could stand for it.
        """
        principal, now = caller.principal, int(self._now())
        if principal.way not in REVOCABLE:
            raise ValueError("a ws token is for callers who have proved who they are")
        if self._is_full():
            raise RateLimited(retry_after_s=LIFE_S)
        claims: dict[str, Any] = {
            "userId": principal.user_id,
            "userEmail": "",
            "type": CLAIMED,
            "iat": now,
            "exp": now + LIFE_S,
            "jti": secrets.token_urlsafe(16),
            "until": None if principal.expires_at is None else int(principal.expires_at),
            **grant_claims(principal),
        }
        return jwt.encode(_HEADER, claims, self._key, registry=_REGISTRY)

    def redeem(self, token: str) -> Caller:
        """See `WsTokens.redeem`. The caller's access expires when that of the token which earned this one does.

        Raises:
            AuthServiceError: more were used within a minute than can be remembered.
        """
        try:
            claims = self._claims(token)
            caller = caller_of(claims, claims["userId"], claims.get("until"))
        except FORGED:
            raise AuthInvalid from None
        now, jti = self._now(), claims["jti"]
        if min(claims["exp"], claims.get("until") or claims["exp"]) <= now:
            raise AuthExpired
        if claims["exp"] > now + LIFE_S + SKEW_S:
            raise AuthInvalid
        if self._is_full():
            raise AuthServiceError
        if jti in self._used:
            raise AuthInvalid
        self._used[jti] = now + LIFE_S + SKEW_S
        return caller

    def _claims(self, token: str) -> dict[str, Any]:
        decoded = jwt.decode(token, self._key, registry=_REGISTRY)
        claims = decoded.claims
        if decoded.header.get("typ") != TYPE or claims.get("type") != CLAIMED:
            raise ValueError("another kind")
        if not all(isinstance(claims.get(name), str) for name in ("userId", "jti")):
            raise ValueError("incomplete")
        if not isinstance(claims.get("exp"), int) or not isinstance(claims.get("until"), int | None):
            raise ValueError("no time")
        return claims

    def _is_full(self) -> bool:
        now = self._now()
        while self._used and next(iter(self._used.values())) <= now:
            del self._used[next(iter(self._used))]
        return len(self._used) >= self._capacity
