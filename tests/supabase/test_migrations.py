"""etc/supabase applied to what projects have been left with."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from twisted.trial.unittest import SynchronousTestCase

from tests.supabase.people import IDS, fill, outcome, world
from tests.supabase.test_reading import TABLES
from tests.support.postgres import ALIE, MIGRATIONS, PRELUDE, PROJECT, Database, Postgres, migrations

_SHAPE = """
select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
  where table_schema = 'public'
union all select tablename, policyname, cmd, coalesce(qual, ''), coalesce(with_check, '') from pg_policies
union all select conrelid::regclass::text, conname, contype::text, convalidated::text, pg_get_constraintdef(oid)
  from pg_constraint where connamespace = 'public'::regnamespace
union all select tablename, indexname, '', '', indexdef from pg_indexes where schemaname = 'public'
union all select relname, '', relrowsecurity::text, relforcerowsecurity::text, relacl::text from pg_class
  where relnamespace = 'public'::regnamespace
union all select tgrelid::regclass::text, tgname, tgfoid::regproc::text, '', '' from pg_trigger where not tgisinternal
union all select proname, proacl::text, prosrc, '', '' from pg_proc where pronamespace = 'public'::regnamespace
order by 1, 2, 3, 4, 5
"""


def production(case: SynchronousTestCase, name: str) -> Database:
    """A project as it was left, with its data."""
    database = Postgres.database(case, PROJECT)
    for part in (name, f"{name}_data"):
        database.run(fill(_text(part)) if part.endswith("data") else _text(part))
    return database


def _text(name: str) -> str:
    return PRELUDE.with_name(f"{name}.sql").read_text()


def rows(database: Database) -> dict[str, int]:
    """How many rows each table holds."""
    tables = [row["tablename"] for row in database.run("select tablename from pg_tables where schemaname = 'public'")]
    return {table: database.run(f"select count(*) from {table}")[0]["count"] for table in tables}


class FreshTests(SynchronousTestCase):
    """On a project in which nothing has been done."""

    def test_twice_is_as_once(self) -> None:
        database = Postgres.database(self, ALIE)
        once = database.run(_SHAPE)
        database.apply()
        self.assertEqual(database.run(_SHAPE), once)
        self.assertEqual({row["table_name"] for row in once if row["table_name"] in TABLES}, set(TABLES))

    def test_each_file_may_be_applied_alone(self) -> None:
        """As in an editor on the web, where a file is a transaction."""
        database = Postgres.database(self, PROJECT)
        for file in migrations():
            database.apply(file)
        self.assertEqual(database.run(_SHAPE), Postgres.database(self, ALIE).run(_SHAPE))

    def test_undone_it_is_closed_and_can_be_done_again(self) -> None:
        """No table and no row goes with the rules."""
        database = world(self)
        before, shape = rows(database), database.run(_SHAPE)
        database.run((MIGRATIONS / "undo.sql").read_text())
        self.assertEqual(rows(database), before)
        self.assertEqual(database.run("select proname from pg_proc where proname like 'alie%%'"), [])
        self.assertEqual(outcome(database, "anne", "select from sessions"), 0)
        self.assertEqual(outcome(database, "anon", "select from sessions"), "42501")
        database.add_user(IDS["nothing"], "new@clinic.example")
        database.apply()
        self.assertEqual(database.run(_SHAPE), shape)


class ProductionTests(SynchronousTestCase):
    """On what the older backends left: nothing is lost, and everything is mended."""

    def check(self, name: str, mended: Callable[[Database], None]) -> None:
        """Applies everything twice; no row goes, and the second time nothing changes."""
        database = production(self, name)
        before = rows(database)
        database.apply()
        mended(database)
        after = rows(database)
        self.assertEqual({table: after[table] for table in before}, before)
        shape = database.run(_SHAPE)
        database.apply()
        self.assertEqual(database.run(_SHAPE), shape)
        self.work(database)

    def work(self, database: Database) -> None:
        """What the server asks for can be had, by a user with a clinic and by one without."""
        for who, clinic in (("anne", "{north}"), ("eve", "null")):
            with database.as_user(IDS[who]) as user:
                save = fill(f"alie_save_session('s99', 'ambient', 'Texte', 'fr-CA', true, {clinic}, 600)")
                session = user.run(f"select {save}")[0]["alie_save_session"]
                user.run(
                    "insert into artifacts (session_id, ir, role_map, narrative) values (%s, '{}', '{}', '{}')",
                    session["id"],
                )
                case = user.run("insert into cases (name) values (null) returning id")[0]["id"]
                self.assertIsNotNone(user.run("select alie_save_section(%s, 's', '{}', null) r", case)[0]["r"])
                for text in ("a", "b"):
                    commit = user.run("select alie_commit_section(%s, 's', %s, %s) r", case, session["id"], text)
                    self.assertIsNotNone(commit[0]["r"])
                user.run("insert into feedback (content) values ('{\"a\": 1}') returning id")
                user.run("insert into audit_logs (action, session_id) values ('dictation.end', %s)", IDS["nothing"])
                self.assertEqual(user.count("delete from sessions where id = %s", session["id"]), 1)

    def test_the_first_pages_project(self) -> None:
        self.check("production_m", self.m_is_mended)

    def m_is_mended(self, database: Database) -> None:
        """Times keep their meaning, old rows their text, owners without clinic see theirs, sign-ups work."""
        with database.as_user(IDS["eve"]) as eve:
            eve.run("set local timezone = 'UTC'")
            found = eve.run("select created_at::text, patient_id from sessions")
            self.assertEqual(found, [{"created_at": "2025-09-19 12:00:00+00", "patient_id": "P2"}])
            self.assertEqual(eve.run("select content from transcripts"), [{"content": "Eve"}])
        with database.as_user(IDS["anne"]) as anne:
            self.assertEqual(anne.count("select from sessions"), 2)
        database.add_user(IDS["dora"], "dora@clinic.example")
        self.assertEqual(database.run("delete from auth.users where id = %s returning 1 as x", IDS["dora"]), [{"x": 1}])
        for sql in ("select from users", "create table public.mine ()"):
            self.assertEqual(outcome(database, "anne", sql), "42501", sql)

    def test_the_later_pages_project(self) -> None:
        self.check("production_p", self.p_is_mended)

    def p_is_mended(self, database: Database) -> None:
        """Feedback in columns is read as content, and promises no end that it never had."""
        with database.as_user(IDS["anne"]) as anne:
            self.assertEqual(
                anne.run("select content, ttl_days from feedback"),
                [
                    {
                        "content": {
                            "meta": {"page": "x"},
                            "ratings": {"stars": 5},
                            "comment": "Bien",
                            "status": "open",
                        },
                        "ttl_days": None,
                    }
                ],
            )
            self.assertEqual(anne.run("select draft from cases"), [{"draft": {"a": 1}}])
            self.assertEqual(anne.run("select content from case_sessions"), [{"content": "Anne"}])

    def test_the_attacks_are_attacks(self) -> None:
        """What is refused now was possible, and what is possible now was refused."""
        database = production(self, "production_m")
        enrol = "insert into memberships (user_id, clinic_id, role) values ({eve}, {north}, 'owner')"
        own = "select from transcripts where session_id = {eve_session}"
        rest = "select from feedback", "truncate feedback", "select from audit_logs"
        before = [outcome(database, who, sql) for who, sql in (("eve", enrol), ("eve", own))]
        self.assertEqual(before, [1, 0])
        self.assertEqual([outcome(database, "anon", sql) for sql in rest], [1, -1, 1])
        self.assertEqual(outcome(database, "anon", "create table public.mine ()"), -1)
        self.assertRaises(psycopg.errors.DuplicateColumn, database.add_user, IDS["ben"], "ben@clinic.example")
        database.apply()
        self.assertEqual([outcome(database, who, sql) for who, sql in (("eve", enrol), ("eve", own))], ["42501", 1])
        self.assertEqual({outcome(database, "anon", sql) for sql in rest}, {"42501"})
        database.add_user(IDS["ben"], "ben@clinic.example")
