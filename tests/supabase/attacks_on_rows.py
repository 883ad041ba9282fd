"""Attacks on rows that are there, and on the walls around them."""

from __future__ import annotations

from tests.supabase.attacks import Attack, same

CHANGES = [
    Attack(
        "dora",
        "update sessions set status = 'paused' where id = {dora_session}",
        "eve",
        "update sessions set status = 'paused' where id = {eve_session}",
        0,
    ),
    same("ben", "update sessions set status = 'cancelled' where id = {anne_session}", "anne"),
    same("carl", "update sessions set status = 'cancelled' where id = {anne_session}", "anne"),
    same("ben", "delete from sessions where id = {anne_session}", "anne"),
    same("ben", "update transcripts set content = 'x' where id = {anne_transcript}", "anne"),
    same("carl", "delete from transcripts where id = {anne_transcript}", "anne"),
    same("ben", "delete from artifacts where id = {anne_artifact}", "anne"),
    same("ben", "update cases set name = 'x' where id = {anne_case}", "anne"),
    same("carl", "delete from cases where id = {anne_case}", "anne"),
    same("ben", "delete from case_sessions where id = {anne_commit}", "anne"),
    same("ben", "update feedback set content = '{{\"a\": 1}}' where id = {anne_feedback}", "anne"),
    same("ben", "delete from feedback where id = {anne_feedback}", "anne"),
    same("ben", "update profiles set display_name = 'x' where user_id = {anne}", "anne"),
    Attack(
        "dora",
        "delete from sessions where id = {dora_session}",
        "eve",
        "delete from sessions where id = {eve_session}",
        0,
    ),
    Attack(
        "dora",
        "update cases set name = 'x' where id = {dora_case}",
        "eve",
        "update cases set name = 'x' where id = {eve_case}",
        0,
    ),
]

MOVES = [
    Attack("anne", "update sessions set clinic_id = null", "anne", "update sessions set updated_at = now()"),
    Attack("anne", "update cases set clinic_id = null", "anne", "update cases set updated_at = now()"),
    Attack(
        "anne",
        "update sessions set clinic_id = {south}",
        "anne",
        "update sessions set status = 'paused' where user_id = {anne}",
    ),
    Attack(
        "anne",
        "update sessions set user_id = {carl}",
        "anne",
        "update sessions set mode = 'ambient' where user_id = {anne}",
    ),
    Attack("eve", "update sessions set clinic_id = {north}", "eve", "update sessions set patient_id = 'x'"),
    Attack(
        "anne", "update cases set clinic_id = {south}", "anne", "update cases set draft = '{{}}' where user_id = {anne}"
    ),
    Attack(
        "anne",
        "update cases set user_id = {carl}",
        "anne",
        "update cases set status = 'completed' where user_id = {anne}",
    ),
    Attack(
        "anne", "update transcripts set session_id = {carl_session}", "anne", "update transcripts set section = 's'"
    ),
    Attack("anne", "update feedback set user_id = {carl}", "anne", "update feedback set content = '{{\"a\": 1}}'"),
    Attack("anne", "update feedback set ttl_days = 365", "anne", "update feedback set updated_at = now()"),
    Attack(
        "anne", "update case_sessions set content = 'x'", "anne", "delete from case_sessions where id = {anne_commit}"
    ),
]

_DEFAULT = "update profiles set default_clinic_id = "
PROFILES = [
    Attack("anne", "insert into profiles (default_clinic_id) values ({south})", "anne", _DEFAULT + "{north}"),
    Attack("anne", _DEFAULT + "{south}", "anne", _DEFAULT + "{north}"),
    Attack("dora", _DEFAULT + "{north}", "anne", _DEFAULT + "{north}"),
    Attack("eve", _DEFAULT + "{nothing}", "eve", _DEFAULT + "null"),
    Attack("anne", "update profiles set user_id = {nothing}", "anne", "update profiles set locale = 'en-CA'"),
    Attack("anne", "update profiles set email = 'x@y.z'", "anne", "update profiles set display_name = 'x'"),
    Attack("anne", "delete from profiles", "anne", "update profiles set consent_pipeda = true"),
    Attack("anne", "update profiles set locale = 'xx'", "anne", "update profiles set locale = 'fr-CA'", "23514"),
]

AUDIT = [
    Attack("anne", sql, "anne", "insert into audit_logs (action) values ('case.read')")
    for sql in (
        "update audit_logs set action = 'nothing'",
        "delete from audit_logs",
        "truncate audit_logs",
        "insert into audit_logs (id, action) values ({anne_audit}, 'x.y') on conflict (id) do update set action = 'x'",
        "delete from export_history",
        "update export_history set format = 'docx'",
    )
] + [
    Attack("service_role", sql, "service_role", "insert into audit_logs (user_id, action) values ({anne}, 'x.y')")
    for sql in ("update audit_logs set action = 'x'", "delete from audit_logs", "truncate audit_logs")
]

TABLES = [
    Attack("anne", sql, "anne", "select from sessions where id = {anne_session}")
    for sql in (
        "truncate sessions cascade",
        "alter table sessions disable row level security",
        "drop policy alie_read on sessions",
        "create trigger x before insert on sessions for each row execute function alie_touch()",
        "create table public.mine ()",
        "create function public.mine() returns int language sql as 'select 1'",
    )
]
