"""Attacks on what users may add, each beside a twin that must succeed, so that a refusal of everything is none."""

from __future__ import annotations

from typing import NamedTuple

DENIED = "42501"


class Attack(NamedTuple):
    """A statement that must not succeed, and its twin that must.

    Attributes:
        who: attacks.
        sql: the attack.
        friend: may do `twin`.
        twin: the legitimate statement.
        stopped: the SQLSTATE that stops the attack, or 0: it changes no row.
    """

    who: str
    sql: str
    friend: str
    twin: str
    stopped: str | int = DENIED


def same(who: str, sql: str, friend: str, stopped: str | int = 0) -> Attack:
    """The statement that one may make, and another may not."""
    return Attack(who, sql, friend, sql, stopped)


SELF_ENROLMENT = [
    Attack("eve", sql, "service_role", sql)
    for sql in (
        "insert into memberships (user_id, clinic_id, role) values ({eve}, {north}, 'owner')",
        "insert into memberships (user_id, clinic_id) values ({eve}, {north}) on conflict do nothing",
        "insert into memberships (user_id, clinic_id) values ({eve}, {north}) "
        "on conflict (user_id, clinic_id) do update set active = true",
    )
] + [
    Attack("dora", "update memberships set active = true", "service_role", "update memberships set active = true"),
    Attack("anne", "update memberships set role = 'owner'", "service_role", "update memberships set role = 'owner'"),
    Attack("carl", "update memberships set clinic_id = {north}", "carl", "select from memberships"),
    Attack("carl", "delete from memberships", "service_role", "delete from memberships"),
    Attack("carl", "insert into clinics (name) values ('Mine')", "carl", "select from clinics"),
    Attack("carl", "update clinics set name = 'Mine'", "service_role", "update clinics set name = 'Mine'"),
    Attack("carl", "delete from clinics", "carl", "select from clinics"),
]

_IN_CLINIC = "insert into {t} (user_id, clinic_id, {c}) values ({{anne}}, {{north}}, {v})"
_AS = "insert into sessions (user_id, clinic_id) values "
FORGERY = [
    same("carl", "insert into sessions (user_id) values ({anne})", "anne", DENIED),
    same("carl", "insert into cases (user_id) values ({anne})", "anne", DENIED),
    same("carl", "insert into feedback (user_id, content) values ({anne}, '{{\"a\": 1}}')", "anne", DENIED),
    same("carl", "insert into audit_logs (user_id, action) values ({anne}, 'case.read')", "anne", DENIED),
    Attack("carl", _AS + "({carl}, {north})", "carl", _AS + "({carl}, {south})"),
    Attack("dora", _AS + "({dora}, {north})", "dora", _AS + "({dora}, null)"),
    Attack("eve", "insert into cases (clinic_id) values ({south})", "eve", "insert into cases (name) values ('Mine')"),
    Attack(
        "eve",
        "insert into audit_logs (action, clinic_id) values ('case.read', {north})",
        "dora",
        "insert into audit_logs (action, clinic_id) values ('case.read', {north})",
    ),
    same("ben", "insert into transcripts (session_id, content) values ({anne_session}, 'x')", "anne", DENIED),
    same(
        "ben",
        "insert into artifacts (session_id, ir, role_map, narrative) values ({anne_session}, '{{}}', '{{}}', '{{}}')",
        "anne",
        DENIED,
    ),
    same(
        "carl",
        "insert into export_history (session_id, format) values ({anne_session}, 'pdf')",
        "ben",
        DENIED,
    ),
    Attack(
        "anne",
        "insert into sessions (id) values ({nothing})",
        "anne",
        "insert into sessions (status) values ('active')",
    ),
    Attack(
        "anne",
        "insert into audit_logs (action, timestamp) values ('case.read', '2020-01-01')",
        "anne",
        "insert into audit_logs (action) values ('case.read')",
    ),
    Attack(
        "anne",
        "insert into feedback (content, ttl_days) values ('{{\"a\": 1}}', null)",
        "anne",
        "insert into feedback (content, ttl_days) values ('{{\"a\": 1}}', 365)",
    ),
]

_COMMIT = "insert into case_sessions (case_id, section_id, session_id, content) values "
ORACLES = [
    Attack(
        "carl",
        _COMMIT + "({carl_case}, 's', {anne_session}, 'x')",
        "carl",
        _COMMIT + "({carl_case}, 's', {carl_session}, 'x')",
    ),
    Attack(
        "carl",
        _COMMIT + "({carl_case}, 's', {nothing}, 'x')",
        "carl",
        _COMMIT + "({carl_case}, 's', {carl_session}, 'x')",
    ),
    Attack(
        "carl",
        _COMMIT + "({anne_case}, 's', {carl_session}, 'x')",
        "anne",
        _COMMIT + "({anne_case}, 's', {ben_session}, 'x')",
    ),
    Attack(
        "ben",
        _COMMIT + "({anne_case}, 's', {ben_session}, 'x')",
        "ben",
        _COMMIT + "({ben_case}, 's', {anne_session}, 'x')",
    ),
    Attack(
        "carl",
        _COMMIT + "({nothing}, 's', {carl_session}, 'x')",
        "carl",
        _COMMIT + "({carl_case}, 's', {carl_session}, 'x')",
    ),
    Attack("carl", _AS + "({carl}, {nothing})", "carl", _AS + "({carl}, {south})"),
]
