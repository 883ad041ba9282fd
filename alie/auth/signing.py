"""What the proofs that we issue ourselves have in common: the secret behind them, and how a caller is written into one.

There are two kinds, tickets and ws tokens. Each has a `typ` of its own (RFC 8725, section 3.11), so that neither can be
taken for the other, nor for an access token of Supabase, even where an operator gave all of them one secret.
"""

from __future__ import annotations

import secrets
from typing import Any

import orjson
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from alie.access_settings import AccessSettings
from alie.principal import KEY, SUPABASE, Caller, Principal

REVOCABLE = (SUPABASE, KEY)
"""Only those who proved who they are get a proof of ours in turn."""
FORGED = (JoseError, ValueError, TypeError)
"""What joserfc raises at texts that are no proof, or none of ours. Their texts are never logged: they may quote it."""
KEY_BYTES = 32
MAX_TOKEN_CHARACTERS = 8192


def signing_secret(access: AccessSettings) -> bytes:
    """The configured secret; else one for this process only, so that a restart ends what was issued before it."""
    return access.signing_secret.encode() or secrets.token_bytes(KEY_BYTES)


def derived_key(secret: bytes, label: str) -> bytes:
    """A key for one purpose only (HKDF, RFC 5869): who learns it learns neither the secret nor another purpose's key.

    Args:
        secret: of any length.
        label: names the purpose.
    """
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=label.encode()).derive(secret)


def claimed_type(token: str) -> str | None:
    """The `typ` that a JOSE token claims in its header, which proves nothing; None where it claims none."""
    head, _, rest = token.partition(".")
    if not rest or len(token) > MAX_TOKEN_CHARACTERS:
        return None
    try:
        header = orjson.loads(urlsafe_b64decode(head.encode()))
    except ValueError:
        return None
    found = header.get("typ") if isinstance(header, dict) else None
    return found if isinstance(found, str) else None


def grant_claims(principal: Principal) -> dict[str, Any]:
    """What tells whether the access still stands, and for which clinic: no e-mail, no token."""
    return {
        "way": principal.way,
        "grant": principal.grant_id,
        "clinicId": principal.clinic_id,
        "role": principal.role,
    }


def caller_of(claims: dict[str, Any], user_id: str, expires_at: float | None) -> Caller:
    """The caller that `grant_claims` was written for. Has no access token and no e-mail: none is in any proof of ours.

    Args:
        claims: of a proof whose signature is good.
        user_id: under the name that the kind of proof has for it.
        expires_at: Unix time; None: never.

    Raises:
        ValueError: a claim is missing or is not what we write.
    """
    way, grant_id, clinic_id, role = (claims.get(name) for name in ("way", "grant", "clinicId", "role"))
    if way not in REVOCABLE or not isinstance(grant_id, str):
        raise ValueError("no grant")
    if not all(value is None or isinstance(value, str) for value in (clinic_id, role)):
        raise ValueError("no clinic")
    return Caller(Principal(user_id, way, grant_id, clinic_id, role, expires_at=expires_at))
