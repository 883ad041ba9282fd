"""What runs by itself or with its owner's rights: attacks on the functions themselves."""

from __future__ import annotations

from psycopg import errors
from twisted.trial.unittest import SynchronousTestCase

from tests.supabase.people import IDS, fill, outcome, world

DENIED = "42501"
NEW = "00000000-0000-4000-8000-0000000000f0"
_SEEN = "select from sessions where clinic_id = {north}"
# Eve's own memberships, identity and century.
_SHADOWS = """
create temp table memberships as select {eve}::uuid user_id, {north}::uuid clinic_id, true active;
create function pg_temp.uid() returns uuid language sql as $$ select {anne}::uuid $$;
create function pg_temp.now() returns timestamptz language sql as $$ select '2100-01-01'::timestamptz $$;
set local search_path = pg_temp, auth, pg_catalog, public
"""
_FUNCTIONS = """
select p.proname, p.prosecdef, p.proconfig, has_function_privilege('anon', p.oid, 'execute') as anon,
  has_function_privilege('authenticated', p.oid, 'execute') as users
from pg_proc p where p.pronamespace = 'public'::regnamespace
"""


class RightsTests(SynchronousTestCase):
    """No function lends more than it must."""

    def setUp(self) -> None:
        self.database = world(self)

    def test_only_two_run_with_their_owners_rights(self) -> None:
        """And all look names up nowhere but where they say."""
        functions = {row["proname"]: row for row in self.database.run(_FUNCTIONS)}
        definers = {name for name, row in functions.items() if row["prosecdef"]}
        self.assertEqual(definers, {"alie_new_user", "alie_feedback_purge"})
        self.assertEqual({str(row["proconfig"]) for row in functions.values()}, {"['search_path=\"\"']"})
        self.assertEqual([name for name, row in functions.items() if row["anon"]], [])
        self.assertEqual(
            {name for name, row in functions.items() if row["users"]},
            {"alie_clinics", "alie_lock", "alie_feedback_purge"}
            | {"alie_save_session", "alie_save_section", "alie_commit_section"},
        )

    def test_anon_calls_nothing(self) -> None:
        for call in (
            "alie_clinics()",
            "alie_feedback_purge()",
            "alie_lock('x')",
            "alie_save_session('s', 'ambient', 'x', null, true, null, 600)",
            "alie_save_section({anne_case}, 's', '{{}}', null)",
            "alie_commit_section({anne_case}, 's', {anne_session}, 'x')",
        ):
            self.assertEqual(outcome(self.database, "anon", f"select {call}"), DENIED, call)
            self.assertNotEqual(outcome(self.database, "anne", f"select {call}"), DENIED, call)

    def test_a_trigger_is_not_called(self) -> None:
        for name in ("alie_new_user", "alie_touch", "alie_default_clinic", "alie_feedback_added"):
            self.assertIn(outcome(self.database, "anne", f"select public.{name}()"), (DENIED, "0A000"), name)

    def test_what_a_caller_puts_before_the_names_is_not_used(self) -> None:
        """Temporary tables and functions stand before all others in a search path that does not say otherwise."""
        with self.database.as_user(IDS["eve"]) as eve:
            eve.run(fill(_SHADOWS))
            self.assertEqual(eve.count(fill(_SEEN)), 0)
            eve.run("select public.alie_feedback_purge()")
            with self.assertRaises(errors.InsufficientPrivilege):
                eve.run("insert into sessions (clinic_id) values (%s)", IDS["north"])
        self.assertEqual(outcome(self.database, "anne", _SEEN), 3)
        self.assertEqual(self.database.run("select count(*) from feedback"), [{"count": 5}])


class NewUserTests(SynchronousTestCase):
    """A profile for everybody who signs up, and a sign-up whatever becomes of the profile."""

    def setUp(self) -> None:
        self.database = world(self)

    def sign_up(self, email: str | None, metadata: dict[str, object]) -> list[dict[str, object]]:
        """Somebody new, and what the profile says."""
        self.database.add_user(NEW, email, metadata)
        return self.database.run("select display_name, locale, email from profiles where user_id = %s", NEW)

    def test_the_name_is_the_one_given(self) -> None:
        profile = self.sign_up("new@clinic.example", {"name": " Fanny ", "clinic_id": IDS["north"], "role": "owner"})
        self.assertEqual(profile, [{"display_name": "Fanny", "locale": "fr-CA", "email": "new@clinic.example"}])
        self.assertEqual(self.database.run("select * from memberships where user_id = %s", NEW), [])

    def test_else_it_is_the_mail_addresss_local_part(self) -> None:
        self.assertEqual(self.sign_up("new@clinic.example", {"name": ""})[0]["display_name"], "new")

    def test_a_user_without_either_signs_up(self) -> None:
        self.assertEqual(self.sign_up(None, {})[0]["display_name"], "")

    def test_a_name_of_any_length_signs_up(self) -> None:
        self.assertEqual(self.sign_up("new@clinic.example", {"name": "é" * 5000})[0]["display_name"], "é" * 255)

    def test_a_profile_that_cannot_be_made_fails_no_sign_up(self) -> None:
        """Even without the table."""
        self.database.run("alter table profiles rename to gone")
        self.database.add_user(NEW, "new@clinic.example")
        self.assertEqual(len(self.database.run("select from auth.users where id = %s", NEW)), 1)

    def test_a_profile_that_is_there_stays(self) -> None:
        self.database.run("alter table auth.users disable trigger user")
        self.database.add_user(NEW, "new@clinic.example")
        self.database.run("alter table auth.users enable trigger user")
        with self.database.as_user(NEW, {"email": "new@clinic.example"}) as new:
            new.run("insert into profiles (display_name, email) values ('Own', 'new@clinic.example')")
        with self.assertRaises(errors.InsufficientPrivilege), self.database.as_user(NEW, {"email": "n@x.y"}) as new:
            new.run("insert into profiles (display_name, email) values ('Own', 'anne@clinic.example')")
        with self.assertRaises(errors.UniqueViolation), self.database.as_user(NEW) as new:
            new.run("insert into profiles (display_name) values ('Again')")
