"""What a record of the audit log may hold: ids, codes, numbers and addresses, each of a form that no content has.

A value of another form is not written: `REFUSED` stands in its place, which is a value of no such form. What somebody
said cannot get into the log through an id in a URL, a header or a careless caller, for none of these forms has blanks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from ipaddress import ip_address

from alie.audit.interface import AuditEvent
from alie.principal import Caller

Value = str | int | float | bool | None
Details = dict[str, Value]
Fields = dict[str, str | Details | None]

REFUSED = "(refused)"
"""In the place of a value that may not be written."""
REFUSED_NAMES = "refusedNames"
"""Among the details: how many had to be left out, name and all."""
MAX_DETAILS = 24
MAX_NUMBER = 2**53 - 1
"""RFC 8785: beyond that, numbers are not the same for every reader of JSON."""
DECIMALS = 3
EVENT_NAMES = frozenset(
    {
        "action",
        "address",
        "clinicId",
        "details",
        "outcome",
        "resource",
        "resourceId",
        "sessionId",
        "userId",
        "way",
    }
)
"""The fields of an event, all of which every record of one has, and no other."""

_ACTION = re.compile(r"[a-z][a-z_-]{0,23}(\.[a-z][a-z_-]{0,23}){1,2}")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,47}")
_KIND = re.compile(r"[a-z][a-z_-]{0,31}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,64}")
_NAME = re.compile(r"[a-z][A-Za-z0-9_]{0,31}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+,-]{0,63}")
_FORMS = {
    "action": _ACTION,
    "clinicId": _ID,
    "outcome": _WORD,
    "resource": _KIND,
    "resourceId": _ID,
    "sessionId": _ID,
    "userId": _ID,
    "way": _KIND,
}
_NEVER_NULL = frozenset({"action", "outcome"})


def fields(event: AuditEvent, caller: Caller | None) -> Fields:
    """All fields of an event, with what may not be written refused. Never raises.

    Numbers are whole, or rounded to `DECIMALS`, so that their text is the same in Python and in RFC 8785.
    """
    principal = caller.principal if caller is not None else None
    given = {
        "action": event.action,
        "clinicId": principal.clinic_id if principal else None,
        "outcome": event.outcome,
        "resource": event.resource,
        "resourceId": event.resource_id,
        "sessionId": event.session_id,
        "userId": principal.user_id if principal else None,
        "way": principal.way if principal else None,
    }
    found: Fields = {name: _formed(name, value) for name, value in given.items()}
    return {**found, "address": _address(event.address), "details": _details(event.details)}


def refused(record: Mapping[str, object]) -> list[str]:
    """Names of the fields, those among the details included, whose value was refused."""
    found = [name for name in record if record[name] == REFUSED]
    details = record.get("details")
    if isinstance(details, dict):
        found += [f"details.{name}" for name, value in details.items() if value == REFUSED or name == REFUSED_NAMES]
    return found


def is_sound(record: Mapping[str, object]) -> bool:
    """Whether a record that was read has every field of an event, of the right form; other fields are not looked at."""
    for name, form in _FORMS.items():
        value = record.get(name, 0)
        if value is None and name not in _NEVER_NULL:
            continue
        if value != REFUSED and not (isinstance(value, str) and form.fullmatch(value)):
            return False
    address, details = record.get("address", 0), record.get("details")
    if address is not None and address != REFUSED and (not isinstance(address, str) or _address(address) != address):
        return False
    return isinstance(details, dict) and len(details) <= MAX_DETAILS + 1 and all(map(_is_detail, details.items()))


def _formed(name: str, value: object) -> str | None:
    if value is None and name not in _NEVER_NULL:
        return None
    return value if isinstance(value, str) and _FORMS[name].fullmatch(value) else REFUSED


def _address(text: object) -> str | None:
    if text is None:
        return None
    try:
        # The zone of an IPv6 address may be any text.
        return str(ip_address(text.partition("%")[0])) if isinstance(text, str) else REFUSED
    except ValueError:
        return REFUSED


def _details(given: Mapping[str, Value]) -> Details:
    named = {name: value for name, value in given.items() if isinstance(name, str) and _NAME.fullmatch(name)}
    found = {name: _value(named[name]) for name in sorted(named)[:MAX_DETAILS] if name != REFUSED_NAMES}
    if len(found) < len(given):
        found[REFUSED_NAMES] = len(given) - len(found)
    return found


def _value(value: object) -> Value:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        # str(): a subclass, such as an enum's, has a text of its own.
        return str.__str__(value) if _CODE.fullmatch(value) else REFUSED
    if isinstance(value, int) and abs(value) <= MAX_NUMBER:
        return int(value)
    if isinstance(value, float) and math.isfinite(value) and abs(value) <= MAX_NUMBER:
        rounded = round(float(value), DECIMALS)
        return int(rounded) if rounded.is_integer() else rounded
    return REFUSED


def _is_detail(item: tuple[str, object]) -> bool:
    name, value = item
    if not _NAME.fullmatch(name):
        return False
    return value == REFUSED or (type(_value(value)) is type(value) and _value(value) == value)
