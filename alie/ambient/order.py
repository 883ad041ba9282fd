"""What `POST /api/transcribe/process` is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from alie.ambient import narrative, reading
from alie.ambient.cleaning import LANGUAGES
from alie.errors import BadRequest, InvalidTranscript

SECTIONS = ("section_7", "section_8", "section_11")
MAX_ID_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """A consultation that has been told.

    Attributes:
        session_id: as the request has it; of a saved session, or of anything.
        ir: see `alie.ambient.narrative.read_turns`.
        roles: by speaker.
        answer: all but its `meta`.
    """

    session_id: str
    ir: narrative.Ir = field(repr=False)
    roles: dict[str, str]
    answer: dict[str, Any] = field(repr=False)


def carry_out(body: bytes) -> Outcome:
    """Reads a request and narrates the consultation in it. Pure; may be called in a worker thread.

    Args:
        body: of the request; the caller bounds its length.

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
    ir, roles = narrative.read_turns(reading.read(fields["rawAwsJson"]), fields["language"])
    return Outcome(session_id, ir, roles, narrative.tell(ir, roles))


def _check(fields: dict[str, Any], name: str, allowed: tuple[str, ...]) -> None:
    value = fields.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise _bad(f"{name} must be {' or '.join(allowed)}")


def _bad(details: str) -> BadRequest:
    return BadRequest("Invalid request", details=details)
