"""The Supabase store over HTTP, on a real PostgreSQL to which etc/supabase has been applied.

What both stores have in common is in contract.py; here is what only this one can do wrong.
"""

from __future__ import annotations

import time
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.protocol import Factory
from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import TestCase

from alie import errors
from alie.principal import KEY, SUPABASE, Caller, Principal
from alie.store.interface import CaseQuery, NewSession
from alie.store.supabase import SupabaseStore
from alie.supabase import SupabaseHttp
from tests.support.postgres import ALIE, PROJECT
from tests.support.postgrest_project import ANON_KEY, Project, sign, token_of

ANNA = "0a000000-0000-4000-8000-000000000001"
BERT = "0b000000-0000-4000-8000-000000000002"
CLINIC = "0c000000-0000-4000-8000-000000000003"
OTHER_CLINIC = "0c000000-0000-4000-8000-000000000004"
NOBODYS = "0e000000-0000-4000-8000-000000000005"
DICTATED = NewSession("section_7", "smart_dictation", 'Le patient, « 57 ans », dit : "aïe" \\ 100 %.', "fr-CA")


def caller_of(user_id: str, token: str | None = None, **principal: Any) -> Caller:
    """A user of Supabase, signed in."""
    email = f"{user_id[:2]}@example.org"
    shown = token_of(user_id, email=email) if token is None else token
    return Caller(Principal(user_id, SUPABASE, **principal), shown)


class SupabaseCase(TestCase):
    """Anna and Bert, with a clinic that only Anna belongs to."""

    template = ALIE

    def setUp(self) -> None:
        """Lays out the project."""
        self.project = Project(self, self.template)
        self.http = SupabaseHttp(reactor, self.project.url, ANON_KEY)
        self.addCleanup(self.http.close)
        self.store = SupabaseStore(self.http, time.time)
        self.anna, self.bert = caller_of(ANNA), caller_of(BERT)
        for user_id in (ANNA, BERT):
            self.project.database.add_user(user_id, f"{user_id[:2]}@example.org")

    def add_clinic(self) -> None:
        """Anna is a physician there."""
        run = self.project.database.run
        run("insert into clinics (id, name) values (%s, 'Clinique'), (%s, 'Autre')", CLINIC, OTHER_CLINIC)
        run("insert into memberships (user_id, clinic_id, role) values (%s, %s, 'physician')", ANNA, CLINIC)

    async def refused(self, kind: type[errors.AlieError], call: Any) -> errors.AlieError:
        """Awaits a call that must fail so, and with nothing of the database in what it says."""
        with self.assertRaises(kind) as caught:
            await call
        self.assertIs(type(caught.exception), kind)
        return caught.exception


class Sessions(SupabaseCase):
    """A dictation is saved once, for its owner and the members of its clinic."""

    async def test_is_saved_and_read(self) -> None:
        saved = await self.store.save_session(self.anna, DICTATED)
        self.assertEqual(await self.store.session(self.anna, saved["id"]), saved)
        self.assertEqual((saved["user_id"], saved["clinic_id"], saved["patient_id"]), (ANNA, None, None))
        self.assertRegex(saved["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        (transcript,) = self.project.database.run("select content, section, language_detected from transcripts")
        self.assertEqual(list(transcript.values()), [DICTATED.transcript, "section_7", "fr-CA"])

    async def test_two_presses_at_once(self) -> None:
        presses = [Deferred.fromCoroutine(self.store.save_session(self.anna, DICTATED)) for _ in range(4)]
        saved = await gatherResults(presses)
        self.assertEqual(len({each["id"] for each in saved}), 1)
        self.assertEqual(self.project.database.run("select count(*) from transcripts"), [{"count": 1}])

    async def test_of_others(self) -> None:
        saved = await self.store.save_session(self.anna, DICTATED)
        error = await self.refused(errors.NotFound, self.store.session(self.bert, saved["id"]))
        self.assertEqual(error.sentence, "Session not found")
        await self.refused(errors.NotFound, self.store.artifacts(self.bert, saved["id"]))
        await self.refused(errors.NotFound, self.store.save_artifacts(self.bert, saved["id"], artifacts()))
        await self.refused(errors.NotFound, self.store.save_artifacts(self.anna, NOBODYS, artifacts()))

    async def test_clinic(self) -> None:
        """The principal's clinic, else the profile's, as far as the user is there."""
        self.add_clinic()
        at_clinic = caller_of(ANNA, clinic_id=CLINIC)
        elsewhere = caller_of(ANNA, clinic_id=OTHER_CLINIC)
        first = await self.store.save_session(at_clinic, DICTATED)
        second = await self.store.save_session(elsewhere, NewSession("section_8", "ambient", "Deux."))
        await self.store.update_profile(self.anna, {"default_clinic_id": CLINIC})
        third = await self.store.save_session(elsewhere, NewSession("section_8", "ambient", "Trois."))
        self.assertEqual([each["clinic_id"] for each in (first, second, third)], [CLINIC, None, CLINIC])

    async def test_artifacts(self) -> None:
        saved = await self.store.save_session(self.anna, DICTATED)
        self.assertIsNone(await self.store.artifacts(self.anna, saved["id"]))
        await self.store.save_artifacts(self.anna, saved["id"], artifacts("old"))
        await self.store.save_artifacts(self.anna, saved["id"], artifacts("new"))
        self.assertEqual(await self.store.artifacts(self.anna, saved["id"]), artifacts("new"))

    async def test_what_cannot_be_kept(self) -> None:
        for text in ("a\0b", "\ud800"):
            await self.refused(
                errors.ValidationFailed, self.store.save_session(self.anna, NewSession("s", "ambient", text))
            )
        await self.refused(errors.ValidationFailed, self.store.save_session(self.anna, NewSession("s", "no mode", "a")))
        self.assertEqual(self.project.database.run("select count(*) from sessions"), [{"count": 0}])


def artifacts(word: str = "x") -> dict[str, Any]:
    """A row of them."""
    return {"ir": {"turns": [word]}, "role_map": {}, "narrative": {"a": word}, "processing_time": {"ms": 1.5}}


class Profiles(SupabaseCase):
    """A profile is its user's own."""

    async def test_conflict(self) -> None:
        """The database has made one at the sign-up."""
        await self.refused(errors.Conflict, self.store.create_profile(self.anna, {"display_name": "Anna"}))
        self.project.database.run("delete from profiles")
        self.assertIsNone(await self.store.profile(self.anna))
        await self.refused(errors.NotFound, self.store.update_profile(self.anna, {"display_name": "Anna"}))
        await self.refused(errors.NotFound, self.store.update_profile(self.anna, {}))
        made = await self.store.create_profile(self.anna, {"display_name": "Anna", "email": None})
        self.assertEqual((made["display_name"], made["locale"], made["user_id"]), ("Anna", "fr-CA", ANNA))
        self.assertEqual(await self.store.profile(self.anna), made)
        self.assertEqual(await self.store.update_profile(self.anna, {}), made)

    async def test_default_clinic(self) -> None:
        self.add_clinic()
        changed = await self.store.update_profile(self.anna, {"default_clinic_id": CLINIC, "locale": "en-CA"})
        self.assertEqual((changed["default_clinic_id"], changed["locale"]), (CLINIC, "en-CA"))
        for clinic_id in (OTHER_CLINIC, NOBODYS, "elsewhere"):
            change = self.store.update_profile(self.anna, {"default_clinic_id": clinic_id})
            await self.refused(errors.ClinicAccessDenied, change)
        self.assertEqual((await self.store.update_profile(self.anna, {"default_clinic_id": None}))["locale"], "en-CA")

    async def test_memberships_and_clinics(self) -> None:
        self.add_clinic()
        self.assertEqual(await self.store.memberships(self.anna), [{"clinic_id": CLINIC, "role": "physician"}])
        self.assertEqual(await self.store.memberships(self.bert), [])
        self.assertEqual([each["name"] for each in await self.store.clinics(self.bert)], ["Autre", "Clinique"])
        self.assertEqual((await self.store.clinic(self.anna, CLINIC))["name"], "Clinique")
        await self.refused(errors.NotFound, self.store.clinic(self.anna, NOBODYS))

    async def test_ping(self) -> None:
        """It counts what is seen; nobody sees nothing, and that the database answered is proved all the same."""
        self.assertEqual([await self.store.ping(each) for each in (self.anna, None)], [1, 0])
        self.assertEqual([each["role"] for _, each in self.project.stand_in.asked], ["authenticated", "anon"])


class Cases(SupabaseCase):
    """Cases and their sections."""

    async def test_life(self) -> None:
        case = await self.store.create_case(self.anna, {"name": "Roy, A. (2)", "draft": {"k": [1]}, "clinic_id": None})
        self.assertEqual((case["name"], case["draft"], case["status"]), ("Roy, A. (2)", {"k": [1]}, "draft"))
        named = await self.store.update_case(self.anna, case["id"], {"name": 'eq."x",(y)'})
        self.assertEqual(await self.store.case(self.anna, case["id"]), named)
        merged = await self.store.save_section(self.anna, case["id"], "section_7", {"text": "a"}, "in_progress")
        merged = await self.store.save_section(self.anna, case["id"], "section_8", {"text": "b"}, None)
        self.assertEqual(merged["status"], "in_progress")
        self.assertEqual(merged["draft"]["sections"], {"section_7": {"text": "a"}, "section_8": {"text": "b"}})
        self.assertEqual(await self.store.cases(self.anna, CaseQuery()), [merged])
        self.assertEqual(await self.store.cases(self.bert, CaseQuery()), [])

    async def test_clinic(self) -> None:
        self.add_clinic()
        case = await self.store.create_case(self.anna, {"clinic_id": CLINIC})
        self.assertEqual(case["clinic_id"], CLINIC)
        for clinic_id in (OTHER_CLINIC, NOBODYS, "x"):
            await self.refused(errors.ClinicAccessDenied, self.store.create_case(self.anna, {"clinic_id": clinic_id}))

    async def test_commit(self) -> None:
        case = await self.store.create_case(self.anna, {})
        saved = await self.store.save_session(self.anna, DICTATED)
        given = (case["id"], "section_7", saved["id"], "Texte.")
        first = await self.store.commit_section(self.anna, *given)
        self.assertEqual(await self.store.commit_section(self.anna, *given), first)
        self.assertEqual(set(first), {"id", "section_id", "session_id", "committed_at"})
        self.assertTrue(first["committed_at"].endswith("Z"))
        await self.refused(errors.NotFound, self.store.commit_section(self.bert, *given))
        await self.refused(errors.NotFound, self.store.commit_section(self.anna, case["id"], "s", NOBODYS, "Texte."))
        await self.refused(errors.NotFound, self.store.save_section(self.bert, case["id"], "s", {}, None))
        await self.refused(errors.NotFound, self.store.update_case(self.bert, case["id"], {"name": "mine"}))

    async def test_which_are_listed(self) -> None:
        for name, days in (("old", 40), ("b", 1), ("a", 2)):
            case = await self.store.create_case(self.anna, {"name": name})
            self.project.database.run("alter table cases disable trigger user")
            sql = "update cases set updated_at = now() - make_interval(days => %s) where id = %s"
            self.project.database.run(sql, days, case["id"])
        listed = [
            [each["name"] for each in await self.store.cases(self.anna, query)]
            for query in (
                CaseQuery(),
                CaseQuery(sort="name", is_descending=False),
                CaseQuery(limit=1),
                CaseQuery(days=99),
            )
        ]
        self.assertEqual(listed, [["b", "a"], ["a", "b"], ["b"], ["b", "a", "old"]])
        await self.refused(errors.ValidationFailed, self.store.cases(self.anna, CaseQuery(sort="draft")))

    async def test_what_is_no_id(self) -> None:
        """It is not found, and nothing is asked."""
        for text in ("", "1", "eq.1", f"{NOBODYS})", "null"):
            for call in (self.store.case, self.store.session, self.store.artifacts, self.store.clinic):
                await self.refused(errors.NotFound, call(self.anna, text))
            await self.refused(errors.NotFound, self.store.one_feedback(self.anna, text))
        self.assertEqual(self.project.stand_in.asked, [])


class Feedback(SupabaseCase):
    """Feedback is its user's own, for as long as he said."""

    async def test_life(self) -> None:
        rows = [await self.store.add_feedback(self.anna, {"content": {"n": n}, "ttl_days": 3}) for n in range(3)]
        page, total = await self.store.feedback(self.anna, 2, 0)
        self.assertEqual(([each["content"]["n"] for each in page], total), ([2, 1], 3))
        self.assertEqual(await self.store.feedback(self.anna, 2, 2), ([rows[0]], 3))
        self.assertEqual(await self.store.feedback(self.anna, 2, 9), ([], 3))
        self.assertEqual(await self.store.feedback(self.bert, 2, 0), ([], 0))
        changed = await self.store.update_feedback(self.anna, rows[0]["id"], {"n": "new"})
        self.assertEqual(await self.store.one_feedback(self.anna, rows[0]["id"]), changed)
        await self.refused(errors.NotFound, self.store.update_feedback(self.bert, rows[0]["id"], {"n": "mine"}))
        await self.refused(errors.NotFound, self.store.delete_feedback(self.bert, rows[0]["id"]))
        await self.store.delete_feedback(self.anna, rows[0]["id"])
        await self.refused(errors.NotFound, self.store.delete_feedback(self.anna, rows[0]["id"]))

    async def test_time_is_over(self) -> None:
        row = await self.store.add_feedback(self.anna, {"content": {"n": 1}, "ttl_days": None})
        self.assertEqual(row["ttl_days"], 30)
        self.project.database.run("update feedback set created_at = now() - interval '31 days'")
        self.assertEqual(await self.store.feedback(self.anna, 9, 0), ([], 0))
        await self.refused(errors.NotFound, self.store.one_feedback(self.anna, row["id"]))


class Audit(SupabaseCase):
    """Entries are the caller's."""

    async def test_is_added(self) -> None:
        entry = {"action": "session.start", "session_id": NOBODYS, "metadata": {"seconds": 1.5}, "ip_address": "::1"}
        await self.store.add_audit(self.anna, entry)
        (row,) = self.project.database.run("select user_id::text, action, metadata, ip_address from audit_logs")
        self.assertEqual(list(row.values()), [ANNA, "session.start", {"seconds": 1.5}, "::1"])
        await self.refused(errors.DatabaseNotMigrated, self.store.add_audit(self.anna, {**entry, "transcript": "x"}))


class Tokens(SupabaseCase):
    """Every request shows the caller's own token, and there is none without."""

    async def test_what_is_shown(self) -> None:
        """The project's public key and the caller's token, for reading, changing and calling alike."""
        await self.store.save_session(self.anna, DICTATED)
        await self.store.update_profile(self.anna, {"locale": "en-CA"})
        await self.store.feedback(self.bert, 1, 0)
        shown = [
            (each["apikey"], each["authorization"])
            for each in (asked.headers for asked, _ in self.project.stand_in.asked)
        ]
        anna, bert = ((ANON_KEY, f"Bearer {each.token}") for each in (self.anna, self.bert))
        self.assertEqual(shown, [anna, anna, anna, bert])

    async def test_refused_tokens(self) -> None:
        expired = caller_of(ANNA, token_of(ANNA, exp=int(time.time()) - 60))
        forged = caller_of(ANNA, sign("another secret that is long enough, too", sub=ANNA, role="authenticated"))
        await self.refused(errors.AuthExpired, self.store.clinics(expired))
        await self.refused(errors.AuthInvalid, self.store.clinics(forged))

    async def test_without_token(self) -> None:
        """Neither nobody nor whoever proves it elsewhere is asked for: a key of this server is not shown to others."""
        for caller in (caller_of(ANNA, ""), Caller(Principal(ANNA, KEY), "alie_key_of_anna")):
            await self.refused(errors.AuthRequired, self.store.profile(caller))
            await self.refused(errors.AuthRequired, self.store.save_session(caller, DICTATED))
            await self.refused(errors.AuthRequired, self.store.ping(caller))
        self.assertEqual(self.project.stand_in.asked, [])

    async def test_wrong_key(self) -> None:
        """That the project's key is wrong is the operator's business, and no reason to sign in again."""
        http = SupabaseHttp(reactor, self.project.url, "sb_publishable_of_others")
        self.addCleanup(http.close)
        await self.refused(errors.DatabaseError, SupabaseStore(http, time.time).clinics(self.anna))


class OldTables(SupabaseCase):
    """What has not been migrated is told, and nothing is made up."""

    template = PROJECT

    async def test_nothing_is_there(self) -> None:
        calls = (
            self.store.clinics(self.anna),
            self.store.profile(self.anna),
            self.store.ping(None),
            self.store.create_case(self.anna, {}),
            self.store.add_feedback(self.anna, {"content": {"a": 1}}),
        )
        for call in calls:
            await self.refused(errors.DatabaseNotMigrated, call)

    async def test_times_without_zone(self) -> None:
        self.project.database.run(
            "create table profiles (user_id uuid primary key, created_at timestamp default '2025-03-04 05:06:07')"
        )
        self.project.database.run("insert into profiles values (%s)", ANNA)
        found = await self.store.profile(self.anna)
        self.assertEqual(found, {"user_id": ANNA, "created_at": "2025-03-04T05:06:07.000Z"})

    async def test_functions_are_missing(self) -> None:
        self.project.database.run(
            "create table memberships (id int, user_id uuid, clinic_id uuid, active bool,"
            " role text, created_at timestamp)"
        )
        await self.refused(errors.DatabaseNotMigrated, self.store.save_session(self.anna, DICTATED))


class OldConstraints(SupabaseCase):
    """A constraint of the original's that is still there refuses the row; it gets no invented patient."""

    async def test_patient(self) -> None:
        """The database quotes the whole row that it refuses; only its code is logged."""
        self.project.database.run("alter table sessions alter patient_id set not null")
        logged: list[LogEvent] = []
        globalLogPublisher.addObserver(logged.append)
        self.addCleanup(globalLogPublisher.removeObserver, logged.append)
        await self.refused(errors.DatabaseNotMigrated, self.store.save_session(self.anna, DICTATED))
        (said,) = [formatEvent(each) for each in logged if each["log_namespace"].startswith("alie.")]
        self.assertEqual(said, "Supabase refused POST rpc/alie_save_session: 400 23502")
        for secret in (DICTATED.transcript, "section_7", self.anna.token, ANON_KEY):
            self.assertNotIn(secret, repr(logged))

    async def test_users(self) -> None:
        self.project.database.run(
            "create table users (id uuid primary key);alter table sessions add foreign key (user_id) references users"
        )
        await self.refused(errors.DatabaseNotMigrated, self.store.save_session(self.anna, DICTATED))


class Unreachable(SupabaseCase):
    """Without an answer nothing is claimed."""

    async def test_down(self) -> None:
        port = reactor.listenTCP(0, Factory(), interface="127.0.0.1")
        address = f"http://127.0.0.1:{port.getHost().port}"
        await port.stopListening()
        http = SupabaseHttp(reactor, address, ANON_KEY)
        await self.refused(errors.DatabaseUnavailable, SupabaseStore(http, time.time).save_session(self.anna, DICTATED))

    async def test_stop_waits(self) -> None:
        """What was asked for is done; what comes later is refused."""
        saving = Deferred.fromCoroutine(self.store.create_profile(self.anna, {}))
        stopping = self.store.stop()
        self.assertNoResult(stopping)
        await self.assertFailure(saving, errors.Conflict)
        await stopping
        await self.refused(errors.DatabaseUnavailable, self.store.clinics(self.anna))
