"""Signature Version 4, computed anew from AWS's description ("Create a signed AWS API request"): no library that a
client may sign with has a part in it."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "transcribe"
# A signature is good for as long, before and after its date.
VALIDITY_S = 300
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


class Untrusted(Exception):
    """What came is not signed, or not coded, as it must be.

    Attributes:
        exception_type: as the service calls it, such as "InvalidSignatureException".
        message: for the client; tells no secret.
    """

    def __init__(self, exception_type: str, message: str) -> None:
        super().__init__(f"{exception_type}: {message}")
        self.exception_type = exception_type
        self.message = message


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signing key is good for.

    Attributes:
        date: YYYYMMDD.
        region: such as "ca-central-1".
        service: "transcribe".
    """

    date: str
    region: str
    service: str = SERVICE

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def canonical_request(
    method: str, path: str, query: str, headers: Mapping[str, str], signed: Sequence[str], payload_hash: str
) -> str:
    """The one spelling of a request that is signed.

    Args:
        method: such as "POST".
        path: already URI-encoded.
        query: already URI-encoded and sorted.
        headers: by lower-case name.
        signed: names of the headers that are signed, sorted.
        payload_hash: the SHA-256 of the payload in hexadecimal, or what stands for it.
    """
    lines = [f"{name}:{' '.join(headers[name].split())}" for name in signed]
    return "\n".join([method, path, query, *lines, "", ";".join(signed), payload_hash])


def request_signature(secret: str, scope: Scope, date: str, canonical: str) -> str:
    """The signature of a canonical request, in hexadecimal; `date` is YYYYMMDDTHHMMSSZ."""
    return sign(secret, scope, "\n".join([ALGORITHM, date, str(scope), sha256(canonical.encode())]))


def sign(secret: str, scope: Scope, string_to_sign: str) -> str:
    """The signature of a string, in hexadecimal."""
    key = b"AWS4" + secret.encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request", string_to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()


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
        Untrusted: in the service's words, so that a client may tell its clock from its key.
    """
    at, now = timestamp(signed_at_s), timestamp(now_s)
    if signed_at_s < now_s - VALIDITY_S:
        earliest = timestamp(now_s - VALIDITY_S)
        raise Untrusted(exception_type, f"Signature expired: {at} is now earlier than {earliest} ({now} - 5 min.)")
    if signed_at_s > now_s + VALIDITY_S:
        latest = timestamp(now_s + VALIDITY_S)
        raise Untrusted(
            exception_type, f"Signature not yet current: {at} is still later than {latest} ({now} + 5 min.)"
        )
