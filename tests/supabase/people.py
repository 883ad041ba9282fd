"""Two clinics, five users, and a row of everything for each: what attackers want to get at."""

from __future__ import annotations

from unittest import TestCase

import psycopg

from tests.support.postgres import ALIE, Database, Postgres

USERS = {"anne": "a", "ben": "b", "carl": "c", "dora": "d", "eve": "e"}
"""Anne and Ben work in the north, Carl in the south; Dora has left the north; Eve has no clinic."""
_KINDS = ("session", "transcript", "artifact", "case", "commit", "feedback", "audit", "export")


def _uuid(tail: str) -> str:
    return f"00000000-0000-4000-8000-{tail:0>12}"


IDS = {
    "north": _uuid("1"),
    "south": _uuid("2"),
    "nothing": _uuid("3"),
    **{name: _uuid(letter + "0") for name, letter in USERS.items()},
    **{
        f"{name}_{kind}": _uuid(f"{letter}{number}")
        for name, letter in USERS.items()
        for number, kind in enumerate(_KINDS, 1)
    },
}
"""By name: "anne", "anne_session", "anne_transcript" ..., "north", "south"; "nothing" is nobody's."""
_CLINICS = {"anne": "north", "ben": "north", "carl": "south", "dora": "north", "eve": None}

_CLINIC = "insert into clinics (id, name) values ({north}, 'North'), ({south}, 'South')"
_MEMBERSHIPS = """
insert into memberships (user_id, clinic_id, role, active) values ({anne}, {north}, 'physician', true),
  ({ben}, {north}, 'staff', true), ({carl}, {south}, 'owner', true), ({dora}, {north}, 'physician', false)
"""
_ROWS = """
insert into sessions (id, user_id, clinic_id, status, mode, current_section)
  values ({X_session}, {X}, {clinic}, 'completed', 'ambient', 'section_7');
insert into transcripts (id, session_id, section, content) values ({X_transcript}, {X_session}, 'section_7', 'Texte X');
insert into artifacts (id, session_id, ir, role_map, narrative)
  values ({X_artifact}, {X_session}, '{{"of": "X"}}', '{{}}', '{{}}');
insert into cases (id, user_id, clinic_id, name) values ({X_case}, {X}, {clinic}, 'Case X');
insert into case_sessions (id, case_id, section_id, session_id, content)
  values ({X_commit}, {X_case}, 'section_7', {X_session}, 'Texte X');
insert into feedback (id, user_id, content) values ({X_feedback}, {X}, '{{"of": "X"}}');
insert into audit_logs (id, user_id, action) values ({X_audit}, {X}, 'test.row');
insert into export_history (id, user_id, session_id, format) values ({X_export}, {X}, {X_session}, 'pdf')
"""


def fill(sql: str, name: str = "") -> str:
    """SQL with the ids that stand in braces as literals; X is the user `name`, {clinic} that user's clinic."""
    clinic = _CLINICS.get(name)
    literals = {key: f"'{value}'" for key, value in IDS.items()}
    literals["clinic"] = literals[clinic] if clinic else "null"
    return sql.replace("{X", "{" + name).replace("X'", name + "'").replace('X"', name + '"').format(**literals)


def populate(database: Database) -> None:
    """Lets the users sign up and work."""
    for name in USERS:
        database.add_user(IDS[name], f"{name}@clinic.example")
    rows = ";".join(fill(_ROWS, name) for name in USERS)
    database.run(";".join((fill(_CLINIC), fill(_MEMBERSHIPS), rows)))


def world(case: TestCase) -> Database:
    """A database of its own with all of them."""
    database = Postgres.database(case, ALIE)
    populate(database)
    return database


def outcome(database: Database, who: str, sql: str) -> int | str:
    """What comes of one statement, which is then undone.

    Args:
        database: a `world`.
        who: a user, "anon" or "service_role".
        sql: with ids in braces.

    Returns:
        How many rows it gave or changed, or the SQLSTATE of its refusal.
    """
    claims = {"email": f"{who}@clinic.example"}
    with database.as_user(IDS[who], claims) if who in USERS else database.as_role(who) as caller:
        try:
            return caller.count(fill(sql, who))
        except psycopg.Error as error:
            return error.sqlstate or "?"
        finally:
            caller.undo()
