"""A request's transaction, with role and claims set as PostgREST sets them. Everything here runs in a worker thread."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any

import psycopg
from psycopg.sql import Composed

from tests.support import postgrest_statements as statements
from tests.support.postgrest_answers import Answered, Asked, Result, changed, page
from tests.support.postgrest_calls import call
from tests.support.postgrest_errors import Refused, not_one, refusal, unreadable_body
from tests.support.postgrest_request import Query, read_query
from tests.support.postgrest_schema import choose, read_functions, read_table

ROLES = ("anon", "authenticated", "service_role")


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
        return page(asked, query, result)
    return changed(asked, query, result)


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
    return page(asked, query, result)


def _become(connection: psycopg.Connection, asked: Asked, claims: Mapping[str, Any]) -> None:
    """Takes the role and tells PostgreSQL of the request, for this transaction only."""
    if claims["role"] not in ROLES:
        raise Refused(403, "42501", f'permission denied to set role "{claims["role"]}"')
    connection.execute(
        "SELECT set_config('role', %s, true), set_config('request.jwt.claims', %s, true),"
        " set_config('request.method', %s, true), set_config('request.path', %s, true)",
        (claims["role"], json.dumps(claims), asked.method, f"/{'rpc/' if asked.is_call else ''}{asked.name}"),
    )


def _run(connection: psycopg.Connection, statement: Composed, query: Query) -> Result:
    row = connection.execute(statement).fetchone()
    assert row is not None, "a statement gives one row"
    result = Result(*row)
    if query.wants_object and result.rows != 1:
        raise not_one(result.rows)  # within the transaction, so that nothing is changed
    return result


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
