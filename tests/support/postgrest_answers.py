"""Requests to PostgREST as they come, and the answers: statuses and ranges.

Source: docs.postgrest.org/en/v14/references/api/pagination_count.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.postgrest_errors import out_of_range
from tests.support.postgrest_request import Query


@dataclass(frozen=True)
class Asked:
    """A request as it came: `name` is a table's or, where `is_call`, a function's; `headers` have small names."""

    method: str
    name: str
    is_call: bool
    arguments: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Answered:
    """What is told."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Result:
    """The row that a statement gives, see postgrest_statements."""

    rows: int
    total: int | None
    inserted: int | None
    content: str | None


def page(asked: Asked, query: Query, result: Result) -> Answered:
    """The answer to what was read: 206 where there is more, 416 where the offset is beyond the last row."""
    total = result.total
    if total is not None and query.offset > total:
        raise out_of_range(query.offset, total)
    is_part = total is not None and result.rows < total
    last = query.offset + result.rows - 1
    headers = {"Content-Range": _range(query.offset, last, total), **_kind(query)}
    content = b"" if asked.method == "HEAD" else (result.content or "null").encode()
    return Answered(206 if is_part else 200, headers, content)


def changed(asked: Asked, query: Query, result: Result) -> Answered:
    """The answer to what was changed: with the rows only where they are asked for."""
    total = result.rows if query.prefer.count else None
    last = result.rows - 1 if asked.method == "PATCH" else -1
    headers = {"Content-Range": _range(0, last, total)}
    is_full = query.prefer.returns == "representation"
    if asked.method == "POST":
        is_new = query.prefer.resolution != "merge-duplicates" or bool(result.inserted)
        status = 201 if is_new else 200
    else:
        status = 200 if is_full else 204
    if not is_full:
        return Answered(status, headers, b"")
    return Answered(status, {**headers, **_kind(query)}, (result.content or "null").encode())


def _kind(query: Query) -> dict[str, str]:
    kind = "application/vnd.pgrst.object+json" if query.wants_object else "application/json"
    return {"Content-Type": f"{kind}; charset=utf-8"}


def _range(first: int, last: int, total: int | None) -> str:
    rows = f"{first}-{last}" if last >= first else "*"
    return f"{rows}/{'*' if total is None else total}"
