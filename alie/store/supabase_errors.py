"""What PostgREST's refusals mean to us. Pure.

An error's `message` names relations, constraints and sometimes values; it is looked at here, and goes nowhere else.
Sources: docs.postgrest.org/en/v14/references/errors.html; postgresql.org/docs/15/errcodes-appendix.html
"""

from __future__ import annotations

import re
from typing import Any

from alie.errors import (
    AlieError,
    AuthExpired,
    AuthInvalid,
    AuthRequired,
    Conflict,
    DatabaseError,
    DatabaseNotMigrated,
    DatabaseUnavailable,
    NotFound,
    ValidationFailed,
)
from alie.supabase import SupabaseAnswer

_EXPIRED = "JWT expired"
# A right or a grant that etc/supabase gives; a policy's refusal reads otherwise.
_NO_RIGHT = "permission denied for "
_CODE = re.compile(r"[A-Z0-9]{1,10}")
# The constraints of etc/supabase; others are those of an older table.
_OURS = re.compile(r'constraint "alie_')

_MISSING = frozenset(
    {
        "PGRST106",  # schema
        "PGRST202",  # function
        "PGRST203",  # function, twice
        "PGRST204",  # column
        "PGRST205",  # table
        "3F000",  # schema
        "42P01",  # table
        "42703",  # column
        "42704",  # type
        "42804",  # column of another type
        "42883",  # function or operator
        "42P10",  # unique constraint
        "42P17",  # policies that refer to each other
        "23502",  # a column that must be filled, and that Alie has nothing for: sessions.patient_id
    }
)
_TOKEN = frozenset({"PGRST301", "PGRST302", "PGRST303"})
# Besides those that the status tells: too busy, too slow, being stopped, or in each other's way.
_PASSING = ("08", "40", "53", "57", "PGRST0")
# Values that no column takes: 22 is data, 23514 a CHECK of ours.
_UNFIT = ("22", "23514")


def code_of(answer: SupabaseAnswer) -> str:
    """The error's code, such as "PGRST116" or "42501", for the log; "-" where there is none."""
    code = _text(answer, "code")
    return code if _CODE.fullmatch(code) else "-"


def error_of(answer: SupabaseAnswer, missing: str = "", denied: AlieError | None = None) -> AlieError:
    """What to raise for an answer that is not 2xx.

    Args:
        answer: PostgREST's, or that of the gateway before it.
        missing: the sentence where the one row that is meant is not there.
        denied: what a policy's refusal means, and a reference to a row that is not there; None: it should not happen.
    """
    code, message = code_of(answer), _text(answer, "message")
    if answer.status == 401 and code in _TOKEN:
        return AuthExpired() if message == _EXPIRED else AuthInvalid()
    if answer.status == 401 and code == "42501":
        return AuthRequired()  # nobody may do this; PostgREST says 403 where it knows who asks
    if code == "PGRST116":
        return NotFound(missing)
    if code in ("23503", "23514") and not _OURS.search(message):
        return DatabaseNotMigrated()
    if code in _MISSING or (code == "42501" and message.startswith(_NO_RIGHT)):
        return DatabaseNotMigrated()
    if code == "23505":
        return Conflict()
    if code in ("42501", "23503"):
        return denied or DatabaseError()
    if code.startswith(_UNFIT):
        return ValidationFailed()
    if answer.status >= 500 or answer.status == 429:
        is_passing = code == "-" or code.startswith(_PASSING)
        return DatabaseUnavailable() if is_passing else DatabaseError()
    return DatabaseError()


def _text(answer: SupabaseAnswer, name: str) -> str:
    body: Any = answer.body
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else ""
