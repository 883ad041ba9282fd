"""Checks what a request says against schemas, and tells what is wrong in sentences that hold nothing of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from jsonschema import Draft202012Validator, ValidationError, validators

from alie.errors import BadRequest, ValidationFailed

MAX_FAULTS = 20
# The decoder holds the interpreter's lock until it is done, in whatever thread: a megabyte of "[]," takes 40 ms.
MAX_CONTAINERS = 25_000
MAX_COMMAS = 100_000


def read_body(payload: bytes, schema: Mapping[str, Any]) -> Any:
    """Decodes and checks a JSON body; an empty one counts as `{}`. Pure; may be called in a worker thread.

    Raises:
        BadRequest: not JSON (RFC 8259; NaN, infinities and halves of surrogate pairs are not), or of more values than
            anyone would send.
        ValidationFailed: not what the schema asks for, or U+0000 in it, which PostgreSQL cannot store.
    """
    if payload.count(b"[") + payload.count(b"{") > MAX_CONTAINERS or payload.count(b",") > MAX_COMMAS:
        raise BadRequest("Request body has too many values")
    try:
        body = orjson.loads(payload or b"{}")
    except orjson.JSONDecodeError:
        raise BadRequest("Request body is not JSON") from None
    check(schema, body)
    # Few bodies have such an escape, and not every one that has it means it.
    if b"\\u0000" in payload and _has_null_character(body):
        raise ValidationFailed(details=["body has the character U+0000"])
    return body


def read_query(schemas: Mapping[str, Mapping[str, Any]], given: Mapping[bytes, list[bytes]]) -> dict[str, Any]:
    """Query parameters, converted and checked; what the schemas do not name is not looked at.

    Args:
        schemas: by name; `default` is filled in for what is missing.
        given: values by name, as twisted has them.

    Raises:
        ValidationFailed: one is not what its schema says, or is given more than once.
    """
    values: dict[str, Any] = {}
    for name, schema in schemas.items():
        texts = given.get(name.encode(), [])
        if len(texts) > 1:
            raise ValidationFailed(details=[f"{name} is given more than once"])
        if texts:
            values[name] = _converted(texts[0], schema)
            check(schema, values[name], name)
        elif "default" in schema:
            values[name] = schema["default"]
    return values


def check(schema: Mapping[str, Any], value: Any, what: str = "body") -> None:
    """Checks JSON against a schema (draft 2020-12).

    Raises:
        ValidationFailed: with a sentence for each fault, `MAX_FAULTS` at most; each names the field, never its value.
    """
    faults = []
    for fault in _Validator(schema).iter_errors(value):
        faults.append(_sentence(fault, what))
        if len(faults) == MAX_FAULTS:
            break
    if faults:
        raise ValidationFailed(details=sorted(faults))


def _converted(raw: bytes, schema: Mapping[str, Any]) -> Any:
    text = raw.decode("utf-8", "replace")
    is_number = schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]{1,15}", text)
    return int(text) if is_number else text


def _has_null_character(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any("\0" in name or _has_null_character(one) for name, one in value.items())
        case list():
            return any(_has_null_character(one) for one in value)
    return False


def _search(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    # In Python `$` also stands before a line break at the very end; in JSON Schema (ECMA 262) it does not.
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError("")


_Validator = validators.extend(Draft202012Validator, {"pattern": _search})


def _sentence(fault: Any, what: str) -> str:
    place = ".".join(str(part) for part in fault.absolute_path) or what
    wanted = fault.validator_value
    match fault.validator:
        case "required":
            missing = [name for name in wanted if name not in fault.instance]
            return f"{place}: {', '.join(missing)} missing"
        case "type":
            return f"{place} must be {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
        case "enum":
            return f"{place} must be one of {', '.join(str(one) for one in wanted)}"
        case "additionalProperties":
            return f"{place} has fields that are not known"
        case "minimum" | "maximum":
            return f"{place} must be {'at least' if fault.validator == 'minimum' else 'at most'} {wanted}"
        case "minLength" | "maxLength":
            return (
                f"{place} must have {'at least' if fault.validator == 'minLength' else 'at most'} {wanted} characters"
            )
        case "minProperties" | "minItems":
            return f"{place} must not be empty"
        case "maxItems":
            return f"{place} must have at most {wanted} entries"
    rule = fault.schema.get("description") if isinstance(fault.schema, dict) else None
    return f"{place} must be: {rule}" if rule else f"{place} does not have the form that is asked for"
