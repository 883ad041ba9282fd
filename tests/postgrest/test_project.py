"""A whole project at one address: who signs in at its Auth is who asks its database."""

from __future__ import annotations

import time

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from alie.principal import SUPABASE, Caller, Principal
from alie.store.supabase import SupabaseStore
from alie.supabase import SupabaseHttp
from tests.support.postgrest_project import Project
from tests.support.postgrest_vendor import Chain, ask
from tests.support.supabase_auth import SupabaseAuth

EMAIL, PASSWORD = "anne@clinic.test", "a long password"
PROFILE: Chain = [["from", "profiles"], ["select", "email"], ["single"]]


class Whole(TestCase):
    """Keys of any kind, and those that come later."""

    async def test_algorithms(self) -> None:
        for algorithm in ("ES256", "RS256", "HS256"):
            auth = SupabaseAuth(algorithm)
            project = Project(self, auth=auth)
            user_id = auth.add(EMAIL, PASSWORD)
            project.database.add_user(user_id, EMAIL)
            http = SupabaseHttp(reactor, project.url, auth.anon_key)
            self.addCleanup(http.close)
            body = {"email": EMAIL, "password": PASSWORD}
            params = {"grant_type": "password"}
            signed_in = await http.request("POST", "/auth/v1/token", token=None, params=params, json=body)
            token = signed_in.body["access_token"]
            found = await SupabaseStore(http, time.time).profile(Caller(Principal(user_id, SUPABASE), token))
            assert found is not None
            self.assertEqual((found["user_id"], found["email"]), (user_id, EMAIL), algorithm)

    async def test_rotation(self) -> None:
        auth = SupabaseAuth()
        project = Project(self, auth=auth)
        user_id = auth.add(EMAIL, PASSWORD)
        project.database.add_user(user_id, EMAIL)
        old = auth.token(user_id)
        auth.rotate()
        for token in (old, auth.token(user_id)):
            (told,) = await ask(reactor, project.url, auth.anon_key, token, PROFILE)
            self.assertEqual((told.data, told.error), ({"email": EMAIL}, None))
