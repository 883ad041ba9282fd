"""Which settings are secrets. Pure."""

from __future__ import annotations

import re

_SECRET = re.compile(r"KEY|SECRET|TOKEN|PASSW|CREDENTIAL|DATABASE_URL")
_OPEN = frozenset(
    {"ALIE_TLS_KEY", "ALIE_WS_TOKEN_IN_URL", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SHARED_CREDENTIALS_FILE"}
)
"""Names that sound like secrets, but hold a file's name or a yes."""
_USER = re.compile(r"(?<=//)[^/@\s]*@")


def is_secret(name: str) -> bool:
    """Whether what a name holds must not be shown. What sounds like a secret is one, unless it is known not to be."""
    return name not in _OPEN and _SECRET.search(name) is not None


def without_user(text: str) -> str:
    """A text without the user names and passwords of its URLs."""
    return _USER.sub("…@", text)
