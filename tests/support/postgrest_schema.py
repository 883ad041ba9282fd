"""What PostgREST knows of a database: its tables' columns and its functions' parameters.

PostgREST keeps this in a cache; here it is asked for with each request, so that a test may change the database.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from psycopg import Connection

from tests.support.postgrest_errors import Refused, no_function, no_table

SCHEMA = "public"

_COLUMNS = """
    SELECT a.attname, coalesce(i.indisprimary, false), pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a
    LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey)
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.attgenerated = ''
    WHERE a.attrelid = to_regclass(format('%%I.%%I', %s::text, %s::text)) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""
_FUNCTIONS = """
    SELECT coalesce(p.proargnames, '{}'), coalesce(p.proargmodes::text[], '{}'), p.pronargs, p.pronargdefaults,
           array(SELECT format_type(t, NULL) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u(t, n) ORDER BY n),
           p.proretset,
           r.typtype = 'c' OR (r.typname = 'record' AND 't' = ANY (coalesce(p.proargmodes::text[], '{}'))),
           p.prorettype = 'void'::regtype
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_type r ON r.oid = p.prorettype
    WHERE n.nspname = %s AND p.proname = %s AND p.prokind = 'f'
"""


@dataclass(frozen=True)
class Table:
    """A table or view: its columns in order, those of the primary key, and the SQL of each default."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    defaults: dict[str, str]


@dataclass(frozen=True)
class Function:
    """A function.

    Attributes:
        parameters: name and SQL type, in order.
        required: how many of them, from the first, have no default.
        gives_set: rows or values rather than one.
        gives_rows: of several columns each, rather than values.
        gives_nothing: void.
    """

    name: str
    parameters: tuple[tuple[str, str], ...]
    required: int
    gives_set: bool
    gives_rows: bool
    gives_nothing: bool

    def takes(self, arguments: Collection[str]) -> bool:
        """Whether it can be called with exactly these."""
        names = [name for name, _ in self.parameters]
        return set(arguments) <= set(names) and set(names[: self.required]) <= set(arguments)


def read_table(connection: Connection, name: str) -> Table:
    """Raises Refused where there is none."""
    rows = connection.execute(_COLUMNS, (SCHEMA, name)).fetchall()
    if not rows:
        raise no_table(SCHEMA, name)
    return Table(
        name,
        tuple(column for column, _, _ in rows),
        tuple(column for column, is_key, _ in rows if is_key),
        {column: default for column, _, default in rows if default is not None},
    )


def read_functions(connection: Connection, name: str) -> list[Function]:
    """All of that name."""
    return [
        Function(name, tuple(zip(_inputs(names, modes), types, strict=True)), count - defaults, *shape)
        for names, modes, count, defaults, types, *shape in connection.execute(_FUNCTIONS, (SCHEMA, name))
    ]


def choose(functions: list[Function], name: str, arguments: Collection[str]) -> Function:
    """The one that can be called with these arguments. Raises Refused where there is none, or more."""
    found = [each for each in functions if each.takes(arguments)]
    if not found:
        raise no_function(SCHEMA, name, sorted(arguments))
    if len(found) > 1:
        raise Refused(300, "PGRST203", f"Could not choose the best candidate function between: {name}")
    return found[0]


def _inputs(names: list[str], modes: list[str]) -> list[str]:
    """The names of what goes in; without modes, everything does."""
    return [name for name, mode in zip(names, modes, strict=True) if mode in "ibv"] if modes else names
