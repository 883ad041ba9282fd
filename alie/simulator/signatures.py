"""What requests over HTTP/2 and their chunks have in common in Signature Version 4: scope, signing, age.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass

from alie.simulator.signing import SERVICE, SKEW_S, NotAuthentic, signing_key

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signing key is good for.

    Attributes:
        day: YYYYMMDD.
        region: such as "ca-central-1".
    """

    day: str
    region: str

    def __str__(self) -> str:
        return f"{self.day}/{self.region}/{SERVICE}/aws4_request"


def sign(secret: str, scope: Scope, lines: list[str]) -> str:
    """The signature of a string to sign, in hexadecimal."""
    return hmac.digest(signing_key(secret, str(scope)), "\n".join(lines).encode(), "sha256").hex()


def is_same(signature: str, given: str) -> bool:
    """Whether two signatures are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(signature.encode(), given.encode())


def sha256(content: bytes) -> str:
    """The SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def timestamp(at_s: float) -> str:
    """Seconds since 1970 as YYYYMMDDTHHMMSSZ."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at_s))


def check_age(signed_at_s: float, now_s: float, exception_type: str) -> None:
    """Refuses what was signed more than five minutes ago, or ahead; both in seconds since 1970.

    Raises:
        NotAuthentic: in the service's words, by which a client may tell its clock from its key.
    """
    at, now = timestamp(signed_at_s), timestamp(now_s)
    if signed_at_s < now_s - SKEW_S:
        earliest = timestamp(now_s - SKEW_S)
        raise NotAuthentic(exception_type, f"Signature expired: {at} is now earlier than {earliest} ({now} - 5 min.)")
    if signed_at_s > now_s + SKEW_S:
        latest = timestamp(now_s + SKEW_S)
        reason = f"Signature not yet current: {at} is still later than {latest} ({now} + 5 min.)"
        raise NotAuthentic(exception_type, reason)
