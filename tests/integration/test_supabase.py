"""All that users of a Supabase project do, on real processes: a project on loopback, and a real daemon that is told its
address and its public key, and nothing else of it."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from alie.auth.keyring import NO_KEYS
from alie.simulator.script import MARKS
from tests.ambient.payloads import ours
from tests.support.alie_command import alie
from tests.support.daemon import Daemon, start
from tests.support.page_calls import ORIGIN, PATIENCE_S, PageCalls, outcome
from tests.support.page_calls import start as begin
from tests.support.postgres import PRELUDE, PROJECT
from tests.support.recordings import Take, take
from tests.support.transcribe import settings as amazon
from tests.support.transcribe import simulate
from tests.support.whole_supabase import WholeSupabase

TEXT = "Le patient se plaint d'une quinte xylophonique depuis trois semaines."
SAID = (("spk_0", "Bonjour"), ("spk_0", "."), ("spk_1", "Quinte"), ("spk_1", "?"))
SAVED = {"sectionId": "section_7", "transcript": TEXT, "metadata": {"mode": "smart_dictation", "language": "fr"}}


def saved_row(project: WholeSupabase, session_id: str) -> list[dict[str, Any]]:
    """A saved dictation, as the database has it."""
    sql = (
        "select s.user_id::text, s.clinic_id::text, s.patient_id, s.consent_verified, t.content "
        "from sessions s join transcripts t on t.session_id = s.id where s.id = %s"
    )
    return project.database.run(sql, session_id)


class WholeTests(TestCase):
    """From signing in to the audit log."""

    timeout = 60

    async def rest(self, project: WholeSupabase, page: PageCalls, user_id: str, clinic_id: str) -> dict[str, str]:
        """Every call of the pages, with what it is answered; gives the ids of what was made."""
        config = (await page.call("GET", "/api/config")).body
        self.assertEqual((config["authRequired"], config["wsRequireAuth"], config["signIn"]), (True, True, "supabase"))
        self.assertEqual((config["supabaseUrl"], config["supabaseAnonKey"]), (project.url, project.auth.anon_key))
        await self.profile(page, user_id, clinic_id)
        session_id = await self.save(project, page, user_id, clinic_id)
        case_id = await self.commit(project, page, session_id)
        clinics = (await page.call("GET", "/api/clinics")).body["data"]
        self.assertIn("North", [clinic["name"] for clinic in clinics])
        self.assertEqual((await page.call("GET", f"/api/clinics/{clinic_id}")).body["data"]["id"], clinic_id)
        self.assertEqual((await page.call("GET", "/api/db/ping")).body, {"ok": 1, "profiles": 1})
        for path in ("/api/template-combinations?active=true", "/api/templates/prompts/due"):
            self.assertEqual((await page.call("GET", path)).body, {"success": True, "data": [], "count": 0})
        self.assertEqual((await page.call("POST", "/api/feedback", {"meta": {}, "ratings": {}})).status, 503)
        await self.artifacts(page, session_id)
        return {"session": session_id, "case": case_id, "clinic": clinic_id}

    async def profile(self, page: PageCalls, user_id: str, clinic_id: str) -> None:
        """The trigger has made it; an edit of the name stays."""
        told = await page.call("GET", "/api/profile")
        self.assertEqual((told.status, told.body["profile"]["display_name"]), (200, "anne"))
        self.assertEqual(told.body["user"], {"id": user_id, "email": "anne@clinic.test", "role": "physician"})
        again = await page.call("POST", "/api/profile")
        self.assertEqual((again.status, "409" in again.body["error"]), (409, True))
        changes = {"display_name": " Dre Anne ", "consent_pipeda": True, "default_clinic_id": clinic_id}
        changed = await page.call("PATCH", "/api/profile", changes)
        self.assertEqual((changed.status, changed.body["data"]["display_name"]), (200, "Dre Anne"))
        self.assertEqual((await page.call("PATCH", "/api/profile", {"locale": "xx"})).status, 400)
        foreign = await page.call("PATCH", "/api/profile", {"default_clinic_id": str(uuid4())})
        self.assertEqual((foreign.status, foreign.body["code"]), (403, "CLINIC_ACCESS_DENIED"))
        self.assertEqual((await page.call("GET", "/api/profile")).body["profile"]["display_name"], "Dre Anne")

    async def save(self, project: WholeSupabase, page: PageCalls, user_id: str, clinic_id: str) -> str:
        """Pressed twice: one row, which is the user's and the clinic's, and says nothing that nobody has said."""
        first, second = [await page.call("POST", "/api/sessions", SAVED) for _ in range(2)]
        self.assertEqual((first.status, second.status), (201, 201), first.body)
        self.assertEqual(first.body, second.body)
        self.assertEqual((first.body["status"], first.body["transcript"]), ("created", TEXT))
        session_id = str(first.body["id"])
        (row,) = saved_row(project, session_id)
        expected = {"user_id": user_id, "clinic_id": clinic_id, "patient_id": None, "consent_verified": False}
        self.assertEqual(row, {**expected, "content": TEXT})
        told = (await page.call("GET", f"/api/sessions/{session_id}")).body
        self.assertEqual((told["user_id"], told["clinic_id"], told["patient_id"]), (user_id, clinic_id, None))
        return session_id

    async def commit(self, project: WholeSupabase, page: PageCalls, session_id: str) -> str:
        """Both requests of the button, twice."""
        case_id = (await page.call("POST", "/api/cases", {"name": "Cas 7"})).body["data"]["id"]
        path = f"/api/cases/{case_id}/sections/section_7"
        body = {"sessionId": session_id, "finalText": TEXT}
        commits = [await page.call("POST", f"{path}/commit", body) for _ in range(2)]
        self.assertEqual([commit.status for commit in commits], [200, 200])
        self.assertEqual(commits[0].body, commits[1].body)
        rows = project.database.run("select content from case_sessions where case_id = %s", case_id)
        self.assertEqual(rows, [{"content": TEXT}])
        draft = await page.call("POST", path, {"data": {"text": TEXT}, "status": "in_progress"})
        self.assertEqual(draft.body["data"]["draft"], {"sections": {"section_7": {"text": TEXT}}})
        self.assertEqual((await page.call("PUT", f"/api/cases/{case_id}/name", {"name": "Cas"})).status, 200)
        self.assertEqual((await page.call("PUT", f"/api/cases/{case_id}/status", {"status": "completed"})).status, 200)
        listed = (await page.call("GET", "/api/cases?limit=5&days=30&sort=updatedAt&order=desc")).body
        self.assertEqual(
            (listed["count"], listed["data"][0]["name"], listed["data"][0]["status"]), (1, "Cas", "completed")
        )
        self.assertEqual((await page.call("GET", f"/api/cases/{case_id}")).body["data"]["id"], case_id)
        return str(case_id)

    async def artifacts(self, page: PageCalls, session_id: str) -> None:
        """What is made of a consultation is kept with the session; swapped, it is told the other way round."""
        path = f"/api/sessions/{session_id}"
        nothing = (await page.call("GET", f"{path}/artifacts")).body
        self.assertEqual(set(nothing.values()), {None})
        order = {"sessionId": session_id, "modeId": "ambient", "language": "fr", "section": "section_7"}
        done = await page.call("POST", "/api/transcribe/process", {**order, "rawAwsJson": ours(*SAID)})
        self.assertEqual((done.status, done.body["meta"]["saved"]), (200, True), done.body)
        self.assertEqual(done.body["roleMap"], {"spk_0": "PATIENT", "spk_1": "CLINICIAN"})
        kept = (await page.call("GET", f"{path}/artifacts")).body
        self.assertEqual(kept["narrative"], done.body["narrative"])
        swapped = (await page.call("POST", f"{path}/roles/swap")).body
        self.assertEqual(swapped["role_map"], {"spk_0": "CLINICIAN", "spk_1": "PATIENT"})
        self.assertEqual((await page.call("GET", f"{path}/artifacts")).body["narrative"], swapped["narrative"])

    async def strangers(self, page: PageCalls, made: dict[str, str]) -> None:
        """Somebody of another clinic finds none of it, and leaves no mark on it."""
        session, case = f"/api/sessions/{made['session']}", f"/api/cases/{made['case']}"
        commit = {"sessionId": made["session"], "finalText": "x"}
        order = {"sessionId": made["session"], "modeId": "ambient", "language": "fr", "section": "section_7"}
        for method, path, body in (
            ("GET", session, None),
            ("GET", f"{session}/artifacts", None),
            ("POST", f"{session}/roles/swap", None),
            ("GET", case, None),
            ("PUT", f"{case}/name", {"name": "x"}),
            ("PUT", f"{case}/status", {"status": "draft"}),
            ("POST", f"{case}/sections/section_7", {"data": {}}),
            ("POST", f"{case}/sections/section_7/commit", commit),
        ):
            told = await page.call(method, path, body)
            self.assertEqual(told.status, 404, (path, told.body))
        self.assertEqual((await page.call("GET", "/api/cases")).body["data"], [])
        done = await page.call("POST", "/api/transcribe/process", {**order, "rawAwsJson": ours(*SAID)})
        self.assertFalse(done.body["meta"]["saved"])

    async def speak(self, page: PageCalls, said: Take, *, way: str, cookie: str) -> list[str]:
        """A dictation, let in by one way; the words that came back."""
        headers = {"Origin": ORIGIN, "Cookie": cookie} if way == "ticket" else {"Origin": ORIGIN}
        speaker = await page.dictate("/ws/transcription", **headers)
        if way == "authenticate":
            speaker.say("authenticate", token=page.token)
            self.assertIsNotNone((await outcome(speaker, "authenticated"))["expiresAt"])
        fields = {"token": page.token} if way == "message" else {}
        self.assertEqual(await begin(speaker, **fields), ["stream_ready"], way)
        speaker.speak(said.pcm)
        speaker.say("stop_transcription")
        self.assertEqual(await speaker.closed.addTimeout(PATIENCE_S, reactor), 1000)
        return [word.rstrip(MARKS) for word in speaker.text.split()]

    def test_all_of_it(self) -> Any:
        """Signs in, saves, commits, dictates in three ways; others see nothing; the audit log has all but the words."""

        async def run() -> None:
            project = WholeSupabase(self)
            north, south = project.clinic("North"), project.clinic("South")
            anne, carl = project.add("anne", north), project.add("carl", south, "owner")
            said = take("fr-02-conf-invalid", 1)
            simulator = await simulate(self, [said])
            daemon = start(self, **project.settings, **amazon(simulator))
            page = PageCalls(await daemon.listening)
            await page.learn()
            self.assertEqual((await page.call("GET", "/api/profile")).body["code"], "MISSING_TOKEN")
            page = page.signed_in(await project.sign_in(anne))
            made = await self.rest(project, page, anne.user_id, north)
            await self.strangers(page.signed_in(await project.sign_in(carl)), made)
            cookie = (await page.call("GET", "/api/config")).cookie
            for way in ("ticket", "message", "authenticate"):
                heard = await self.speak(page, said, way=way, cookie=cookie)
                self.assertEqual(heard, said.script.texts, way)
            nobody = await page.signed_in(None).dictate(Origin=ORIGIN)
            self.assertEqual(await begin(nobody), ["AUTH_REQUIRED", "1008"])
            daemon.stop()
            self.assertEqual(await daemon.ended, 0, daemon.out + daemon.err)
            await self.audited(project, daemon, anne.user_id, made, said)
            self.assertNotIn("Traceback", daemon.out + daemon.err)

        return ensureDeferred(run())

    async def audited(
        self, project: WholeSupabase, daemon: Daemon, user_id: str, made: dict[str, str], said: Take
    ) -> None:
        """The chain is whole, every dictation and every save is in it and in the project's table, and no text."""
        verdict = await alie(daemon, "audit", "verify")
        self.assertEqual(verdict.status, 0, verdict.out + verdict.err)
        log = (daemon.folder / ".local/state/alie/audit/audit.jsonl").read_text()
        events = [json.loads(line) for line in log.splitlines()]
        own = [event for event in events if event.get("userId") == user_id]
        actions = [event["action"] for event in own]
        for action, count in (("dictation.start", 3), ("dictation.end", 3), ("session.save", 2), ("case.commit", 2)):
            self.assertEqual(actions.count(action), count, action)
        refused = [event["outcome"] for event in events if event.get("action") == "auth.refuse"]
        self.assertEqual(sorted(refused), ["AUTH_REQUIRED", "MISSING_TOKEN"])
        sql = "select action, session_id::text, metadata from audit_logs where user_id = %s"
        rows = project.database.run(sql, user_id)
        # A ticket is no token of the project's: what was done with one alone is in the files only.
        with_token = [event["action"] for event in own if event["details"].get("way") != "ticket"]
        self.assertEqual(sorted(row["action"] for row in rows), sorted(with_token))
        self.assertIn(made["session"], [row["session_id"] for row in rows])
        kept = (log + json.dumps(rows) + daemon.out + daemon.err).lower()
        for word in (*TEXT.lower().split(), *(word.lower() for word in said.script.texts), "quinte", "dre anne"):
            if len(word) > 5:
                self.assertNotIn(word, kept)


class TroubleTests(TestCase):
    """A project that is not as it should be."""

    timeout = 60

    def test_not_migrated(self) -> Any:
        """On the tables of the older backends a save is a clear error, and no row: no patient is made up."""

        async def check(name: str) -> None:
            project = WholeSupabase(self, template=PROJECT)
            project.database.run((PRELUDE.with_name(f"{name}.sql")).read_text())
            anne = project.add("anne")
            daemon = start(self, **project.settings)
            page = PageCalls(await daemon.listening, project.token(anne))
            await page.learn()
            told = await page.call("POST", "/api/sessions", SAVED)
            self.assertEqual((told.status, told.body["code"]), (500, "DATABASE_NOT_MIGRATED"), told.body)
            self.assertEqual(project.database.run("select count(*) as n from sessions"), [{"n": 0}])
            self.assertNotIn("patient", daemon.out)

        async def run() -> None:
            for name in ("production_m", "production_p"):
                await check(name)

        return ensureDeferred(run())

    def test_down(self) -> Any:
        """REST is 503; dictation goes on with the keys that are known; the first that are not known are asked for."""

        async def run() -> None:
            project = WholeSupabase(self)
            anne = project.add("anne")
            token = project.token(anne)
            daemon = start(self, **project.settings)
            page = PageCalls(await daemon.listening, token)
            await page.learn()
            self.assertEqual((await page.call("GET", "/api/profile")).status, 200)
            await project.relay.cut()
            for method, path, body in (("GET", "/api/profile", None), ("POST", "/api/sessions", SAVED)):
                told = await page.call(method, path, body)
                self.assertEqual((told.status, told.body["code"]), (503, "DATABASE_UNAVAILABLE"), told.body)
            self.assertEqual(await begin(await page.dictate(), token=token), ["stream_ready"])
            unknown = project.auth.rotate()
            later = await begin(await page.dictate(), token=project.token(anne))
            self.assertEqual(later, ["INTERNAL", "1011"], unknown.algorithm)
            project.relay.mend()
            self.assertEqual((await page.call("POST", "/api/sessions", SAVED)).status, 201)

        return ensureDeferred(run())

    def test_down_at_start(self) -> Any:
        """The daemon serves, but nobody can be known: /readyz says so, until the project answers."""

        async def run() -> None:
            project = WholeSupabase(self)
            token = project.token(project.add("anne"))
            await project.relay.cut()
            daemon = start(self, **project.settings)
            page = PageCalls(await daemon.listening, token)
            while NO_KEYS not in (told := await page.call("GET", "/readyz")).body["reasons"]:
                await deferLater(reactor, 0.1)
            self.assertEqual(told.status, 503)
            refused = await page.call("GET", "/api/profile")
            self.assertEqual((refused.status, refused.body["code"]), (500, "AUTH_SERVICE_ERROR"))
            self.assertEqual(await begin(await page.dictate(), token=token), ["INTERNAL", "1011"])
            project.relay.mend()
            while (told := await page.call("GET", "/readyz")).status != 200:
                await deferLater(reactor, 0.2)
            self.assertEqual(told.body["reasons"], [])
            self.assertEqual((await page.call("GET", "/api/profile")).status, 200)

        return ensureDeferred(run())
