"""Tests of `/api/sessions`, and of what a consultation leaves with a saved session."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred

from alie.principal import Caller
from tests.ambient.payloads import ours
from tests.web.api_case import ADA, NOBODYS, USERS, ApiCase

PATH = "/api/sessions"
TALK = ours(("a", "It"), ("a", "hurts"), ("a", "."), ("b", "Where"), ("b", "?"))


def dictation(**fields: object) -> dict[str, object]:
    """What the page sends."""
    metadata = {"mode": "word_for_word", "language": "fr", "inputLanguage": "fr-CA", "savedAt": "2026-11-24T10:00:00Z"}
    return {"sectionId": "section_7", "transcript": "Le patient dit « aïe ».", "metadata": metadata, **fields}


class SavingTests(ApiCase):
    """What "Save to Section" does first."""

    def test_saved(self) -> None:
        """Answered as the page knows it, and to be read again."""
        body = self.told(PATH, "POST", dictation(), 201)
        self.assertEqual({name: body[name] for name in dictation()}, dictation())
        self.assertEqual(body["status"], "created")
        row = self.told(f"{PATH}/{body['id']}")
        self.assertEqual(
            (row["id"], row["user_id"], row["mode"], row["current_section"], row["patient_id"], row["created_at"]),
            (body["id"], ADA, "word_for_word", "section_7", None, body["createdAt"]),
        )
        self.assertIs(row["consent_verified"], False)
        self.assertNotIn("aïe", repr(row))

    def test_saved_twice(self) -> None:
        """The page's own fault makes users press again: the same row, 201 again; later, or other words, another."""
        first = self.told(PATH, "POST", dictation(), 201)
        self.reactor.advance(599)
        self.assertEqual(self.told(PATH, "POST", dictation(), 201)["id"], first["id"])
        others = [dictation(transcript="x"), dictation(sectionId="section_8")]
        ids = [self.told(PATH, "POST", other, 201)["id"] for other in others]
        self.reactor.advance(2)
        ids.append(self.told(PATH, "POST", dictation(), 201)["id"])
        self.assertEqual(len({first["id"], *ids}), 4)

    def test_of_unknown_mode(self) -> None:
        """Counts as smart dictation, as on the socket; no metadata are needed."""
        for fields in ({"metadata": {"mode": "x"}}, {"metadata": {}}):
            body = self.told(PATH, "POST", dictation(**fields), 201)
            self.assertEqual(self.told(f"{PATH}/{body['id']}")["mode"], "smart_dictation")
        self.told(PATH, "POST", {"sectionId": "s", "transcript": "t"}, 201)

    def test_consent(self) -> None:
        """Only where the page says so."""
        body = self.told(PATH, "POST", dictation(metadata={"consentVerified": True}), 201)
        self.assertIs(self.told(f"{PATH}/{body['id']}")["consent_verified"], True)

    def test_validation(self) -> None:
        """Each field is named; nothing of what was said is repeated."""
        for fields in (
            {"sectionId": None},
            {"sectionId": "a b"},
            {"sectionId": "section_7\n"},
            {"transcript": ""},
            {"transcript": 7},
            {"transcript": "nul \0"},
            {"metadata": "x"},
        ):
            response = self.ask(PATH, "POST", dictation(**fields))
            self.refused(response, 400, "VALIDATION_ERROR")
            self.assertNotIn("aïe".encode(), response.body)
        self.refused(self.ask(PATH, "POST", {}), 400, "VALIDATION_ERROR")

    def test_long(self) -> None:
        """An hour of dictation fits; what is over the bound does not."""
        self.told(PATH, "POST", dictation(transcript="mots " * 20_000), 201)
        self.refused(self.ask(PATH, "POST", dictation(transcript="x" * 1_048_576)), 413, "PAYLOAD_TOO_LARGE")


class ReadingTests(ApiCase):
    """By id, for whoever may see it."""

    def test_of_others(self) -> None:
        """Does not exist."""
        saved = self.told(PATH, "POST", dictation(), 201)["id"]
        for place in (saved, NOBODYS):
            for path, method in (("", "GET"), ("/artifacts", "GET"), ("/roles/swap", "POST")):
                self.refused(self.ask(f"{PATH}/{place}{path}", method, who="bob"), 404, "SESSION_NOT_FOUND")

    def test_in_capitals(self) -> None:
        """The same id."""
        saved = self.told(PATH, "POST", dictation(), 201)["id"]
        self.assertEqual(self.told(f"{PATH}/{saved.upper()}")["id"], saved)

    def test_no_id(self) -> None:
        """No such route."""
        for name in ("dev-session-id", "x", "%00", f"{NOBODYS}%0a"):
            self.refused(self.ask(f"{PATH}/{name}"), 404, "NOT_FOUND")


class ArtifactsTests(ApiCase):
    """What a consultation leaves behind."""

    def setUp(self) -> None:
        super().setUp()
        self.saved = self.told(PATH, "POST", dictation(metadata={"mode": "ambient"}), 201)["id"]
        self.artifacts = f"{PATH}/{self.saved}/artifacts"

    def process(self, session_id: str, who: str = "ada") -> Any:
        """Has the talk told."""
        order = {"sessionId": session_id, "modeId": "ambient", "language": "en", "section": "section_7"}
        return self.told("/api/transcribe/process", "POST", {**order, "rawAwsJson": TALK}, who=who)

    def test_none(self) -> None:
        """All null."""
        nothing = {"ir": None, "role_map": None, "narrative": None, "processing_time": None}
        self.assertEqual(self.told(self.artifacts), nothing)

    def test_kept(self) -> None:
        """With the session that was saved."""
        answer = self.process(self.saved)
        self.assertIs(answer["meta"]["saved"], True)
        kept = self.told(self.artifacts)
        self.assertEqual((kept["narrative"], kept["role_map"]), (answer["narrative"], answer["roleMap"]))
        self.assertEqual(kept["processing_time"], {"totalMs": answer["meta"]["processingTime"]})
        self.assertEqual([turn["text"] for turn in kept["ir"]["turns"]], ["It hurts.", "Where?"])

    def test_kept_nowhere(self) -> None:
        """For a session that is another's, or none: told, and not kept."""
        self.assertIs(self.process(self.saved, who="bob")["meta"]["saved"], False)
        for name in (NOBODYS, "dev-session-id"):
            self.assertIs(self.process(name)["meta"]["saved"], False)
        self.assertIsNone(self.told(self.artifacts)["ir"])

    def test_swap(self) -> None:
        """Who was taken for the patient is the clinician, in the text, too; twice is as before."""
        self.process(self.saved)
        before = self.told(self.artifacts)
        self.assertEqual(before["narrative"]["content"], "PATIENT: It hurts.\nCLINICIAN: Where?")
        after = self.told(f"{PATH}/{self.saved}/roles/swap", "POST")
        self.assertEqual(after["narrative"]["content"], "CLINICIAN: It hurts.\nPATIENT: Where?")
        self.assertEqual(after["role_map"], {"a": "CLINICIAN", "b": "PATIENT"})
        self.assertEqual(self.told(self.artifacts), after)
        self.assertEqual(self.told(f"{PATH}/{self.saved}/roles/swap", "POST")["narrative"], before["narrative"])

    def test_nothing_to_swap(self) -> None:
        """404, and nothing is invented."""
        self.refused(self.ask(f"{PATH}/{self.saved}/roles/swap", "POST"), 404, "NOT_FOUND")

    def test_of_another_program(self) -> None:
        """Refused in words."""
        row = {"ir": {"foo": 1}, "role_map": {}, "narrative": {}, "processing_time": None}
        self.settled(Deferred.fromCoroutine(self.store.save_artifacts(Caller(USERS["ada"]), self.saved, row)))
        body = self.refused(self.ask(f"{PATH}/{self.saved}/roles/swap", "POST"), 409, "CONFLICT")
        self.assertIn("another program", body["error"])
