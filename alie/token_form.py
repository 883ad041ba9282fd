"""The outer form of an access token: JWS compact serialisation and nothing else, read strictly before any key is tried.

Supabase writes `alg`, `kid` and `typ` into the header and nothing more. Whatever else may stand there tells a verifier
to fetch keys, to unpack, or to read differently (RFC 8725, sections 3.1, 3.9, 3.10): none of it is followed, so none of
it is taken.
Source: RFC 7515, sections 3.1, 4.1 and 5.2
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

from alie.errors import AuthInvalid

MAX_TOKEN_CHARACTERS = 16_384
MAX_HEADER_CHARACTERS = 512
MAX_KEY_ID_CHARACTERS = 128

_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_HEADER_NAMES = frozenset({"alg", "kid", "typ"})


@dataclass(frozen=True, slots=True)
class TokenForm:
    """A token whose outer form is good. Nothing in it is proved.

    Attributes:
        algorithm: that the header claims.
        key_id: that the header claims; None where it claims none.
        token: all of it.
        payload: its middle part, decoded.
    """

    algorithm: str
    key_id: str | None
    token: str = field(repr=False)
    payload: bytes = field(repr=False)

    def claims(self) -> dict[str, Any]:
        """The claims, to be believed only once the signature has been verified.

        Raises:
            AuthInvalid: the payload is no JSON object, or names something twice.
        """
        return _json_object(self.payload)


def read_form(token: str) -> TokenForm:
    """Reads the outer form.

    Raises:
        AuthInvalid: it is not what Supabase writes.
    """
    parts = _FORM.fullmatch(token) if len(token) <= MAX_TOKEN_CHARACTERS else None
    if parts is None or len(parts[1]) > MAX_HEADER_CHARACTERS:
        raise AuthInvalid
    header, payload, _ = (_decoded(part) for part in parts.groups())
    fields = _json_object(header)
    algorithm, key_id = fields.get("alg"), fields.get("kid")
    if not fields.keys() <= _HEADER_NAMES or not isinstance(algorithm, str) or fields.get("typ", "JWT") != "JWT":
        raise AuthInvalid
    if "kid" in fields and not (isinstance(key_id, str) and 0 < len(key_id) <= MAX_KEY_ID_CHARACTERS):
        raise AuthInvalid
    return TokenForm(algorithm, key_id, token, payload)


def _decoded(part: str) -> bytes:
    """Base64url without padding, of which each text has one form only: a token cannot be dressed as another."""
    try:
        octets = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise AuthInvalid from None
    if base64.urlsafe_b64encode(octets).rstrip(b"=") != part.encode():
        raise AuthInvalid
    return octets


def _json_object(octets: bytes) -> dict[str, Any]:
    try:
        value = json.loads(octets.decode(), object_pairs_hook=_without_repeats, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise AuthInvalid from None
    if not isinstance(value, dict):
        raise AuthInvalid
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name said twice, two readers may believe different ones (RFC 8725, section 2.4)."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("repeated")
    return fields


def _no_number(name: str) -> Any:
    raise ValueError("no number")
