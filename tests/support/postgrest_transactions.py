"""A request's transaction, with role and claims set as PostgREST sets them. Everything here runs in a worker thread."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, LifoQueue
from typing import Any

import psycopg
from psycopg.sql import Composed

from tests.support import postgrest_statements as statements
from tests.support.postgrest_calls import call
from tests.support.postgrest_errors import Refused, not_one, out_of_range, refusal, unreadable_body
from tests.support.postgrest_request import Query, read_query
from tests.support.postgrest_schema import choose, read_functions, read_table

ROLES = ("anon", "authenticated", "service_role")


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
class _Result:
    rows: int
    total: int | None
    inserted: int | None
    content: str | None


class Transactions:
    """Performs requests on a database.

    Args:
        dsn: of a user who may take the roles of `ROLES`.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._idle: LifoQueue[psycopg.Connection] = LifoQueue()

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def perform(self, asked: Asked, claims: Mapping[str, Any]) -> Answered:
        """Answers a request of somebody whose claims have been verified. Raises Refused."""
        is_known = claims["role"] != "anon"
        try:
            with self._connection() as connection, connection.transaction():
                if asked.method in ("GET", "HEAD"):
                    connection.execute("SET TRANSACTION READ ONLY")
                answer = _call if asked.is_call else _table
                return answer(connection, asked, claims)
        except psycopg.Error as error:
            raise refusal(error, is_known) from None

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = psycopg.connect(self._dsn, autocommit=True)
        try:
            yield connection
        except psycopg.OperationalError:
            connection.close()
            raise
        finally:
            if not connection.closed:
                self._idle.put(connection)


def _table(connection: psycopg.Connection, asked: Asked, claims: Mapping[str, Any]) -> Answered:
    query = read_query(asked.arguments, asked.headers)
    table = read_table(connection, asked.name)
    match asked.method:
        case "GET" | "HEAD":
            statement = statements.read(table, query)
        case "POST":
            statement = statements.insert(table, query, _objects(asked.content))
        case "PATCH":
            statement = statements.update(table, query, _objects(asked.content)[0])
        case "DELETE":
            statement = statements.delete(table, query)
        case _:
            raise Refused(405, "PGRST117", f"Unsupported HTTP method: {asked.method}")
    _become(connection, asked, claims)
    result = _run(connection, statement, query)
    if asked.method in ("GET", "HEAD"):
        return _page(asked, query, result)
    return _changed(asked, query, result)


def _call(connection: psycopg.Connection, asked: Asked, claims: Mapping[str, Any]) -> Answered:
    functions = read_functions(connection, asked.name)
    if asked.method == "POST":
        body = _parsed(asked.content) if asked.content else {}
        if not isinstance(body, dict):
            raise unreadable_body("All object keys must match")
        given, rest = body, asked.arguments
    elif asked.method in ("GET", "HEAD"):
        names = {name for each in functions for name, _ in each.parameters}
        given = {name: value for name, value in asked.arguments if name in names}
        rest = tuple((name, value) for name, value in asked.arguments if name not in names)
    else:
        raise Refused(405, "PGRST101", f"Cannot use the {asked.method} method on RPC")
    query = read_query(rest, asked.headers)
    function = choose(functions, asked.name, given)
    _become(connection, asked, claims)
    result = _run(connection, call(function, given, query), query)
    if function.gives_nothing:
        return Answered(204, {}, b"")
    return _page(asked, query, result)


def _become(connection: psycopg.Connection, asked: Asked, claims: Mapping[str, Any]) -> None:
    """Takes the role and tells PostgreSQL of the request, for this transaction only."""
    if claims["role"] not in ROLES:
        raise Refused(403, "42501", f'permission denied to set role "{claims["role"]}"')
    connection.execute(
        "SELECT set_config('role', %s, true), set_config('request.jwt.claims', %s, true),"
        " set_config('request.method', %s, true), set_config('request.path', %s, true)",
        (claims["role"], json.dumps(claims), asked.method, f"/{'rpc/' if asked.is_call else ''}{asked.name}"),
    )


def _run(connection: psycopg.Connection, statement: Composed, query: Query) -> _Result:
    row = connection.execute(statement).fetchone()
    assert row is not None, "a statement gives one row"
    result = _Result(*row)
    if query.wants_object and result.rows != 1:
        raise not_one(result.rows)  # within the transaction, so that nothing is changed
    return result


def _page(asked: Asked, query: Query, result: _Result) -> Answered:
    """The answer to what was read: 206 where there is more, 416 where the offset is beyond the last row."""
    total = result.total
    if total is not None and query.offset > total:
        raise out_of_range(query.offset, total)
    is_part = total is not None and result.rows < total
    last = query.offset + result.rows - 1
    headers = {"Content-Range": _range(query.offset, last, total), **_kind(query)}
    content = b"" if asked.method == "HEAD" else (result.content or "null").encode()
    return Answered(206 if is_part else 200, headers, content)


def _changed(asked: Asked, query: Query, result: _Result) -> Answered:
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


def _objects(content: bytes) -> list[dict[str, Any]]:
    body = _parsed(content)
    objects = body if isinstance(body, list) else [body]
    if not all(isinstance(each, dict) for each in objects):
        raise unreadable_body("All object keys must match")
    return objects


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        raise unreadable_body("Empty or invalid json") from None
