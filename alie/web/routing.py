"""Routes of the REST API, as values: what is asked, who may, what is answered. The OpenAPI document is made of them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from alie.errors import AuthRequired, MethodNotAllowed, NotFound
from alie.principal import Caller

Schema = dict[str, Any]

OPEN = "open"
"""Whoever asks; a token is looked at, and one that proves nothing does no harm: pages send what they have."""
OWED = "owed"
"""Whoever asks, unless `AUTH_REQUIRED`: then a token is owed."""
PERSONAL = "personal"
"""Somebody: a token is owed, but where nothing is owed and the store is our own; then all on this machine are one."""
OWN = "own"
"""The route looks at the request itself, since the contract has answers of its own for it."""

UUID = "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}"
"""Placeholders whose name ends in `_id` are `UUID`s, but `section_id`; all others are `NAME`s."""

MAX_BODY_BYTES = 262_144
"""Of a request, unless its route says otherwise."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a route, read and checked.

    Attributes:
        path: what stands in the place of the placeholders; uuids in lower case.
        query: by name, converted by the route's schemas; defaults are filled in.
        body: decoded JSON, or the bytes as they came where the route wants them so; None where it takes none.
        caller: None where nobody needs to be.
        headers: asks for one request header, lower case; None where it is missing.
        address: of the client; None where it is not known.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    caller: Caller | None = None
    headers: Callable[[str], str | None] = lambda name: None
    address: str | None = None

    @property
    def someone(self) -> Caller:
        """The caller of a route that is `PERSONAL`. Raises AuthRequired: there is none."""
        if self.caller is None:
            raise AuthRequired
        return self.caller


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON object and its status."""

    body: dict[str, Any] = field(repr=False)
    status: int = 200
    audited: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
    """Numbers and codes for the audit log, besides what the route names; `resource_id` and `session_id` among them."""
    caller: Caller | None = None
    """Whom a route that is `OWN` found to be asking: gets a ticket, and is recorded, as callers of other routes are."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path.

    Attributes:
        path: below the root, such as "/api/cases/{case_id}"; a placeholder is a whole segment.
        handle: answers; may raise any AlieError.
        summary: one line, for the document.
        access: `OPEN`, `OWED`, `PERSONAL` or `OWN`.
        query: schema by name; `default` is filled in.
        body: schema of the JSON body; None: it takes none, and what is sent all the same is not looked at.
        is_raw: whether the body goes to `handle` as bytes, and is checked there; `body` is for the document only.
        max_body_bytes: a longer body is refused.
        answers: schema of the body by status, errors left out.
        errors: the statuses of errors that it may answer with, besides those that every route of its kind may.
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
    max_body_bytes: int = MAX_BODY_BYTES
    answers: Mapping[int, Schema] = field(default_factory=lambda: {200: {"type": "object"}})
    errors: tuple[int, ...] = ()
    audited: str | None = None

    @property
    def placeholders(self) -> dict[str, str]:
        """The regular expression of what may stand in the place of each placeholder, in order."""
        return {name: _rule(name) for name in re.findall(r"\{(\w+)\}", self.path)}


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

    def allowed(self, path: str) -> list[str]:
        """What may be asked of a path, sorted, HEAD and OPTIONS included; empty where there is nothing.

        A literal path shadows one with placeholders.
        """
        methods = {route.method for route, _ in self._at(path)}
        return sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())) if methods else []

    def _at(self, path: str) -> list[tuple[Route, dict[str, str]]]:
        matches = [(route, match) for pattern, route in self._patterns if (match := pattern.fullmatch(path))]
        literal = [(route, match) for route, match in matches if "{" not in route.path]
        return [(route, _values(match)) for route, match in literal or matches]


def _rule(name: str) -> str:
    return UUID if name.endswith("_id") and name != "section_id" else NAME


def _pattern(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: f"(?P<{match[1]}>{_rule(match[1])})", path) + "/?"


def _values(match: re.Match[str]) -> dict[str, str]:
    return {name: text.lower() if _rule(name) == UUID else text for name, text in match.groupdict().items()}
