"""A project's keys in the hands of somebody who makes tokens of every kind with them, and with others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Any

from joserfc.jwk import Key

from alie.token_keys import VerifyingKey, published_keys, secret_key
from tests.support.supabase_keys import SigningKey, new_key, secret, sign

NOW = 1_800_000_000.4
ISSUER = "https://abcdefghijklmnop.supabase.co/auth/v1"
SECRET = "a-secret-of-an-old-project-0123456789"
USER, SESSION = "7f1d9f0c-52b1-4d7e-9a53-0c1f6f0c2a01", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
CLINIC = "33333333-3333-4333-8333-333333333333"


def b64(octets: bytes) -> str:
    """As in a token."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def claims(*, without: Collection[str] = (), **changes: Any) -> dict[str, Any]:
    """As Supabase writes them, with changes."""
    made = {
        "iss": ISSUER,
        "sub": USER,
        "aud": "authenticated",
        "exp": int(NOW) + 3600,
        "iat": int(NOW) - 60,
        "email": "anne@clinic.test",
        "phone": "",
        "app_metadata": {"provider": "email", "role": "physician", "clinic_id": CLINIC},
        "user_metadata": {},
        "role": "authenticated",
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": int(NOW) - 60}],
        "session_id": SESSION,
        "is_anonymous": False,
        **changes,
    }
    return {name: value for name, value in made.items() if name not in without}


class Forge:
    """Has the project's own keys: one of each algorithm, and the legacy secret."""

    def __init__(self) -> None:
        self.es, self.rs, self.ed = new_key("ES256"), new_key("RS256"), new_key("EdDSA")
        self.legacy = secret(SECRET)
        self.keys: tuple[VerifyingKey, ...] = (*(self._published()), secret_key(SECRET))

    def _published(self) -> tuple[VerifyingKey, ...]:
        keys = published_keys({"keys": [key.published for key in (self.es, self.rs, self.ed)]})
        assert keys is not None
        return keys

    def good(self, key: SigningKey | None = None, *, without: Collection[str] = (), **changes: Any) -> str:
        """A token of the project, with other claims."""
        return (key or self.es).sign(json.dumps(claims(without=without, **changes)).encode())

    def text(self, payload: str) -> str:
        """A token of the project with a payload that no serialiser would write."""
        return self.es.sign(payload.encode())

    def headed(self, key: SigningKey | None = None, *, without: Collection[str] = (), **changes: Any) -> str:
        """A token of the project with another header."""
        key = key or self.es
        header = {name: value for name, value in {**key.header, **changes}.items() if name not in without}
        return key.sign(json.dumps(claims()).encode(), header)

    def by(self, key: Key, **header: Any) -> str:
        """Good claims under any key."""
        return sign(json.dumps(claims()).encode(), key, {"typ": "JWT", **header})

    def unsigned(self, header: str | dict[str, Any], signature: bytes = b"") -> str:
        """Good claims under any header, with any octets for a signature."""
        text = header if isinstance(header, str) else json.dumps(header)
        return f"{b64(text.encode())}.{b64(json.dumps(claims()).encode())}.{b64(signature)}"

    def hmac(self, key: bytes, **header: Any) -> str:
        """Good claims, signed with octets that are no secret."""
        head = self.unsigned({"alg": "HS256", "typ": "JWT", **header})[:-1]
        return f"{head}.{b64(hmac.digest(key, head.encode(), hashlib.sha256))}"


@dataclass(frozen=True)
class Row:
    """A token, what is special about it, and what is said of it.

    Attributes:
        name: of the attack.
        make: makes the token.
        code: of the error.
    """

    name: str
    make: Callable[[Forge], str]
    code: str = "AUTH_INVALID"


@cache
def forge() -> Forge:
    """One for all tests: keys take time."""
    return Forge()
