"""What PostgREST answers when it cannot: a status and a body of `code`, `message`, `details`, `hint`.

Source: docs.postgrest.org/en/v14/references/errors.html, and src/PostgREST/Error.hs of that version.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg

# By the beginning of the SQLSTATE; the longest that fits counts. What is not here is 400.
_STATUS_OF_SQLSTATE = {
    **dict.fromkeys(("08", "53", "57P01"), 503),
    **dict.fromkeys(("09", "21000", "25", "2D", "38", "39", "3B", "40", "53400", "54", "55", "57", "58"), 500),
    **dict.fromkeys(("F0", "HV", "P0", "XX", "42P17"), 500),
    **dict.fromkeys(("0L", "0P", "28"), 403),
    **dict.fromkeys(("23503", "23505"), 409),
    **dict.fromkeys(("42883", "42P01"), 404),
    "25006": 405,
    "P0001": 400,
}
_DENIED = "42501"
_CHOSEN_BY_FUNCTION = re.compile(r"PT(\d{3})")


class Refused(Exception):
    """A request that is answered with an error."""

    def __init__(
        self, status: int, code: str | None, message: str, details: str | None = None, hint: str | None = None
    ):
        super().__init__(code or message)
        self.status = status
        self.body: dict[str, Any] = {"code": code, "details": details, "hint": hint, "message": message}


class GatewayRefused(Refused):
    """What the gateway before PostgREST refuses: its body knows no code."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(401, None, message)
        self.body = {"message": message, "hint": hint}


def status_of(sqlstate: str, is_authenticated: bool, message: str = "") -> int:
    """The HTTP status of PostgreSQL's error."""
    if chosen := _CHOSEN_BY_FUNCTION.fullmatch(sqlstate):
        return int(chosen[1])
    if sqlstate == _DENIED:
        return 403 if is_authenticated else 401
    if sqlstate == "21000" and message.endswith("requires a WHERE clause"):
        return 400
    if sqlstate == "22023" and message.startswith("role ") and message.endswith("does not exist"):
        return 401
    beginnings = (sqlstate[:length] for length in range(len(sqlstate), 1, -1))
    return next((_STATUS_OF_SQLSTATE[each] for each in beginnings if each in _STATUS_OF_SQLSTATE), 400)


def refusal(error: psycopg.Error, is_authenticated: bool) -> Refused:
    """The answer to a request that PostgreSQL refused, or could not be asked."""
    if error.sqlstate is None:
        return Refused(503, "PGRST001", "Database client error. Retrying the connection.")
    told = error.diag
    message = told.message_primary or ""
    status = status_of(error.sqlstate, is_authenticated, message)
    return Refused(status, error.sqlstate, message, told.message_detail, told.message_hint)


def not_one(count: int) -> Refused:
    """One object was asked for, and there are `count`."""
    message = "Cannot coerce the result to a single JSON object"
    return Refused(406, "PGRST116", message, f"The result contains {count} rows")


def no_table(schema: str, name: str) -> Refused:
    """A table that the schema cache does not know."""
    return Refused(404, "PGRST205", f"Could not find the table '{schema}.{name}' in the schema cache")


def no_column(table: str, name: str) -> Refused:
    """A column of the body or of `columns` that the schema cache does not know."""
    return Refused(400, "PGRST204", f"Could not find the '{name}' column of '{table}' in the schema cache")


def no_function(schema: str, name: str, arguments: list[str]) -> Refused:
    """A function with these arguments that the schema cache does not know."""
    called = f"{schema}.{name}" + (f"({', '.join(arguments)})" if arguments else " without parameters")
    return Refused(404, "PGRST202", f"Could not find the function {called} in the schema cache")


def unreadable_query(message: str) -> Refused:
    """A query string that is not of the grammar."""
    return Refused(400, "PGRST100", message)


def unreadable_body(message: str) -> Refused:
    """A body that is no JSON, or not of the shape that is needed."""
    return Refused(400, "PGRST102", message)


def out_of_range(offset: int, total: int) -> Refused:
    """Rows were asked for that are beyond the last."""
    details = f"An offset of {offset} was requested, but there are only {total} rows."
    return Refused(416, "PGRST103", "Requested range not satisfiable", details)


def bad_token(code: str, message: str) -> Refused:
    """A token that is refused: PGRST301 where it cannot be read or is not signed, PGRST303 for its claims."""
    return Refused(401, code, message)
