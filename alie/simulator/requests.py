"""Verifies requests over HTTP/2: the signature is in their headers, and so are the parameters."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from alie.simulator.signatures import MISMATCH, Scope, check_age, is_same, sha256, sign
from alie.simulator.signing import ALGORITHM, EMPTY_HASH, SERVICE, NotAuthentic, SecretOf

PATH = "/stream-transcription"
PREFIX = "x-amzn-transcribe-"
SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-EVENTS"

_INVALID = "InvalidSignatureException"
_UNKNOWN = "UnrecognizedClientException"
_UNKNOWN_TOKEN = "The security token included in the request is invalid."
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request, ?"
    r"SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class Seal:
    """A verified signature: what the signatures of the chunks are chained to.

    Attributes:
        secret: secret key of who signed.
        region: of the credential scope.
        signature: 64 hexadecimal digits.
    """

    secret: str
    region: str
    signature: str


def parameters_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The parameters by query name, such as "language-code", and as a query would have them."""
    given = {name.removeprefix(PREFIX): value for name, value in headers.items() if name.startswith(PREFIX)}
    # The SDK for Python writes "True", and the service takes it.
    return {name: value.lower() if value in ("True", "False") else value for name, value in given.items()}


def verify_request(headers: Mapping[str, str], secret_of: SecretOf, now_s: float) -> Seal:
    """Verifies the signature of a request.

    Args:
        headers: by lower-case name, pseudo-headers among them.
        secret_of: secret key and session token of an access key, or None.
        now_s: seconds since 1970.

    Raises:
        NotAuthentic: "MissingAuthenticationTokenException", "IncompleteSignatureException",
            "UnrecognizedClientException" or "InvalidSignatureException".
    """
    if "authorization" not in headers:
        raise NotAuthentic("MissingAuthenticationTokenException", "Missing Authentication Token")
    match = _AUTHORIZATION.fullmatch(headers["authorization"])
    if match is None:
        raise NotAuthentic("IncompleteSignatureException", "The Authorization header is not one of AWS4-HMAC-SHA256.")
    access_key_id, day, region, service, signed_names, given = match.groups()
    known = secret_of(access_key_id)
    if known is None or headers.get("x-amz-security-token") != known[1]:
        raise NotAuthentic(_UNKNOWN, _UNKNOWN_TOKEN)
    date = headers.get("x-amz-date", "")
    _check_date(date, day, now_s)
    if service != SERVICE:
        raise NotAuthentic(_INVALID, f"Credential should be scoped to correct service: '{SERVICE}'.")
    # HTTP/2 carries the host as a pseudo-header; clients sign it under either name.
    fields = {"host": headers.get(":authority", ""), **headers}
    signed = signed_names.split(";")
    _check_names(signed, fields)
    canonical = _canonical(headers.get(":method", ""), fields, signed)
    scope = Scope(day, region)
    if not is_same(sign(known[0], scope, [ALGORITHM, date, str(scope), sha256(canonical.encode())]), given):
        raise NotAuthentic(_INVALID, MISMATCH)
    return Seal(known[0], region, given)


def _canonical(method: str, fields: Mapping[str, str], signed: list[str]) -> str:
    """The one spelling of the request that is signed; there is no query."""
    lines = [f"{name}:{' '.join(fields[name].split())}" for name in signed]
    payload_hash = fields.get("x-amz-content-sha256", EMPTY_HASH)
    return "\n".join([method, PATH, "", *lines, "", ";".join(signed), payload_hash])


def _check_date(date: str, day: str, now_s: float) -> None:
    try:
        signed_at_s = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise NotAuthentic("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'.") from None
    if not date.startswith(day):
        raise NotAuthentic(_INVALID, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date.")
    check_age(signed_at_s, now_s, _INVALID)


def _check_names(signed: list[str], fields: Mapping[str, str]) -> None:
    if signed != sorted(signed) or not set(signed) <= fields.keys():
        raise NotAuthentic(_INVALID, MISMATCH)
    unsigned = [name for name in fields if name.startswith("x-amz-") and name not in signed]
    if unsigned or not {"host", ":authority"} & set(signed):
        raise NotAuthentic(_INVALID, "'Host' or ':authority' and all 'X-Amz-' headers must be signed.")
    if fields.get("x-amz-content-sha256", SIGNED_CHUNKS) != SIGNED_CHUNKS:
        raise NotAuthentic(_INVALID, f"x-amz-content-sha256 must be {SIGNED_CHUNKS}.")
