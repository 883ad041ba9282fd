"""Keys that verify access tokens, each bound to the one algorithm that it is for (RFC 8725, section 3.1).

A token's own word about its algorithm only selects among keys: an RSA key never verifies an HMAC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from alie.token_form import TokenForm

SECRET_ALGORITHM = "HS256"
MIN_RSA_BITS = 2048
MAX_KEYS = 32
"""Of one key set; Supabase has a handful."""

_KINDS: dict[tuple[object, object], tuple[type[ECKey | OKPKey | RSAKey], str]] = {
    ("EC", "P-256"): (ECKey, "ES256"),
    ("OKP", "Ed25519"): (OKPKey, "EdDSA"),
    ("RSA", None): (RSAKey, "RS256"),
}


class _OneAlgorithm(jws.JWSRegistry):
    """Knows one algorithm; joserfc's own would warn of EdDSA, which is that vendor's name for Ed25519."""

    def __init__(self, name: str) -> None:
        super().__init__(algorithms=[name])
        self._only = self.algorithms[name]

    def get_alg(self, name: str) -> Any:
        """The one, or UnsupportedAlgorithmError."""
        return self._only if name == self._only.name else super().get_alg(name)


_REGISTRIES = {name: _OneAlgorithm(name) for name in (SECRET_ALGORITHM, *(name for _, name in _KINDS.values()))}


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key and what it is for.

    Attributes:
        algorithm: "ES256", "RS256", "EdDSA" or "HS256".
        key_id: `kid`; None for the secret, and for a key that has none.
        key: of joserfc.
    """

    algorithm: str
    key_id: str | None
    key: Key = field(repr=False)

    def has_signed(self, form: TokenForm) -> bool:
        """Whether the signature is by this key, with the algorithm that it is for."""
        try:
            jws.deserialize_compact(form.token, self.key, registry=_REGISTRIES[self.algorithm])
        except (JoseError, ValueError, TypeError):
            return False
        return True


def select(form: TokenForm, keys: Sequence[VerifyingKey]) -> VerifyingKey | None:
    """The one key that may have signed; None where none may, and where it would have to be guessed."""
    bound = [key for key in keys if key.algorithm == form.algorithm]
    # Old projects' tokens name a key that is published nowhere; a secret has no name.
    if form.algorithm != SECRET_ALGORITHM and form.key_id is not None:
        bound = [key for key in bound if key.key_id == form.key_id]
    return bound[0] if len(bound) == 1 else None


def secret_key(secret: str) -> VerifyingKey:
    """The legacy secret of a project.

    Raises:
        ValueError: it is empty, or a public key: nobody must be able to sign with what everybody knows.
    """
    return VerifyingKey(SECRET_ALGORITHM, None, OctKey.import_key(secret.encode()))


def published_keys(key_set: object) -> tuple[VerifyingKey, ...] | None:
    """The keys of a JWK Set (RFC 7517) that may verify a token: public, strong, and for signatures.

    Args:
        key_set: decoded JSON.

    Returns:
        Without those that may not; None where it is no key set at all.
    """
    members = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(members, list):
        return None
    found = (_key(member) for member in members[:MAX_KEYS] if isinstance(member, dict))
    return tuple(key for key in found if key is not None)


def _key(member: dict[str, Any]) -> VerifyingKey | None:
    kind = _KINDS.get((_text(member, "kty"), _text(member, "crv")))
    # A secret that is published is none ("oct" is no kind here), and neither is a private key.
    if kind is None or "d" in member:
        return None
    make, algorithm = kind
    try:
        if member.get("alg", algorithm) != algorithm or member.get("use", "sig") != "sig":
            return None
        if "verify" not in member.get("key_ops", ["verify"]):
            return None
        key = make.import_key(member)
        if isinstance(key, RSAKey) and key.public_key.key_size < MIN_RSA_BITS:
            return None
    except Exception:
        # A member of the wrong type may cause anything.
        return None
    return VerifyingKey(algorithm, _text(member, "kid"), key)


def _text(member: dict[str, Any], name: str) -> str | None:
    value = member.get(name)
    return value if isinstance(value, str) else None
