"""The SQL that PostgREST makes of a call of a function; its row has the columns of postgrest_statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg.sql import SQL, Composed, Identifier, Literal
from psycopg.types.json import Json

from tests.support import postgrest_clauses as clauses
from tests.support.postgrest_request import Query
from tests.support.postgrest_schema import Function

_CALLED = "_called"


def call(function: Function, arguments: Mapping[str, Any], query: Query) -> Composed:
    """A call with named arguments; a function that gives rows is read as a table is."""
    if function.gives_rows:
        source = SQL("SELECT {} FROM {} {} {} {}").format(
            clauses.selected(_CALLED, query.select),
            _invocation(function, arguments),
            clauses.where(_CALLED, query.filters),
            clauses.order(_CALLED, query.order),
            clauses.limit(query),
        )
        rows = SQL("json_agg(_t)")
    else:
        source = SQL("SELECT to_json(_called) AS _value FROM {}").format(_invocation(function, arguments))
        rows = SQL("json_agg(_t._value)")
    is_list = function.gives_set and not query.wants_object
    body = SQL("coalesce({}, '[]')" if is_list else "{} -> 0").format(rows)
    total = SQL("count(*)" if query.prefer.count else "NULL::bigint")
    return SQL("WITH _s AS ({}) SELECT count(*), {}, NULL::bigint, ({})::text FROM _s _t").format(source, total, body)


def _invocation(function: Function, arguments: Mapping[str, Any]) -> Composed:
    given = [(name, kind) for name, kind in function.parameters if name in arguments]
    named = SQL(", ").join(SQL("{0} => _given.{0}").format(Identifier(name)) for name, _ in given)
    invocation = SQL("{}({}) {}").format(clauses.qualified(function.name), named, Identifier(_CALLED))
    if not given:
        return invocation
    # The names of types come from the catalogue.
    kinds = SQL(", ").join(SQL("{} {}").format(Identifier(name), SQL(kind)) for name, kind in given)  # type: ignore[arg-type]
    record = SQL("json_to_record({}) AS _given({}), LATERAL ").format(Literal(Json(dict(arguments))), kinds)
    return record + invocation
