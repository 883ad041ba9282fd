"""Tokens of every kind that a project may sign, at a real daemon: who is let in, who is not, and how often it asks."""

from __future__ import annotations

import time
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import TestCase

from tests.support.daemon import start
from tests.support.page_calls import PageCalls
from tests.support.page_calls import start as begin
from tests.support.postgrest_project import sign
from tests.support.whole_supabase import Person, WholeSupabase

KEY_SET = ("GET", "/auth/v1/.well-known/jwks.json")
USER = ("GET", "/auth/v1/user")
READY = ["stream_ready"]


def expired() -> dict[str, int]:
    """Claims of a token that was good until two minutes ago."""
    now = int(time.time())
    return {"iat": now - 3720, "exp": now - 120}


class KindTest(TestCase):
    """A project and its daemon; tokens are shown by REST and on the socket."""

    timeout = 60
    algorithm = "ES256"

    def setUp(self) -> None:
        self.project = WholeSupabase(self, self.algorithm)

    async def page(self, **settings: str) -> PageCalls:
        """A daemon's."""
        return PageCalls(await start(self, **self.project.settings, **settings).listening)

    async def judge(self, page: PageCalls, token: str, expected: str = "") -> None:
        """Whether a token is good; else what it is refused with."""
        told = await page.signed_in(token).call("POST", "/api/auth/ws-token")
        dictated = await begin(await page.dictate(), token=token)
        if not expected:
            self.assertEqual((told.status, dictated), (200, READY), told.body)
            return
        self.assertEqual(told.status, 401, told.body)
        self.assertEqual(dictated, [expected, "1008"])


class PublishedTests(KindTest):
    """Projects that publish their keys."""

    def test_kinds(self) -> Any:
        """All three algorithms, one after another without a restart; then what nobody may come in with."""

        async def run() -> None:
            project = self.project
            anne = project.add("anne")
            page = await self.page()
            old = project.token(anne)
            await self.judge(page, old)
            self.assertEqual(project.auth.asked.count(KEY_SET), 1)
            for algorithm in ("RS256", "EdDSA"):
                project.auth.rotate(algorithm)
            await self.judge(page, project.token(anne))
            self.assertEqual(project.auth.asked.count(KEY_SET), 2)
            project.auth.keys.append(project.auth.keys.pop(1))  # the one for RS256 signs
            await self.judge(page, project.token(anne))
            await self.judge(page, old)
            await self.refusals(page, anne)
            self.assertEqual(project.auth.asked.count(KEY_SET), 2)
            self.assertEqual(project.auth.asked.count(USER), 0)

        return ensureDeferred(run())

    async def refusals(self, page: PageCalls, anne: Person) -> None:
        """Keys of the project, expired tokens, those of others."""
        project = self.project
        for role in ("anon", "service_role"):
            await self.judge(page, sign(role=role, iss="supabase", exp=int(time.time()) + 3600), "AUTH_INVALID")
            await self.judge(page, project.token(anne, role=role), "AUTH_INVALID")
        await self.judge(page, project.auth.anon_key, "AUTH_INVALID")
        await self.judge(page, project.token(anne, **expired()), "AUTH_EXPIRED")
        for claims in ({"iss": "https://other.supabase.co/auth/v1"}, {"aud": "anon"}, {"is_anonymous": True}):
            await self.judge(page, project.token(anne, **claims), "AUTH_INVALID")
        forged = project.token(anne)[:-8] + "AAAAAAAA"
        await self.judge(page, forged, "AUTH_INVALID")

    def test_user_metadata(self) -> Any:
        """Users write that themselves: it gives neither role nor clinic."""

        async def run() -> None:
            project = self.project
            north = project.clinic("North")
            eve = project.add("eve")
            project.auth.set_user_metadata(eve.user_id, role="admin", clinic_id=north)
            page = (await self.page()).signed_in(project.token(eve))
            self.assertEqual((await page.call("GET", "/api/profile")).body["user"]["role"], "user")
            saved = await page.call("POST", "/api/sessions", {"sectionId": "section_7", "transcript": "x"})
            row = project.database.run("select clinic_id from sessions where id = %s", saved.body["id"])
            self.assertEqual(row, [{"clinic_id": None}])

        return ensureDeferred(run())


class OldProjectTests(KindTest):
    """Projects that publish no keys."""

    algorithm = "HS256"

    def test_with_its_secret(self) -> Any:
        """Verified here; another secret is no good."""

        async def run() -> None:
            project = self.project
            anne = project.add("anne")
            page = await self.page(SUPABASE_JWT_SECRET=project.auth.jwt_secret)
            await self.judge(page, project.token(anne))
            await self.judge(
                page, sign("another secret, which is long as well", **project.auth.claims(anne.user_id)), "AUTH_INVALID"
            )
            await self.judge(page, project.token(anne, **expired()), "AUTH_EXPIRED")
            await self.judge(page, project.token(anne, role="service_role"), "AUTH_INVALID")
            profile = await page.signed_in(project.token(anne)).call("GET", "/api/profile")
            self.assertEqual(profile.body["user"]["id"], anne.user_id)
            self.assertEqual(project.auth.asked.count(USER), 0)

        return ensureDeferred(run())

    def test_without_its_secret(self) -> Any:
        """Supabase is asked, once a minute for a token, and its word is good; the operator is told."""

        async def run() -> None:
            project = self.project
            anne = project.add("anne")
            page = await self.page()
            token = project.token(anne)
            await self.judge(page, token)
            self.assertEqual(project.auth.asked.count(USER), 1)
            await self.judge(
                page, sign("another secret, which is long as well", **project.auth.claims(anne.user_id)), "AUTH_INVALID"
            )
            await self.judge(page, project.token(anne, role="service_role"), "AUTH_INVALID")
            ended = project.auth.session(anne.user_id)
            project.auth.log_out(ended)
            # Its token of before is vouched for during a minute; one that was not shown yet is not good any more.
            await self.judge(page, token)
            await self.judge(page, project.token(anne, session_id=ended, aal="aal2"), "AUTH_INVALID")
            told = (await page.call("GET", "/readyz")).body
            self.assertIn("SUPABASE_JWT_SECRET", str(told))

        return ensureDeferred(run())
