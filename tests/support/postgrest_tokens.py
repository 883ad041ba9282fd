"""Whom PostgREST believes a token to be, and what the gateway before it asks for.

Sources: docs.postgrest.org/en/v14/references/auth.html; supabase.com/docs/guides/api/api-keys
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from tests.support.postgrest_errors import GatewayRefused, bad_token

ALGORITHMS = ["HS256", "ES256", "RS256"]
SKEW_S = 30
ANONYMOUS = "anon"

Keys = OctKey | KeySet


class Doorkeeper:
    """Reads the claims out of a request's headers.

    Args:
        keys: gives what tokens are signed with now: the secret of an old project, or its key set.
        api_keys: which the gateway takes; the first is the public one.
        now: Unix time.
    """

    def __init__(
        self, keys: Callable[[], Keys], api_keys: tuple[str, ...], now: Callable[[], float] = time.time
    ) -> None:
        self._keys = keys
        self._api_keys = api_keys
        self._now = now

    def claims(self, headers: Mapping[str, str]) -> dict[str, Any]:
        """The claims to be set for the request, with at least `role`. Raises Refused."""
        api_key = headers.get("apikey", "")
        if not api_key:
            raise GatewayRefused("No API key found in request", "No `apikey` request header or url param was found.")
        if api_key not in self._api_keys:
            raise GatewayRefused("Invalid API key", "Double check your Supabase `anon` or `service_role` API key.")
        scheme, _, token = headers.get("authorization", "").partition(" ")
        # A publishable key is no JWT: the gateway takes it as a bearer where it is the apikey as well.
        if scheme.lower() != "bearer" or token == api_key:
            return {"role": ANONYMOUS}
        claims = self._verified(token.strip())
        return {"role": ANONYMOUS, **claims}

    def _verified(self, token: str) -> dict[str, Any]:
        if not token:
            raise bad_token("PGRST301", "Empty JWT is sent in Authorization header")
        parts = token.count(".") + 1
        if parts != 3:
            raise bad_token("PGRST301", f"Expected 3 parts in JWT; got {parts}")
        try:
            claims = jwt.decode(token, self._keys(), algorithms=ALGORITHMS).claims
        except (JoseError, ValueError):
            raise bad_token("PGRST301", "No suitable key or wrong key type") from None
        if claims.get("exp", self._now()) < self._now() - SKEW_S:
            raise bad_token("PGRST303", "JWT expired")
        if claims.get("nbf", 0) > self._now() + SKEW_S:
            raise bad_token("PGRST303", "JWT not yet valid")
        return dict(claims)
