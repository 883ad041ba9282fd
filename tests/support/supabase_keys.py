"""Keys that sign access tokens in tests: real ones, of every kind that Supabase knows and of some that it does not."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

KINDS = ("ES256", "RS256", "EdDSA")


@dataclass(frozen=True)
class SigningKey:
    """A key with its name and its algorithm.

    Attributes:
        algorithm: "ES256", "RS256", "EdDSA" or "HS256".
        key_id: `kid`.
        key: of joserfc, with its private part.
    """

    algorithm: str
    key: Key = field(repr=False)
    key_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def header(self) -> dict[str, Any]:
        """As Supabase writes it."""
        return {"alg": self.algorithm, "kid": self.key_id, "typ": "JWT"}

    @property
    def published(self) -> dict[str, Any]:
        """As it stands in a key set."""
        return {
            **self.key.as_dict(private=False),
            "kid": self.key_id,
            "alg": self.algorithm,
            "use": "sig",
            "key_ops": ["verify"],
        }

    def sign(self, payload: bytes, header: dict[str, Any] | None = None) -> str:
        """Signs whatever it is given; `header` instead of the key's own."""
        return sign(payload, self.key, header or self.header)


class _Anything(jws.JWSRegistry):
    """Signs with any header, also one that nobody should accept."""

    def check_header(self, header: dict[str, Any]) -> None:
        """Everything is allowed."""

    def get_alg(self, name: str) -> Any:
        """Everything is known."""
        return self.algorithms[name]


def sign(payload: bytes, key: Key | None, header: dict[str, Any]) -> str:
    """Signs with the algorithm that the header names."""
    return jws.serialize_compact(header, payload, key, registry=_Anything())


def payload_of(token: str, key: SigningKey) -> bytes | None:
    """What was signed; None if not by this key."""
    try:
        return jws.deserialize_compact(token, key.key, registry=_Anything()).payload
    except (JoseError, ValueError):
        return None


def new_key(kind: str) -> SigningKey:
    """A new key of one of `KINDS`; of RSA the same each time, since making one takes long."""
    return SigningKey(kind, _rsa() if kind == "RS256" else _new(kind))


def secret(text: str) -> SigningKey:
    """The legacy secret of a project, which is published nowhere."""
    return SigningKey("HS256", OctKey.import_key(text.encode()))


def weak_rsa() -> RSAKey:
    """A key that is too short."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RSAKey.generate_key(1024)


def _new(kind: str) -> Key:
    return ECKey.generate_key("P-256") if kind == "ES256" else OKPKey.generate_key("Ed25519")


@cache
def _rsa() -> RSAKey:
    return RSAKey.generate_key(2048)
