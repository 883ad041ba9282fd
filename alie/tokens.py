"""Who an access token of Supabase Auth proves its bearer to be.

    form (token_form) -> key (token_keys) -> signature -> claims -> principal

The anon and service keys of a project are tokens too, signed with the legacy secret: a signature alone proves nobody.
Sources: supabase.com/docs/guides/auth/jwt-fields; RFC 7519, section 4.1; RFC 8725
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwt import JWTClaimsRegistry

from alie.errors import AuthExpired, AuthInvalid
from alie.principal import ROLES, SUPABASE, Principal
from alie.token_form import read_form
from alie.token_keys import VerifyingKey, select

AUDIENCE = ROLE = "authenticated"
SECOND_FACTOR = "aal2"
"""Authenticator assurance level of whoever showed a second factor (supabase.com/docs/guides/auth/auth-mfa)."""
SKEW_S = 30
"""How far Supabase's clock may be ahead of ours."""
MAX_LIFETIME_S = 30 * 86_400
"""Supabase recommends an hour; what lives longer than this is no access token."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


class Terms(TypedDict):
    """What every token of a project has to be; the arguments of `verify` and `read_unproved` that never change."""

    issuer: str
    needs_second_factor: bool


@dataclass(frozen=True, slots=True)
class Access:
    """What a user is in a clinic.

    Attributes:
        clinic_id: uuid; None where nothing says.
        role: one of `alie.principal.ROLES`; None where nothing says.
    """

    clinic_id: str | None = None
    role: str | None = None


def verify(
    token: str, keys: Sequence[VerifyingKey], now: float, *, issuer: str, needs_second_factor: bool = False
) -> Principal:
    """Verifies signature and claims. Takes well under a millisecond.

    Args:
        token: as it came.
        keys: of the project.
        now: Unix time.
        issuer: the project's.
        needs_second_factor: whether a sign-in by one factor proves nothing.

    Raises:
        AuthInvalid: it proves nothing.
        AuthExpired: nothing is wrong with it but its age.
    """
    form = read_form(token)
    key = select(form, keys)
    if key is None or not key.has_signed(form):
        raise AuthInvalid
    return _principal(form.claims(), now, issuer, needs_second_factor)


def read_unproved(token: str, now: float, *, issuer: str, needs_second_factor: bool = False) -> Principal:
    """The same without the signature, for a token that Supabase itself must then vouch for. Errors as of `verify`."""
    return _principal(read_form(token).claims(), now, issuer, needs_second_factor)


def access_in(app_metadata: object) -> Access:
    """What `app_metadata` says, which only the project's administrators can write; what is not understood there says
    nothing."""
    if not isinstance(app_metadata, dict):
        return Access()
    role = app_metadata.get("role")
    is_known = isinstance(role, str) and role in ROLES
    return Access(_uuid(app_metadata.get("clinic_id")), role if is_known else None)


def _principal(claims: dict[str, Any], now: float, issuer: str, needs_second_factor: bool) -> Principal:
    _check(claims, now, issuer)
    if needs_second_factor and claims.get("aal") != SECOND_FACTOR:
        raise AuthInvalid
    user_id, session_id = _uuid(claims["sub"]), _uuid(claims.get("session_id"))
    app_metadata, email = claims.get("app_metadata"), claims.get("email")
    if user_id is None or session_id is None or not isinstance(app_metadata, dict | None):
        raise AuthInvalid
    _check_age(claims, now)
    access = access_in(app_metadata)
    email = email if isinstance(email, str) and email else None
    return Principal(user_id, SUPABASE, session_id, access.clinic_id, access.role, email, float(claims["exp"]))


def _check(claims: dict[str, Any], now: float, issuer: str) -> None:
    registry = JWTClaimsRegistry(
        now=int(now),
        leeway=SKEW_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate({name: value for name, value in claims.items() if name != "exp"})
    except JoseError:
        raise AuthInvalid from None
    # Compared by type as well: a list that contains the role is not the role, and 0 is not False.
    if claims.get("role") != ROLE or claims.get("is_anonymous", False) is not False:
        raise AuthInvalid


def _check_age(claims: dict[str, Any], now: float) -> None:
    """Last of all, so that only a token that is good otherwise is called expired."""
    issued, ends = claims["iat"], claims.get("exp", 0)
    try:
        JWTClaimsRegistry(now=int(now), exp={"essential": True}).validate({"exp": ends})
        is_expired = False
    except ExpiredTokenError:
        is_expired = True
    except JoseError:
        raise AuthInvalid from None
    if not 0 < issued < ends <= now + MAX_LIFETIME_S:
        raise AuthInvalid
    if is_expired:
        raise AuthExpired


def _uuid(value: object) -> str | None:
    text = value.lower() if isinstance(value, str) else ""
    return text if _UUID.fullmatch(text) else None
