"""What every store must do, whatever keeps the rows.

A back end fills in `StoreCase` (`class OwnCase(StoreCase, TestCase)`), whose `setUp` ends with `prepare`, and has one
class more that runs the contract: `class OwnStoreTests(StoreContract, OwnCase)`.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from alie import errors
from alie.principal import Caller
from alie.store.interface import CaseQuery, NewSession, Store

DICTATED = NewSession("section_7", "smart_dictation", "Le patient, « 57 ans », dit : 'aïe' ; -- 100 %.", "fr-CA")
NOBODYS = "0e000000-0000-4000-8000-000000000005"
HOSTILE = ("", "null", "' OR 1=1 --", f"{NOBODYS}'; DROP TABLE cases; --", "%", NOBODYS)
NORTH, SOUTH = "Clinique du Nord", "Clinique du Sud"


def artifacts(word: str) -> dict[str, Any]:
    """A row of them."""
    return {"ir": {"turns": [word]}, "role_map": {}, "narrative": {"text": word}, "processing_time": {"ms": 1.5}}


class StoreCase:
    """Anna and Bert work in the north, Carl in the south, Dora nowhere. Nobody has a profile yet."""

    store: Store
    assertEqual: Any
    assertRaises: Any
    assertRegex: Any

    async def make_store(self) -> Store:
        """A new store, started, empty; is stopped when the test ends."""
        raise NotImplementedError

    async def make_caller(self, user: str, clinic: str | None) -> Caller:
        """A user without profile; a physician of the clinic, and the principal has that clinic. The same name is the
        same user or clinic."""
        raise NotImplementedError

    async def leave(self, caller: Caller) -> None:
        """Ends the caller's memberships, as an administrator does."""
        raise NotImplementedError

    async def prepare(self) -> None:
        """Makes the store and its users."""
        self.store = await self.make_store()
        self.anna = await self.make_caller("Anna", NORTH)
        self.bert = await self.make_caller("Bert", NORTH)
        self.carl = await self.make_caller("Carl", SOUTH)
        self.dora = await self.make_caller("Dora", None)

    async def refused(self, kind: type[errors.AlieError], answer: Awaitable[Any]) -> None:
        """Awaits what must be refused so."""
        with self.assertRaises(kind):
            await answer


class StoreContract(StoreCase):
    """Run by every back end."""

    # -- profiles

    async def test_profile(self) -> None:
        """Made once, with defaults that consent to nothing that is asked for; changed as far as is named."""
        self.assertEqual(await self.store.profile(self.dora), None)
        await self.refused(errors.NotFound, self.store.update_profile(self.dora, {"display_name": "Dora"}))
        made = await self.store.create_profile(self.dora, {"display_name": "Dora", "email": None})
        self.assertEqual((made["user_id"], made["locale"]), (self.dora.principal.user_id, "fr-CA"))
        self.assertEqual((made["consent_pipeda"], made["consent_marketing"]), (False, False))
        await self.refused(errors.Conflict, self.store.create_profile(self.dora, {"display_name": "Again"}))
        changed = await self.store.update_profile(self.dora, {"consent_pipeda": True, "locale": "en-CA"})
        self.assertEqual((changed["consent_pipeda"], changed["locale"]), (True, "en-CA"))
        self.assertEqual(await self.store.profile(self.dora), changed)
        self.assertEqual(changed["display_name"], "Dora")

    async def test_default_clinic(self) -> None:
        """One's own, or none."""
        await self.store.create_profile(self.anna, {})
        north, south = (str(caller.principal.clinic_id) for caller in (self.anna, self.carl))
        changed = await self.store.update_profile(self.anna, {"default_clinic_id": north})
        self.assertEqual(changed["default_clinic_id"], north)
        for clinic_id in (south, NOBODYS):
            change = self.store.update_profile(self.anna, {"default_clinic_id": clinic_id})
            await self.refused(errors.ClinicAccessDenied, change)
        changed = await self.store.update_profile(self.anna, {"default_clinic_id": None})
        self.assertEqual(changed["default_clinic_id"], None)

    async def test_ping(self) -> None:
        """Counts what the caller sees; nobody sees none."""
        await self.store.create_profile(self.anna, {})
        told = [await self.store.ping(caller) for caller in (self.anna, self.dora, None)]
        self.assertEqual(told, [1, 0, 0])

    async def test_memberships(self) -> None:
        """The active ones."""
        north = self.anna.principal.clinic_id
        self.assertEqual(await self.store.memberships(self.anna), [{"clinic_id": north, "role": "physician"}])
        await self.leave(self.anna)
        self.assertEqual(await self.store.memberships(self.anna), [])

    async def test_clinics(self) -> None:
        """All of them, for everybody, by name."""
        self.assertEqual([row["name"] for row in await self.store.clinics(self.dora)], [NORTH, SOUTH])
        north = str(self.anna.principal.clinic_id)
        self.assertEqual((await self.store.clinic(self.carl, north))["name"], NORTH)
        await self.refused(errors.NotFound, self.store.clinic(self.anna, NOBODYS))

    # -- sessions

    async def test_session(self) -> None:
        """Has no patient and no consent that nobody gave; times are UTC."""
        saved = await self.store.save_session(self.anna, DICTATED)
        self.assertEqual(await self.store.session(self.anna, saved["id"]), saved)
        self.assertEqual((saved["patient_id"], saved["consent_verified"]), (None, False))
        self.assertEqual((saved["mode"], saved["current_section"]), ("smart_dictation", "section_7"))
        self.assertEqual(saved["clinic_id"], self.anna.principal.clinic_id)
        self.assertRegex(saved["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    async def test_two_presses(self) -> None:
        """Same user, section and text are one row; another of any is another."""
        others = (NewSession("section_8", "ambient", DICTATED.transcript), NewSession("section_7", "ambient", "Autre."))
        first = await self.store.save_session(self.anna, DICTATED)
        self.assertEqual(await self.store.save_session(self.anna, DICTATED), first)
        rows = [await self.store.save_session(self.anna, other) for other in others]
        rows.append(await self.store.save_session(self.bert, DICTATED))
        self.assertEqual(len({row["id"] for row in (first, *rows)}), 4)

    async def test_who_sees_a_session(self) -> None:
        """Owner and colleagues; for all others there is none."""
        saved = await self.store.save_session(self.anna, DICTATED)
        self.assertEqual(await self.store.session(self.bert, saved["id"]), saved)
        for stranger in (self.carl, self.dora):
            await self.refused(errors.NotFound, self.store.session(stranger, saved["id"]))
            await self.refused(errors.NotFound, self.store.artifacts(stranger, saved["id"]))
        await self.leave(self.bert)
        await self.refused(errors.NotFound, self.store.session(self.bert, saved["id"]))

    async def test_a_session_without_clinic(self) -> None:
        """Is its owner's alone, who can read it."""
        saved = await self.store.save_session(self.dora, DICTATED)
        self.assertEqual(saved["clinic_id"], None)
        self.assertEqual(await self.store.session(self.dora, saved["id"]), saved)
        await self.refused(errors.NotFound, self.store.session(self.anna, saved["id"]))

    async def test_a_clinic_that_was_left(self) -> None:
        """Gets nothing new; what it has is read by its owner still, and changed no more."""
        saved = await self.store.save_session(self.anna, DICTATED)
        case = await self.store.create_case(self.anna, {"name": "Roy"})
        await self.leave(self.anna)
        self.assertEqual(await self.store.session(self.anna, saved["id"]), saved)
        self.assertEqual(await self.store.case(self.anna, case["id"]), case)
        await self.refused(errors.NotFound, self.store.save_artifacts(self.anna, saved["id"], artifacts("x")))
        await self.refused(errors.NotFound, self.store.update_case(self.anna, case["id"], {"name": "Hers"}))
        later = await self.store.save_session(self.anna, NewSession("section_8", "ambient", "Plus tard."))
        self.assertEqual(later["clinic_id"], None)

    async def test_artifacts(self) -> None:
        """The newest; written by the owner, read by colleagues."""
        saved = await self.store.save_session(self.anna, DICTATED)
        self.assertEqual(await self.store.artifacts(self.anna, saved["id"]), None)
        for word in ("old", "new"):
            await self.store.save_artifacts(self.anna, saved["id"], artifacts(word))
        self.assertEqual(await self.store.artifacts(self.bert, saved["id"]), artifacts("new"))
        for other in (self.bert, self.carl):
            await self.refused(errors.NotFound, self.store.save_artifacts(other, saved["id"], artifacts("mine")))
        await self.refused(errors.NotFound, self.store.save_artifacts(self.anna, NOBODYS, artifacts("x")))

    # -- cases

    async def test_case(self) -> None:
        """Begun, named, marked and listed."""
        case = await self.store.create_case(self.anna, {"name": "Roy, A. (2)", "draft": {"k": [1]}, "clinic_id": None})
        self.assertEqual((case["name"], case["draft"], case["status"]), ("Roy, A. (2)", {"k": [1]}, "draft"))
        self.assertEqual(case["clinic_id"], self.anna.principal.clinic_id)
        changed = await self.store.update_case(self.anna, case["id"], {"name": "'; --", "status": "completed"})
        self.assertEqual((changed["name"], changed["status"], changed["draft"]), ("'; --", "completed", {"k": [1]}))
        self.assertEqual(await self.store.cases(self.anna, CaseQuery()), [changed])

    async def test_who_sees_a_case(self) -> None:
        """Colleagues read it by its id; nobody else does, and only its owner changes it or has it listed."""
        case = await self.store.create_case(self.anna, {})
        saved = await self.store.save_session(self.bert, DICTATED)
        self.assertEqual(await self.store.case(self.bert, case["id"]), case)
        await self.refused(errors.NotFound, self.store.case(self.carl, case["id"]))
        for other in (self.bert, self.carl):
            self.assertEqual(await self.store.cases(other, CaseQuery()), [])
            await self.refused(errors.NotFound, self.store.update_case(other, case["id"], {"name": "mine"}))
            await self.refused(errors.NotFound, self.store.save_section(other, case["id"], "s", {}, None))
            commit = self.store.commit_section(other, case["id"], "s", saved["id"], "mine")
            await self.refused(errors.NotFound, commit)
        self.assertEqual(await self.store.case(self.anna, case["id"]), case)

    async def test_clinic_of_a_case(self) -> None:
        """A clinic of others is refused."""
        for clinic_id in (str(self.carl.principal.clinic_id), NOBODYS):
            await self.refused(errors.ClinicAccessDenied, self.store.create_case(self.anna, {"clinic_id": clinic_id}))

    async def test_sections(self) -> None:
        """One is replaced, the others and the rest of the draft stay."""
        case = await self.store.create_case(self.anna, {"draft": {"k": 1}})
        await self.store.save_section(self.anna, case["id"], "section_7", {"text": "a"}, "in_progress")
        await self.store.save_section(self.anna, case["id"], "section_8", {"text": "b"}, None)
        merged = await self.store.save_section(self.anna, case["id"], "section_7", {"n": 2}, None)
        self.assertEqual(merged["status"], "in_progress")
        self.assertEqual(merged["draft"], {"k": 1, "sections": {"section_7": {"n": 2}, "section_8": {"text": "b"}}})

    async def test_commit(self) -> None:
        """The same again is the same row; another text is another; a session of others is none."""
        case = await self.store.create_case(self.anna, {})
        saved = await self.store.save_session(self.anna, DICTATED)
        foreign = await self.store.save_session(self.carl, DICTATED)
        await self.store.save_section(self.anna, case["id"], "section_7", {"n": 1}, None)
        first = await self.store.commit_section(self.anna, case["id"], "section_7", saved["id"], "Texte.")
        again = await self.store.commit_section(self.anna, case["id"], "section_7", saved["id"], "Texte.")
        other = await self.store.commit_section(self.anna, case["id"], "section_7", saved["id"], "Autre.")
        self.assertEqual(again, first)
        self.assertEqual(set(first), {"id", "section_id", "session_id", "committed_at"})
        self.assertNotEqual(other["id"], first["id"])
        section = (await self.store.case(self.anna, case["id"]))["draft"]["sections"]["section_7"]
        self.assertEqual((section["n"], section["finalText"], section["sessionId"]), (1, "Autre.", saved["id"]))
        for session_id in (foreign["id"], NOBODYS):
            commit = self.store.commit_section(self.anna, case["id"], "section_7", session_id, "Texte.")
            await self.refused(errors.NotFound, commit)

    async def test_order_of_cases(self) -> None:
        """By a column of a list, and no other."""
        for name in ("b", "a", "c"):
            await self.store.create_case(self.anna, {"name": name})
        for query, names in (
            (CaseQuery(sort="name", is_descending=False), ["a", "b", "c"]),
            (CaseQuery(sort="name", limit=2), ["c", "b"]),
        ):
            self.assertEqual([case["name"] for case in await self.store.cases(self.anna, query)], names)
        for sort in ("draft", "name; DROP TABLE cases", ""):
            await self.refused(errors.ValidationFailed, self.store.cases(self.anna, CaseQuery(sort=sort)))

    async def test_hostile_ids(self) -> None:
        """What is no id of a row is not found, whatever is in it."""
        for text in HOSTILE:
            for look in (self.store.session, self.store.artifacts, self.store.case, self.store.clinic):
                await self.refused(errors.NotFound, look(self.anna, text))
            await self.refused(errors.NotFound, self.store.one_feedback(self.anna, text))
            await self.refused(errors.NotFound, self.store.update_case(self.anna, text, {"name": "x"}))
        self.assertEqual(await self.store.cases(self.anna, CaseQuery()), [])

    async def test_hostile_values(self) -> None:
        """No column can hold them, and nothing is saved of their row."""
        for new in (NewSession("section_7", "ambient", "\ud800"), NewSession("section_7", "no such mode", "a")):
            await self.refused(errors.ValidationFailed, self.store.save_session(self.anna, new))
        case = await self.store.create_case(self.anna, {})
        await self.refused(errors.ValidationFailed, self.store.update_case(self.anna, case["id"], {"status": "lost"}))
        self.assertEqual(await self.store.case(self.anna, case["id"]), case)

    # -- feedback and audit

    async def test_feedback(self) -> None:
        """One's own only, newest first."""
        rows = [await self.store.add_feedback(self.anna, {"content": {"n": n}, "ttl_days": 3}) for n in range(3)]
        page, total = await self.store.feedback(self.anna, 2, 0)
        self.assertEqual(([row["content"]["n"] for row in page], total), ([2, 1], 3))
        self.assertEqual(await self.store.feedback(self.anna, 2, 2), ([rows[0]], 3))
        self.assertEqual(await self.store.feedback(self.bert, 2, 0), ([], 0))
        changed = await self.store.update_feedback(self.anna, rows[0]["id"], {"n": "new"})
        self.assertEqual(changed["content"], {"n": "new"})
        self.assertEqual(await self.store.one_feedback(self.anna, rows[0]["id"]), changed)

    async def test_feedback_of_others(self) -> None:
        """A colleague's is none."""
        row = await self.store.add_feedback(self.anna, {"content": {"n": 1}})
        self.assertEqual(row["ttl_days"], 30)
        await self.refused(errors.NotFound, self.store.one_feedback(self.bert, row["id"]))
        await self.refused(errors.NotFound, self.store.update_feedback(self.bert, row["id"], {"n": 2}))
        await self.refused(errors.NotFound, self.store.delete_feedback(self.bert, row["id"]))
        await self.store.delete_feedback(self.anna, row["id"])
        await self.refused(errors.NotFound, self.store.delete_feedback(self.anna, row["id"]))
        self.assertEqual(await self.store.feedback(self.anna, 9, 0), ([], 0))

    async def test_audit(self) -> None:
        """A field without a column is told, not dropped."""
        row = {"action": "session.start", "session_id": NOBODYS, "metadata": {"seconds": 1.5}, "ip_address": "::1"}
        await self.store.add_audit(self.anna, row)
        await self.refused(errors.DatabaseNotMigrated, self.store.add_audit(self.anna, {**row, "transcript": "x"}))
