"""The Supabase store does what every store must do; on a real PostgreSQL, to which etc/supabase has been applied."""

from __future__ import annotations

import time

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import TestCase

from alie.principal import SUPABASE, Caller, Principal
from alie.store.interface import Store
from alie.store.sqlite_database import new_id
from alie.store.supabase import SupabaseStore
from alie.supabase import SupabaseHttp
from tests.store.contract import StoreCase, StoreContract
from tests.support.postgres import ALIE
from tests.support.postgrest_project import ANON_KEY, Project, token_of


class SupabaseContractCase(StoreCase, TestCase):
    """A project of the test's own."""

    def setUp(self) -> Deferred[None]:
        """Lays out the project, and makes the store and its users."""
        self.project = Project(self, ALIE)
        self.user_ids: dict[str, str] = {}
        self.clinic_ids: dict[str, str] = {}
        return Deferred.fromCoroutine(self.prepare())

    async def make_store(self) -> Store:
        """Has nothing to start; its connections are closed when the test ends."""
        http = SupabaseHttp(reactor, self.project.url, ANON_KEY)
        self.addCleanup(http.close)
        return SupabaseStore(http, time.time)

    async def make_caller(self, user: str, clinic: str | None) -> Caller:
        """Signed up and signed in. The profile that a sign-up makes is taken away again."""
        run = self.project.database.run
        email = f"{user.lower()}@example.org"
        if user not in self.user_ids:
            self.user_ids[user] = new_id()
            self.project.database.add_user(self.user_ids[user], email)
            run("delete from profiles where user_id = %s", self.user_ids[user])
        if clinic is not None and clinic not in self.clinic_ids:
            self.clinic_ids[clinic] = new_id()
            run("insert into clinics (id, name) values (%s, %s)", self.clinic_ids[clinic], clinic)
        user_id, clinic_id = self.user_ids[user], self.clinic_ids.get(clinic or "")
        if clinic_id is not None:
            sql = "insert into memberships (user_id, clinic_id, role) values (%s, %s, 'physician')"
            run(sql, user_id, clinic_id)
        return Caller(Principal(user_id, SUPABASE, clinic_id=clinic_id), token_of(user_id, email=email))

    async def leave(self, caller: Caller) -> None:
        """As an administrator does it."""
        sql = "update memberships set active = false where user_id = %s"
        self.project.database.run(sql, caller.principal.user_id)


class SupabaseContractTests(StoreContract, SupabaseContractCase):
    """What every store must do."""
