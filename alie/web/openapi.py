"""The OpenAPI document, made of the same values that requests are answered by.

https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from typing import Any

from alie import __version__
from alie.errors import ValidationFailed
from alie.web.checking import check
from alie.web.routing import OPEN, OWED, PERSONAL, Call, Reply, Route, Schema
from alie.web.schemas import STRING, a_list, record

PATH = "/api/openapi.json"
TITLE = "Alie"

_ERROR = record(
    {
        "success": {"const": False},
        "error": {**STRING, "description": "The sentence, or UNAUTHORIZED or FORBIDDEN"},
        "message": {**STRING, "description": "One sentence, to be shown"},
        "code": {**STRING, "description": "Stable: what programs may look at"},
        "details": {"anyOf": [STRING, a_list(STRING)], "description": "What is wrong, where there is more to say"},
    },
    "success",
    "error",
    "message",
    "code",
)
_REASONS = {
    400: "Something in the request is not what it should be",
    401: "No token, or one that proves nothing (any more)",
    403: "An origin, a clinic or a role that may not do this",
    404: "Nothing that the caller may see",
    409: "It is there already, or cannot be done to what is there",
    413: "The body is too large",
    429: "Too many requests; Retry-After says when there may be more",
    500: "A fault of the server or of its database; nothing was saved",
    503: "Not now, or not on this server",
}
_DOCUMENT = record({"openapi": STRING, "info": record({}), "paths": record({})}, "openapi", "info", "paths")


def with_document(routes: Iterable[Route], *, is_token_owed: bool, has_local_user: bool) -> list[Route]:
    """The same routes, and one that describes them all, itself included.

    Args:
        routes: in the order in which they are to stand in the document.
        is_token_owed: `AUTH_REQUIRED`.
        has_local_user: whether whoever is on this machine needs no token for what is personal.
    """

    async def tell(call: Call) -> Reply:
        return Reply(described)

    own = Route("GET", PATH, tell, "This document", access=OPEN, answers={200: _DOCUMENT})
    every = [*routes, own]
    free = {OPEN} | (set() if is_token_owed else {OWED}) | ({PERSONAL} if has_local_user else set())
    described = _document(every, free)
    return every


def _document(routes: Iterable[Route], free: Container[str]) -> dict[str, Any]:
    """The document; `free` are the kinds of access for which no token is owed."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, free)
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": __version__, "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token of Supabase Auth, or an access key of this server",
                }
            },
        },
    }


def _operation(route: Route, free: Container[str]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _name(route),
        "summary": route.summary,
        "tags": [route.path.split("/")[2]],
        "security": _security(route, free),
        "responses": _responses(route),
    }
    if parameters := _parameters(route):
        operation["parameters"] = parameters
    if route.body is not None:
        content = {"application/json": {"schema": route.body}}
        operation["requestBody"] = {"content": content, "required": not _takes_nothing(route.body)}
    return operation


def _takes_nothing(schema: Schema) -> bool:
    """Whether a request without a body, which counts as `{}`, is taken."""
    try:
        check(schema, {})
    except ValidationFailed:
        return False
    return True


def _name(route: Route) -> str:
    words = [word for word in re.split(r"\W+", route.path) if word not in ("", "api")]
    return "_".join([route.method.lower(), *words])


def _security(route: Route, free: Container[str]) -> list[dict[str, list[str]]]:
    if route.access == OPEN:
        return []
    return [{"bearer": []}, {}] if route.access in free else [{"bearer": []}]


def _parameters(route: Route) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": f"^{rule}$"}}
        for name, rule in route.placeholders.items()
    ]
    in_query: list[dict[str, Any]] = [
        {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in route.query.items()
    ]
    return in_path + in_query


def _responses(route: Route) -> dict[str, Any]:
    answers = {str(status): _response("As asked", schema) for status, schema in route.answers.items()}
    error = {"$ref": "#/components/schemas/Error"}
    return answers | {str(status): _response(_REASONS[status], error) for status in sorted(_errors(route))}


def _response(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _errors(route: Route) -> set[int]:
    """Those of the route itself, and those that every route of its kind may answer with."""
    found = {403, 429, 500, *route.errors}
    if route.access != OPEN:
        found |= {401, 503}
    if route.query or route.body is not None:
        found.add(400)
    if route.body is not None:
        found |= {413}
    if route.placeholders:
        found.add(404)
    return found
