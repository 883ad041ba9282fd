"""Tickets: what lets pages dictate that send a token with every REST call, and none on the socket.

A ticket is an encrypted JWT (RFC 7519; direct encryption by AES-256-GCM, RFC 7518, section 4.5) in a cookie.
Encrypted and not only signed, since cookies end up in places that tokens do not, such as a proxy's log or the HAR file
of a support case, where the ids of a user and a clinic are nobody's business; in joserfc it is one call either way.
It holds all that is to be known of its bearer: nothing is kept in memory, and each daemon with the same secret takes
the others' tickets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from joserfc import jwt
from joserfc.jwe import JWERegistry
from joserfc.jwk import OctKey

from alie.auth.signing import FORGED, REVOCABLE, caller_of, derived_key, grant_claims
from alie.errors import AlieError, AuthExpired, AuthInvalid, AuthRequired
from alie.principal import Caller

COOKIE = "__Host-alie_ticket"
"""The prefix makes browsers refuse it from any other host and without TLS (RFC 6265bis, section 4.1.3.2)."""
TYPE = "alie-ticket+jwt"
AUDIENCE = "alie-socket"
KEY_LIFE_S = 43_200
"""Of a ticket earned by an access key, which itself does not expire: a working day."""
MAX_TRIED = 4
"""Tickets in one request that are looked at; a browser sends one, or two where one of them is not partitioned."""
_HEADER = {"alg": "dir", "enc": "A256GCM", "typ": TYPE}
_REGISTRY = JWERegistry(algorithms=["dir", "A256GCM"])
# `Partitioned` has browsers send it from the page's site although they block third-party cookies. What a page of
# another site earns is in another partition, and is not sent from this one (CHIPS, developer.mozilla.org).
_ATTRIBUTES = "Path=/; Max-Age={age}; HttpOnly; Secure; SameSite=None; Partitioned"


class SignedTickets:
    """Implements `Tickets`.

    Args:
        secret: shared by the daemons that take each other's tickets.
        now: Unix time, in seconds.
        key_life_s: how long a ticket lives whose bearer's access does not expire.
    """

    def __init__(self, secret: bytes, now: Callable[[], float], key_life_s: int = KEY_LIFE_S) -> None:
        self._key = OctKey.import_key(derived_key(secret, TYPE))
        self._now = now
        self._key_life_s = key_life_s

    def issue(self, caller: Caller) -> str | None:
        """See `Tickets.issue`."""
        principal, now = caller.principal, int(self._now())
        age = self._key_life_s if principal.expires_at is None else int(principal.expires_at) - now
        if principal.way not in REVOCABLE or age <= 0:
            return None
        claims = {"aud": AUDIENCE, "sub": principal.user_id, "exp": now + age, **grant_claims(principal)}
        value = jwt.encode(_HEADER, claims, self._key, registry=_REGISTRY)
        return f"{COOKIE}={value}; {_ATTRIBUTES.format(age=age)}"

    def redeem(self, cookie_header: str) -> Caller:
        """See `Tickets.redeem`. Where there are several tickets, any good one will do."""
        refusal: AlieError = AuthRequired()
        for count, value in enumerate(_tickets(cookie_header)):
            if count == MAX_TRIED:
                break
            try:
                return self._caller(value)
            except AuthExpired as error:
                refusal = error
            except AuthInvalid as error:
                refusal = refusal if isinstance(refusal, AuthExpired) else error
        raise refusal

    def _caller(self, value: str) -> Caller:
        try:
            token = jwt.decode(value, self._key, registry=_REGISTRY)
            user_id, expires_at = token.claims.get("sub"), token.claims.get("exp")
            if token.header.get("typ") != TYPE or token.claims.get("aud") != AUDIENCE:
                raise AuthInvalid
            if not isinstance(user_id, str) or not isinstance(expires_at, int):
                raise AuthInvalid
            caller = caller_of(token.claims, user_id, float(expires_at))
        except FORGED:
            raise AuthInvalid from None
        if expires_at <= self._now():
            raise AuthExpired
        return caller


def _tickets(cookie_header: str) -> Iterator[str]:
    """The values of all cookies of our name (RFC 6265, section 4.2.1), whatever else the header has."""
    for pair in cookie_header.split(";"):
        name, _, value = pair.partition("=")
        if name.strip() == COOKIE:
            yield value.strip().strip('"')
