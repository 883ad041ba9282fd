"""What `POST /api/transcribe/process` is asked for."""

from __future__ import annotations

from typing import Any

from alie.ambient import narrative, reading
from alie.ambient.cleaning import LANGUAGES
from alie.errors import BadRequest, InvalidTranscript

SECTIONS = ("section_7", "section_8", "section_11")
MAX_ID_CHARACTERS = 200


def carry_out(body: bytes) -> dict[str, Any]:
    """Reads a request and narrates the consultation in it. Pure; may be called in a worker thread.

    Args:
        body: of the request; the caller bounds its length.

    Returns:
        The answer, all but its `meta`.

    Raises:
        BadRequest: not JSON, or a field that is not what it should be; `details` names it.
        InvalidTranscript: a consultation that cannot be read; `details` names the place.
    """
    try:
        fields = reading.decode(body.decode())
    except ValueError:
        raise BadRequest("Request body is not JSON") from None
    if not isinstance(fields, dict):
        raise BadRequest("Request body is not a JSON object")
    session_id = fields.get("sessionId")
    if not isinstance(session_id, str) or not 0 < len(session_id) <= MAX_ID_CHARACTERS:
        raise _bad(f"sessionId must be a string of 1 to {MAX_ID_CHARACTERS} characters")
    _check(fields, "modeId", ("ambient",))
    _check(fields, "language", LANGUAGES)
    _check(fields, "section", SECTIONS)
    if fields.get("rawAwsJson") is None:
        raise InvalidTranscript(details="Missing rawAwsJson")
    return narrative.tell(reading.read(fields["rawAwsJson"]), fields["language"])


def _check(fields: dict[str, Any], name: str, allowed: tuple[str, ...]) -> None:
    value = fields.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise _bad(f"{name} must be {' or '.join(allowed)}")


def _bad(details: str) -> BadRequest:
    return BadRequest("Invalid request", details=details)
