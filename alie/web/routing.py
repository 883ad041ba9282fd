"""Routes of the REST API, as values: what is asked, who may, what is answered. The OpenAPI document is made of them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

from alie.errors import MethodNotAllowed, NotFound, ValidationFailed
from alie.principal import LOCAL_CALLER, Caller

Schema = dict[str, Any]

OPEN = "open"
"""Whoever asks; a token that is presented must be good all the same."""
OWED = "owed"
"""Whoever asks, unless `AUTH_REQUIRED`: then a token is owed."""
PERSONAL = "personal"
"""Somebody: a token is owed, but where nothing is owed at all and the store is our own (then all are one user)."""
OWN = "own"
"""The route looks at the request itself, since the contract has answers of its own for it."""

UUID = "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
NAME = "[A-Za-z0-9_.-]{1,64}"
"""Placeholders whose name ends in `_id` are `UUID`s, but `section_id`; all others are `NAME`s."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a route, read and checked.

    Attributes:
        path: what stands in the place of the placeholders.
        query: by name, converted by the route's schemas; defaults are filled in.
        body: decoded JSON, or the bytes as they came where the route wants them so; None where it takes none.
        caller: None where nobody needs to be.
        headers: asks for one request header, lower case; None where it is missing.
        address: of the client; None where it is not known.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    caller: Caller | None = None
    headers: Callable[[str], str | None] = lambda name: None
    address: str | None = None

    @property
    def someone(self) -> Caller:
        """The caller of a route that is `PERSONAL`."""
        return self.caller or LOCAL_CALLER


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON object and its status."""

    body: dict[str, Any]
    status: int = 200
    audited: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    """Numbers and codes for the audit log, besides what the route names; `resource_id` and `session_id` among them."""
    caller: Caller | None = None
    """Whom a route that is `OWN` found to be asking: gets a ticket and is recorded as the caller of any other is."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path.

    Attributes:
        path: below the root, such as "/api/cases/{case_id}"; a placeholder is a whole segment.
        handle: answers; may raise any AlieError.
        summary: one line, for the document.
        access: `OPEN`, `OWED`, `PERSONAL` or `OWN`.
        query: schema by name; `default` is filled in.
        body: schema of the JSON body; None: it takes none.
        is_raw: whether the body goes to `handle` as bytes, and is checked there.
        answers: schema of the body by status, errors left out.
        errors: the statuses of errors that it may answer with, besides those that every route may.
        audited: the action in the audit log; None: not recorded.
    """

    method: str
    path: str
    handle: Callable[[Call], Awaitable[Reply]]
    summary: str
    access: str = OWED
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    is_raw: bool = False
    answers: Mapping[int, Schema] = field(default_factory=lambda: {200: {"type": "object"}})
    errors: tuple[int, ...] = ()
    audited: str | None = None


class Routes:
    """Finds the route of a request.

    Args:
        routes: no two of one method and path.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self.all = tuple(routes)
        self._patterns = [(re.compile(_pattern(route.path)), route) for route in self.all]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route, and what stands in the place of its placeholders. A trailing slash does not matter.

        Raises:
            NotFound: no such path.
            MethodNotAllowed: the path has other methods.
        """
        found = self._at(path)
        for route, values in found:
            if route.method == ("GET" if method == "HEAD" else method):
                return route, values
        raise MethodNotAllowed if found else NotFound

    def methods(self, path: str) -> list[str]:
        """What may be asked of a path, sorted; empty where there is nothing.

        A literal path shadows one with placeholders.
        """
        return sorted({route.method for route, _ in self._at(path)})

    def _at(self, path: str) -> list[tuple[Route, dict[str, str]]]:
        matches = [(route, match) for pattern, route in self._patterns if (match := pattern.fullmatch(path))]
        literal = [(route, match.groupdict()) for route, match in matches if "{" not in route.path]
        return literal or [(route, match.groupdict()) for route, match in matches]


def _pattern(path: str) -> str:
    def segment(match: re.Match[str]) -> str:
        name = match[1]
        return f"(?P<{name}>{UUID if name.endswith('_id') and name != 'section_id' else NAME})"

    return re.sub(r"\{(\w+)\}", segment, path) + "/?"


def check(schema: Schema, value: Any, what: str = "body") -> None:
    """Checks JSON against a schema.

    Raises:
        ValidationFailed: with a sentence for each fault, which names the field and never its value.
    """
    faults = sorted(
        Draft202012Validator(schema).iter_errors(value), key=lambda fault: [str(part) for part in fault.path]
    )
    if faults:
        raise ValidationFailed(details=[_sentence(fault, what) for fault in faults[:20]])


def _sentence(fault: Any, what: str) -> str:
    place = ".".join(str(part) for part in fault.absolute_path) or what
    match fault.validator:
        case "required":
            missing = [name for name in fault.validator_value if name not in fault.instance]
            return f"{place}: {', '.join(missing)} missing"
        case "type":
            wanted = fault.validator_value
            return f"{place} must be {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
        case "enum":
            return f"{place} must be one of {', '.join(str(value) for value in fault.validator_value)}"
        case "additionalProperties":
            return f"{place} has fields that are not known"
        case rule:
            return f"{place} does not keep to {rule} {fault.validator_value}"


def read_query(schemas: Mapping[str, Schema], given: Mapping[str, str]) -> dict[str, Any]:
    """Query parameters, converted and checked; what the schemas do not name is left out.

    Raises:
        ValidationFailed: one is not what its schema says.
    """
    values: dict[str, Any] = {}
    for name, schema in schemas.items():
        text = given.get(name)
        if text is None:
            if "default" in schema:
                values[name] = schema["default"]
            continue
        is_number = schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]{1,15}", text)
        values[name] = int(text) if is_number else text
        check(schema, values[name], name)
    return values
