"""The grammar of PostgREST's requests, as far as clients of Alie's database and their tests need it.

Source: docs.postgrest.org/en/v14/references/api/{tables_views,pagination_count,preferences}.html. There is no
embedding, no path into JSON and no `or`: what asks for them is refused, never understood otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.support.postgrest_errors import Refused, unreadable_query

SYMBOLS = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "like": "LIKE", "ilike": "ILIKE"}
IS = {"null": "NULL", "not_null": "NOT NULL", "true": "TRUE", "false": "FALSE", "unknown": "UNKNOWN"}
OBJECT = "application/vnd.pgrst.object+json"
_RESERVED = frozenset({"select", "order", "limit", "offset", "columns", "on_conflict"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SELECTED = re.compile(r"(?:(?P<alias>[A-Za-z_]\w*):)?(?P<name>\*|[A-Za-z_]\w*)(?:::(?P<cast>[A-Za-z_]\w*))?")
_ORDERED = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\.(?P<way>asc|desc))?(?:\.nulls(?P<nulls>first|last))?")
_IN_LIST = re.compile(r'\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^,"]*))\s*(?:,|$)')
_RANGE = re.compile(r"(\d+)-(\d*)")


@dataclass(frozen=True)
class Filter:
    """A column against values: `operator` is one of SYMBOLS, "is" or "in"; only "in" has other than one value."""

    column: str
    operator: str
    values: tuple[str, ...]
    is_negated: bool = False


@dataclass(frozen=True)
class Selected:
    """A column to be given; the name "*" is all of them."""

    name: str
    alias: str | None = None
    cast: str | None = None


@dataclass(frozen=True)
class Ordered:
    """A column to order by; `nulls` is "first", "last" or PostgreSQL's own choice."""

    name: str
    is_descending: bool = False
    nulls: str | None = None


@dataclass(frozen=True)
class Preferences:
    """The header Prefer, as far as it is understood; what is not is ignored, as PostgREST does."""

    returns: str = "minimal"
    count: bool = False
    resolution: str | None = None
    takes_defaults: bool = False


@dataclass(frozen=True)
class Query:
    """What the query string and the headers ask for.

    Attributes:
        limit: at most so many rows; None: all.
        columns: those that a body may fill; None: those of its objects.
        on_conflict: the columns whose equality is a conflict; empty: the primary key.
        wants_object: one object instead of a list.
    """

    select: tuple[Selected, ...] = (Selected("*"),)
    filters: tuple[Filter, ...] = ()
    order: tuple[Ordered, ...] = ()
    limit: int | None = None
    offset: int = 0
    columns: tuple[str, ...] | None = None
    on_conflict: tuple[str, ...] = ()
    prefer: Preferences = Preferences()
    wants_object: bool = False


def read_query(arguments: Iterable[tuple[str, str]], headers: Mapping[str, str]) -> Query:
    """Reads it from the pairs of the query string and the headers, whose names are in small letters.

    Raises:
        Refused: something is not of the grammar.
    """
    pairs = list(arguments)
    named = dict(pairs)
    limit, offset = _range(named, headers.get("range"))
    columns = named.get("columns")
    return Query(
        select=read_select(named.get("select") or "*"),
        filters=tuple(read_filter(name, value) for name, value in pairs if name not in _RESERVED),
        order=tuple(_ordered(each) for each in named["order"].split(",")) if named.get("order") else (),
        limit=limit,
        offset=offset,
        columns=None if columns is None else tuple(_name(each) for each in columns.split(",")),
        on_conflict=tuple(_name(each) for each in named.get("on_conflict", "").split(",") if each),
        prefer=read_preferences(headers.get("prefer", "")),
        wants_object=OBJECT in headers.get("accept", ""),
    )


def read_preferences(header: str) -> Preferences:
    """Reads the header Prefer; of two that contradict each other the first counts."""
    told: dict[str, str] = {}
    for each in header.split(","):
        name, _, value = each.strip().partition("=")
        told.setdefault(name, value)
    return Preferences(
        returns=told.get("return", "minimal"),
        count=told.get("count") in ("exact", "planned", "estimated"),
        resolution=told.get("resolution"),
        takes_defaults=told.get("missing") == "default",
    )


def read_select(text: str) -> tuple[Selected, ...]:
    """Reads `select`. Raises Refused."""
    if "(" in text:
        raise Refused(400, "PGRST127", "Feature not implemented", "Embedding is not part of this stand-in")
    found = [_SELECTED.fullmatch(each.strip()) for each in text.split(",")]
    if not all(found):
        raise unreadable_query(f'"failed to parse select parameter ({text})" (line 1, column 1)')
    return tuple(Selected(each["name"], each["alias"], each["cast"]) for each in found if each)


def read_filter(column: str, text: str) -> Filter:
    """Reads `[not.]operator.value`. The value of all but `in` is taken as it stands. Raises Refused."""
    operator, _, value = text.partition(".")
    is_negated = operator == "not"
    if is_negated:
        operator, _, value = value.partition(".")
    if operator == "in" and value.startswith("(") and value.endswith(")"):
        return Filter(_name(column), operator, _listed(value[1:-1]), is_negated)
    if operator in SYMBOLS or (operator == "is" and value.lower() in IS):
        return Filter(_name(column), operator, (value,), is_negated)
    raise unreadable_query(f'"failed to parse filter ({text})" (line 1, column 1)')


def _listed(text: str) -> tuple[str, ...]:
    values: list[str] = []
    position = 0
    while position < len(text):
        found = _IN_LIST.match(text, position)
        if found is None:
            raise unreadable_query(f'"failed to parse filter (in.({text}))" (line 1, column {position + 1})')
        quoted = found["quoted"]
        values.append(found["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        position = found.end()
    return tuple(values)


def _ordered(text: str) -> Ordered:
    found = _ORDERED.fullmatch(text.strip())
    if not found:
        raise unreadable_query(f'"failed to parse order ({text})" (line 1, column 1)')
    return Ordered(found["name"], found["way"] == "desc", found["nulls"])


def _name(text: str) -> str:
    name = text.strip().removeprefix('"').removesuffix('"')
    if not _NAME.fullmatch(name):
        raise unreadable_query(f'"failed to parse column ({text})" (line 1, column 1)')
    return name


def _range(named: Mapping[str, str], header: str | None) -> tuple[int | None, int]:
    """Limit and offset; the query string's come before the header's."""
    if "limit" in named or "offset" in named:
        limit, offset = named.get("limit", ""), named.get("offset", "") or "0"
        if (limit and not limit.isdecimal()) or not offset.isdecimal():
            raise Refused(
                416, "PGRST103", "Requested range not satisfiable", "Limit should be greater than or equal to 0."
            )
        return (int(limit) if limit else None), int(offset)
    found = _RANGE.fullmatch(header or "")
    if not found:
        return None, 0
    first = int(found[1])
    if not found[2]:
        return None, first
    if int(found[2]) < first:
        details = "The lower boundary must be lower than or equal to the upper boundary in the Range header."
        raise Refused(416, "PGRST103", "Requested range not satisfiable", details)
    return int(found[2]) - first + 1, first
