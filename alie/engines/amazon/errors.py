"""From what the service says went wrong to a fault. Pure.

Source: docs.aws.amazon.com/transcribe/latest/APIReference/API_streaming_TranscriptResultStream.html and, for what the
front door says, docs.aws.amazon.com/transcribe/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

import json

from alie.faults import Fault, StreamFailed

MAX_DETAIL = 200

_FAULTS = {
    "BadRequestException": Fault.PARAMETER,
    "ValidationException": Fault.PARAMETER,
    "ValidationError": Fault.PARAMETER,
    "SerializationException": Fault.PARAMETER,
    "LimitExceededException": Fault.LIMIT,
    "ThrottlingException": Fault.LIMIT,
    "Throttling": Fault.LIMIT,
    "TooManyRequestsException": Fault.LIMIT,
    "RequestLimitExceeded": Fault.LIMIT,
    "ConflictException": Fault.CONFLICT,
    "InternalFailureException": Fault.SERVICE,
    "InternalFailure": Fault.SERVICE,
    "InternalServerException": Fault.SERVICE,
    "ServiceUnavailableException": Fault.SERVICE,
    "ServiceUnavailable": Fault.SERVICE,
    **dict.fromkeys(
        (
            "UnrecognizedClientException",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "InvalidClientTokenId",
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "AccessDenied",
            "AccessDeniedException",
            "NotAuthorized",
            "OptInRequired",
            "SubscriptionRequiredException",
        ),
        Fault.CREDENTIALS,
    ),
}
_STATUS_FAULTS = {400: Fault.PARAMETER, 401: Fault.CREDENTIALS, 403: Fault.CREDENTIALS, 409: Fault.CONFLICT}
_STATUS_FAULTS |= {429: Fault.LIMIT}
# A BadRequestException is told apart by its message only.
_STARVED_SIGNS = ("timed out", "no new audio")
_OVERSIZE_SIGNS = ("too big", "frame size")


def from_exception(exception_type: str, message: str = "", status: int = 0) -> StreamFailed:
    """What an exception of the service means.

    Args:
        exception_type: as in `:exception-type` or `x-amzn-errortype`; may carry a namespace or a URL.
        message: the service's sentence.
        status: of the HTTP response, where there was one; decides where the type is not known.
    """
    name = _bare(exception_type)
    fault = _FAULTS.get(name) or _STATUS_FAULTS.get(status, Fault.SERVICE)
    if fault is Fault.PARAMETER:
        text = message.lower()
        if any(sign in text for sign in _STARVED_SIGNS):
            fault = Fault.STARVED
        elif any(sign in text for sign in _OVERSIZE_SIGNS):
            fault = Fault.OVERSIZE
    detail = name or (f"HTTP {status}" if status else "unknown")
    if fault is Fault.PARAMETER and message:
        detail = f"{detail}: {_printable(message)}"
    return StreamFailed(fault, detail[:MAX_DETAIL])


def from_response(status: int, exception_type: str, body: bytes) -> StreamFailed:
    """What an HTTP response means that is not the one hoped for.

    Args:
        status: such as 403.
        exception_type: the `x-amzn-errortype` header, or empty; then the body's `__type` or `code` is looked for.
        body: JSON, or anything else; may be cut off.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        fields = {}
    message = fields.get("Message") or fields.get("message")
    exception_type = exception_type or fields.get("__type") or fields.get("code") or ""
    return from_exception(
        exception_type if isinstance(exception_type, str) else "",
        message if isinstance(message, str) else "",
        status,
    )


def _bare(exception_type: str) -> str:
    """ "ns#Name:http://..." -> "Name"; empty if that is no name."""
    name = exception_type.split(":")[0].split("#")[-1].strip()
    return name if name.isascii() and name.isidentifier() and len(name) <= 64 else ""


def _printable(message: str) -> str:
    return "".join(character if character.isprintable() else " " for character in message[:MAX_DETAIL])
