"""Settings of who may speak: Supabase, ws tokens, tickets, trusted origins."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from alie.origins import host_of, is_loopback
from alie.settings import Settings

MIN_SECRET_CHARACTERS = 16
_SERVICE_RULE = "holds a service key, which passes every policy: set the anon or publishable key"


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Who may speak.

    Attributes:
        is_token_owed: whether a WebSocket must present proof (`WS_REQUIRE_AUTH`).
        is_rest_token_owed: the same for REST (`AUTH_REQUIRED`).
        supabase_url: without a trailing slash; empty: no Supabase, and access keys are what proves.
        anon_key: the public key of the Supabase project.
        jwt_secret: signs access tokens in old projects (HS256); empty: there is none.
        signing_secret: signs ws tokens and tickets; empty: one is made at start, good for this process only.
        takes_token_in_url: whether `?ws_token=` is taken.
        needs_second_factor: whether access tokens prove nothing whose user showed one factor only.
        trusts_origin: whether a page of a configured origin is let in without any token.
    """

    is_token_owed: bool = False
    is_rest_token_owed: bool = False
    supabase_url: str = ""
    anon_key: str = field(default="", repr=False)
    jwt_secret: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    takes_token_in_url: bool = False
    trusts_origin: bool = False
    needs_second_factor: bool = False

    @property
    def issuer(self) -> str:
        """The `iss` of Supabase's access tokens."""
        return f"{self.supabase_url}/auth/v1"


def read_access(settings: Settings) -> AccessSettings:
    """Asks for every name of `AccessSettings`; what is wrong is kept in `settings.complaints`."""
    supabase_url = settings.url("SUPABASE_URL", _is_http_url, "must be an https:// URL").rstrip("/")
    return AccessSettings(
        is_token_owed=settings.boolean("WS_REQUIRE_AUTH", bool(supabase_url)),
        is_rest_token_owed=settings.boolean("AUTH_REQUIRED", bool(supabase_url)),
        supabase_url=supabase_url,
        anon_key=_anon_key(settings),
        jwt_secret=_secret(settings, "SUPABASE_JWT_SECRET"),
        signing_secret=_secret(settings, "WS_JWT_SECRET") or _secret(settings, "JWT_SECRET"),
        takes_token_in_url=settings.boolean("ALIE_WS_TOKEN_IN_URL", False),
        trusts_origin=settings.boolean("ALIE_WS_ORIGIN_TRUST", False),
        needs_second_factor=_needs_second_factor(settings, bool(supabase_url)),
    )


def _needs_second_factor(settings: Settings, has_users: bool) -> bool:
    is_wanted = settings.boolean("ALIE_REQUIRE_MFA", False)
    if is_wanted and not has_users:
        settings.complain("ALIE_REQUIRE_MFA", "needs SUPABASE_URL: an access key is one factor")
    return is_wanted


def _secret(settings: Settings, name: str) -> str:
    value = settings.text(name)
    if value and len(value) < MIN_SECRET_CHARACTERS:
        settings.complain(name, f"must have {MIN_SECRET_CHARACTERS} characters or more")
    return value


def _anon_key(settings: Settings) -> str:
    key = settings.text("SUPABASE_ANON_KEY")
    if key.startswith("sb_secret_") or _role_in(key) == "service_role":
        settings.complain("SUPABASE_ANON_KEY", _SERVICE_RULE)
        return ""
    return key


def _role_in(key: str) -> object:
    """The role that a key in the form of a JWT claims; None where it is no JWT."""
    parts = key.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    return claims.get("role") if isinstance(claims, dict) else None


def _is_http_url(text: str) -> bool:
    host = host_of(text)
    scheme = urlsplit(text).scheme if host else ""
    return host is not None and (scheme == "https" or (scheme == "http" and is_loopback(host)))
