"""What an access key looks like: `alie_<id>_<secret>`, both parts in the letters and digits of Base32.

The id is no secret: lists, logs and revocations name the key by it. The secret is 256 random bits, so one SHA-256 of
it is all that is kept: a slow hash makes guessing dear where people choose the text, and nobody guesses 256 bits; it
would only make every request dear. No character of a key ends a double click, or means anything to a shell or a URL.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field

PREFIX = "alie_"
ID_BYTES = 5
SECRET_BYTES = 32
_FORM = re.compile(r"alie_([a-z2-7]{8})_([a-z2-7]{52})")


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key as far as it may be kept.

    Attributes:
        key_id: eight characters.
        digest: SHA-256 of the secret, in hexadecimal.
    """

    key_id: str
    digest: str = field(repr=False)


def mint() -> tuple[str, AccessKey]:
    """A new key: the text, which is shown once and kept nowhere, and what is kept."""
    key_id, secret = _base32(secrets.token_bytes(ID_BYTES)), _base32(secrets.token_bytes(SECRET_BYTES))
    return f"{PREFIX}{key_id}_{secret}", AccessKey(key_id, _digest(secret))


def read(token: str) -> AccessKey | None:
    """What a text that looks like a key would be kept as; None where it does not."""
    found = _FORM.fullmatch(token)
    return AccessKey(found[1], _digest(found[2])) if found else None


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
