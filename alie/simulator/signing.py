"""Verifies presigned requests: Signature Version 4 in the query, worked out anew from what came over the wire.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import calendar
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote, unquote

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "transcribe"
SKEW_S = 300
LONGEST_EXPIRY_S = 300
EMPTY_HASH = hashlib.sha256(b"").hexdigest()
AUTHENTICATION = {
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
}
SecretOf = Callable[[str], "tuple[str, str | None] | None"]


class NotAuthentic(Exception):
    """A request that must be answered with 403.

    Args:
        exception_type: the service's name for it.
        message: the service's sentence; holds neither keys nor signatures.
    """

    def __init__(self, exception_type: str, message: str) -> None:
        super().__init__(message)
        self.exception_type = exception_type


def verify_query(
    path: str, query: str, host: str, *, region: str, now_s: float, secret_of: SecretOf
) -> Mapping[str, str]:
    """Verifies a presigned GET.

    Args:
        path: as it was requested.
        query: as it was requested, still encoded.
        host: the Host header, as it was sent.
        region: the one that the credential must be scoped to.
        now_s: seconds since 1970.
        secret_of: gives the secret and the session token of an access key.

    Returns:
        The parameters that are not about the signature.

    Raises:
        NotAuthentic: any of it is wrong.
    """
    pairs = [_pair(part) for part in query.split("&") if part]
    given = dict(pairs)
    if len(given) != len(pairs):
        raise NotAuthentic("InvalidSignatureException", "A parameter is given more than once.")
    missing = AUTHENTICATION - {"X-Amz-Security-Token"} - given.keys()
    if missing:
        raise NotAuthentic("IncompleteSignatureException", f"Authorization needs {', '.join(sorted(missing))}.")
    if (given["X-Amz-Algorithm"], given["X-Amz-SignedHeaders"]) != (ALGORITHM, "host"):
        raise NotAuthentic("IncompleteSignatureException", f"It must be {ALGORITHM} over the header host.")
    key_id, scope = _scope(given, region)
    _check_time(given, now_s)
    known = secret_of(key_id)
    if known is None or given.get("X-Amz-Security-Token") != known[1]:
        raise NotAuthentic("UnrecognizedClientException", "The security token included in the request is invalid.")
    canonical_query = "&".join(sorted(_encoded(name, value) for name, value in pairs if name != "X-Amz-Signature"))
    canonical = "\n".join(("GET", quote(path, safe="/-_.~"), canonical_query, f"host:{host}", "", "host", EMPTY_HASH))
    to_sign = "\n".join((ALGORITHM, given["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = hmac.new(signing_key(known[0], scope), to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signature.encode(), given["X-Amz-Signature"].encode()):
        raise NotAuthentic(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.",
        )
    return {name: value for name, value in given.items() if name not in AUTHENTICATION}


def signing_key(secret: str, scope: str) -> bytes:
    """The key for signatures in a scope ("DATE/REGION/SERVICE/aws4_request")."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return unquote(name), unquote(value)


def _encoded(name: str, value: str) -> str:
    return f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"


def _scope(given: Mapping[str, str], region: str) -> tuple[str, str]:
    """Access key and scope."""
    key_id, _, scope = given["X-Amz-Credential"].partition("/")
    if scope != f"{given['X-Amz-Date'][:8]}/{region}/{SERVICE}/aws4_request":
        raise NotAuthentic("InvalidSignatureException", "Credential should be scoped to date, region and service.")
    return key_id, scope


def _check_time(given: Mapping[str, str], now_s: float) -> None:
    try:
        signed_s = calendar.timegm(time.strptime(given["X-Amz-Date"], "%Y%m%dT%H%M%SZ"))
        expires_s = int(given["X-Amz-Expires"])
    except ValueError:
        raise NotAuthentic("IncompleteSignatureException", "Date and expiry cannot be read.") from None
    if not 1 <= expires_s <= LONGEST_EXPIRY_S:
        raise NotAuthentic("InvalidSignatureException", f"X-Amz-Expires must be 1 to {LONGEST_EXPIRY_S}.")
    if signed_s > now_s + SKEW_S:
        raise NotAuthentic("InvalidSignatureException", "Signature not yet current.")
    if now_s > signed_s + min(expires_s, SKEW_S):
        raise NotAuthentic("InvalidSignatureException", "Signature expired.")
