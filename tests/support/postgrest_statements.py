"""The SQL that PostgREST makes of a request to a table. PostgreSQL makes the JSON, so that values have its own forms.

Each statement gives one row: how many rows there are in the answer, how many without limit (null where nobody asked),
how many were inserted (null but for inserts), and the answer's JSON as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg.sql import SQL, Composable, Composed, Identifier, Literal
from psycopg.types.json import Json, Jsonb

from tests.support import postgrest_clauses as clauses
from tests.support.postgrest_errors import Refused, no_column, unreadable_body
from tests.support.postgrest_request import Query
from tests.support.postgrest_schema import Table

Body = list[dict[str, Any]]

_UNKNOWN = SQL("NULL::bigint")
_ALL = SQL("count(*)")
# Of a row that was there before, xmax is the transaction that changes it.
_MARKED = SQL(", (xmax = 0) AS _is_new")
_MARKED_ONLY = SQL("count(*) FILTER (WHERE _t._is_new)")
_WITHOUT_MARK = SQL("to_jsonb(_t) - '_is_new'")
_ROW = SQL("_t")


def read(table: Table, query: Query) -> Composed:
    """GET and HEAD."""
    origin = SQL("FROM {} {}").format(clauses.qualified(table.name), clauses.where(table.name, query.filters))
    columns = clauses.selected(table.name, query.select)
    order = clauses.order(table.name, query.order)
    source = SQL("SELECT {} {} {} {}").format(columns, origin, order, clauses.limit(query))
    total = SQL("(SELECT count(*) {})").format(origin) if query.prefer.count else _UNKNOWN
    return _answer(source, query, total)


def insert(table: Table, query: Query, body: Body) -> Composed:
    """POST."""
    columns = _filled(table, query.columns, body)
    merges = query.prefer.resolution == "merge-duplicates"
    source = _added(table, columns, body, query) + _conflict(table, query, columns) + _returning(table, query)
    if not merges:
        return _answer(source, query, _UNKNOWN, _ALL)
    return _answer(source + _MARKED, query, _UNKNOWN, _MARKED_ONLY, _WITHOUT_MARK)


def update(table: Table, query: Query, changes: dict[str, Any]) -> Composed:
    """PATCH. Without a filter it is refused, since Supabase loads safeupdate for its API."""
    columns = _filled(table, query.columns, [changes])
    relation = clauses.qualified(table.name)
    if not columns:
        nothing = SQL("SELECT {} FROM {} WHERE false").format(clauses.selected(table.name, query.select), relation)
        return _answer(nothing, query)
    _hold_to_filters(query, "UPDATE")
    settings = SQL(", ").join(SQL("{0} = _body.{0}").format(Identifier(each)) for each in columns)
    body = SQL("json_populate_record(NULL::{}, {}) _body").format(relation, Literal(Json(changes)))
    where = clauses.where(table.name, query.filters)
    source = SQL("UPDATE {} SET {} FROM {} {}").format(relation, settings, body, where)
    return _answer(source + _returning(table, query), query)


def delete(table: Table, query: Query) -> Composed:
    """DELETE; refused without a filter, as `update` is."""
    _hold_to_filters(query, "DELETE")
    where = clauses.where(table.name, query.filters)
    source = SQL("DELETE FROM {} {}").format(clauses.qualified(table.name), where)
    return _answer(source + _returning(table, query), query)


def _answer(
    source: Composed,
    query: Query,
    total: Composable = _UNKNOWN,
    inserted: Composable = _UNKNOWN,
    row: Composable = _ROW,
) -> Composed:
    form = SQL("json_agg({}) -> 0") if query.wants_object else SQL("coalesce(json_agg({}), '[]')")
    statement = SQL("WITH _s AS ({}) SELECT count(*), {}, {}, ({})::text FROM _s _t")
    return statement.format(source, total, inserted, form.format(row))


def _returning(table: Table, query: Query) -> Composed:
    """Without a representation nothing of the row is read, so that a row may be added that may not be seen."""
    is_full = query.prefer.returns == "representation"
    return SQL(" RETURNING {}").format(clauses.selected(table.name, query.select) if is_full else SQL("1 AS _one"))


def _added(table: Table, columns: Sequence[str], body: Body, query: Query) -> Composed:
    relation = clauses.qualified(table.name)
    if not columns:
        return SQL("INSERT INTO {} DEFAULT VALUES").format(relation)
    names = clauses.names(columns)
    objects = _completed(table, columns, body) if query.prefer.takes_defaults else Literal(Json(body))
    rows = SQL("json_populate_recordset(NULL::{}, {}) _body").format(relation, objects)
    return SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(relation, names, names, rows)


def _completed(table: Table, columns: Sequence[str], body: Body) -> Composed:
    """The objects of the body, each with the defaults of the columns that it lacks."""
    # The defaults' expressions come from the catalogue.
    pairs = [
        SQL("{}, {}").format(Literal(each), SQL(table.defaults[each]))  # type: ignore[arg-type]
        for each in columns
        if each in table.defaults
    ]
    completed = SQL("(SELECT json_agg(jsonb_build_object({}) || _each) FROM jsonb_array_elements({}) _each)")
    return completed.format(SQL(", ").join(pairs), Literal(Jsonb(body)))


def _conflict(table: Table, query: Query, columns: Sequence[str]) -> Composed:
    target = clauses.names(query.on_conflict or table.key)
    if query.prefer.resolution == "ignore-duplicates":
        return SQL(" ON CONFLICT ({}) DO NOTHING").format(target)
    if query.prefer.resolution == "merge-duplicates":
        settings = SQL(", ").join(SQL("{0} = EXCLUDED.{0}").format(Identifier(each)) for each in columns)
        return SQL(" ON CONFLICT ({}) DO UPDATE SET {}").format(target, settings)
    return Composed([])


def _filled(table: Table, columns: tuple[str, ...] | None, body: Body) -> tuple[str, ...]:
    """The columns that a body fills."""
    if columns is None:
        columns = tuple(body[0]) if body else ()
        if any(set(each) != set(columns) for each in body):
            raise unreadable_body("All object keys must match")
    for each in columns:
        if each not in table.columns:
            raise no_column(table.name, each)
    return columns


def _hold_to_filters(query: Query, verb: str) -> None:
    if not query.filters:
        raise Refused(400, "21000", f"{verb} requires a WHERE clause")
