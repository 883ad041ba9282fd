"""What check.sql finds."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.supabase.test_migrations import production
from tests.support.postgres import ALIE, MIGRATIONS, PROJECT, Database, Postgres

FAULTS = {
    "alter table cases disable row level security": "cases: row level security is off",
    "alter table cases no force row level security": "cases: row level security is off",
    "create policy open on sessions using (true)": "sessions: policy open is not from here",
    "grant select (content) on transcripts to anon": "transcripts: anon may select",
    "grant insert on feedback to public": "feedback: anon may insert",
    "grant delete on feedback to anon": "feedback: anon may delete",
    "grant truncate on cases to authenticated": "cases: authenticated may truncate",
    "grant update (role) on memberships to authenticated": "memberships: users may update",
    "grant delete on audit_logs to service_role": "audit_logs: service_role may change what was written down",
    "create function lent() returns int security definer language sql as 'select 1'": (
        "lent(): runs with its owner's rights, and looks names up anywhere"
    ),
    "create view everything as select * from cases": (
        "everything: a view that shows cases to whoever may read the view"
    ),
    "drop trigger alie_new_user on auth.users": "auth.users: no trigger makes the profiles of new users",
    "drop index alie_memberships_one": "memberships: somebody is a member of one clinic twice",
    "drop table case_sessions": "1 tables are missing: apply the numbered files",
}


def problems(database: Database) -> list[str]:
    """What it says."""
    return [row["problem"] for row in database.run((MIGRATIONS / "check.sql").read_text())]


class CheckTests(SynchronousTestCase):
    """Nothing where all is well, and every fault by its name."""

    def test_all_is_well(self) -> None:
        database = Postgres.database(self, ALIE)
        database.run("create view mine with (security_invoker = true) as select * from cases")
        self.assertEqual(problems(database), [])

    def test_every_fault_is_found(self) -> None:
        for fault, problem in FAULTS.items():
            database = Postgres.database(self, ALIE)
            database.run(fault)
            self.assertEqual(problems(database), [problem], fault)

    def test_an_untouched_project_lacks_everything(self) -> None:
        found = problems(Postgres.database(self, PROJECT))
        self.assertIn("11 tables are missing: apply the numbered files", found)

    def test_an_older_project_is_wrong_until_it_is_migrated(self) -> None:
        """Then only what old rows break is left to say."""
        database = production(self, "production_m")
        for problem in ("memberships: policy join is not from here", "feedback: anon may truncate"):
            self.assertIn(problem, problems(database))
        database.apply()
        self.assertEqual(
            problems(database),
            ["sessions: some old rows break alie_mode", "sessions: some old rows break alie_user_id_fkey"],
        )
