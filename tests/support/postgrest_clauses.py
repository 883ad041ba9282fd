"""Parts of the SQL that PostgREST makes of a request."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg.sql import SQL, Composed, Identifier, Literal

from tests.support.postgrest_request import IS, SYMBOLS, Filter, Ordered, Query, Selected
from tests.support.postgrest_schema import SCHEMA


def where(table: str, filters: Sequence[Filter]) -> Composed:
    """WHERE, or nothing; the columns are those of `table`, which may be an alias."""
    if not filters:
        return SQL("").format()
    return SQL("WHERE {}").format(SQL(" AND ").join(_condition(table, each) for each in filters))


def _condition(table: str, each: Filter) -> Composed:
    column = Identifier(table, each.column)
    if each.operator == "is":
        condition = SQL("{} IS {}").format(column, SQL(IS[each.values[0].lower()]))  # type: ignore[arg-type]
    elif each.operator == "in":
        condition = SQL("{} = ANY ({})").format(column, Literal(_array(each.values)))
    else:
        value = each.values[0].replace("*", "%") if each.operator.endswith("like") else each.values[0]
        condition = SQL("{} {} {}").format(column, SQL(SYMBOLS[each.operator]), Literal(value))  # type: ignore[arg-type]
    return SQL("NOT ({})").format(condition) if each.is_negated else condition


def _array(values: Sequence[str]) -> str:
    """PostgreSQL's text of an array, whose type the column decides."""
    quoted = (each.replace("\\", "\\\\").replace('"', '\\"') for each in values)
    return "{" + ",".join(f'"{each}"' for each in quoted) + "}"


def selected(table: str, select: Sequence[Selected]) -> Composed:
    """What SELECT or RETURNING names."""
    return SQL(", ").join(_column(table, each) for each in select)


def _column(table: str, each: Selected) -> Composed:
    if each.name == "*":
        return SQL("{}.*").format(Identifier(table))
    column = SQL("{}").format(Identifier(table, each.name))
    if each.cast:
        column = SQL("CAST({} AS {})").format(column, Identifier(each.cast))
    return SQL("{} AS {}").format(column, Identifier(each.alias or each.name))


def order(table: str, order: Sequence[Ordered]) -> Composed:
    """ORDER BY, or nothing."""
    if not order:
        return SQL("").format()
    return SQL("ORDER BY {}").format(SQL(", ").join(_ordering(table, each) for each in order))


def _ordering(table: str, each: Ordered) -> Composed:
    way = SQL("DESC") if each.is_descending else SQL("ASC")
    nulls = {None: SQL(""), "first": SQL("NULLS FIRST"), "last": SQL("NULLS LAST")}[each.nulls]
    return SQL("{} {} {}").format(Identifier(table, each.name), way, nulls)


def limit(query: Query) -> Composed:
    """LIMIT and OFFSET."""
    limit = SQL("ALL") if query.limit is None else Literal(query.limit)
    return SQL("LIMIT {} OFFSET {}").format(limit, Literal(query.offset))


def names(columns: Sequence[str]) -> Composed:
    """Columns, with commas."""
    return SQL(", ").join(Identifier(each) for each in columns)


def qualified(name: str) -> Identifier:
    """A table or a function of the schema that is served."""
    return Identifier(SCHEMA, name)
