"""JSON schemas (draft 2020-12) that several routes share. They check requests, and stand in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from alie.web.routing import NAME, Schema
from alie.web.routing import UUID as UUID_RULE

MAX_TEXT_CHARACTERS = 500_000
"""Ten hours of dictation."""

BOOLEAN: Schema = {"type": "boolean"}
INTEGER: Schema = {"type": "integer"}
OBJECT: Schema = {"type": "object"}
STRING: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
UUID: Schema = {"type": "string", "format": "uuid", "pattern": f"^{UUID_RULE}$"}
TITLE: Schema = {
    "type": "string",
    "pattern": r"[^\s\u001c-\u001f\u0085]",  # what Python takes for blank, in JSON Schema's own words
    "maxLength": 255,
    "description": "1 to 255 characters, and not only blanks; those around it are taken off",
}
SECTION: Schema = {"type": "string", "pattern": f"^{NAME}$"}


def record(properties: dict[str, Schema], *required: str, is_closed: bool = False) -> Schema:
    """An object.

    Args:
        properties: by name.
        required: names that must be there.
        is_closed: whether other names are refused.
    """
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    return {**schema, "additionalProperties": False} if is_closed else schema


def a_list(items: Schema, most: int | None = None) -> Schema:
    """A list, of `most` entries at most."""
    schema: Schema = {"type": "array", "items": items}
    return schema if most is None else {**schema, "maxItems": most}


def a_text(least: int, most: int = MAX_TEXT_CHARACTERS) -> Schema:
    """A text of so many characters."""
    return {"type": "string", "minLength": least, "maxLength": most}


def one_of(*texts: str) -> Schema:
    """One of these texts."""
    return {"type": "string", "enum": list(texts)}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def success(properties: dict[str, Schema]) -> Schema:
    """An answer `{success: true, ...}` that has all of these."""
    return record({"success": {"const": True}, **properties}, "success", *properties)


ROLE_MAP: Schema = {"type": "object", "additionalProperties": one_of("PATIENT", "CLINICIAN")}
NARRATIVE = record(
    {
        "format": one_of("single_block", "role_prefixed"),
        "content": STRING,
        "metadata": record(
            {
                "totalSpeakers": INTEGER,
                "patientTurns": INTEGER,
                "clinicianTurns": INTEGER,
                "totalDuration": {"type": "number"},
                "wordCount": INTEGER,
            },
            "totalSpeakers",
            "patientTurns",
            "clinicianTurns",
            "totalDuration",
            "wordCount",
        ),
    },
    "format",
    "content",
    "metadata",
)
