"""Tests of `/api/profile`."""

from __future__ import annotations

from alie.web.schemas import TITLE
from tests.web.api_case import ADA, ApiCase

PATH = "/api/profile"


class ReadingTests(ApiCase):
    """Asked for on every page."""

    def test_made_when_first_asked_for(self) -> None:
        """By the name before the @, in French, with no consent to anything."""
        body = self.told(PATH)
        self.assertEqual((body["ok"], body["profileExists"], body["needsProfileCreation"]), (True, True, False))
        self.assertEqual(body["user"], {"id": ADA, "email": "ada.l@clinic.example", "role": "user"})
        profile = body["profile"]
        self.assertEqual(
            (profile["user_id"], profile["display_name"], profile["locale"], profile["default_clinic_id"]),
            (ADA, "ada.l", "fr-CA", None),
        )
        self.assertIs(profile["consent_pipeda"], False)
        self.assertIs(profile["consent_marketing"], False)
        self.assertTrue(profile["created_at"].endswith("Z"))

    def test_without_an_address(self) -> None:
        """A neutral name."""
        self.assertEqual(self.told(PATH, who="bob")["profile"]["display_name"], "Clinician")

    def test_an_edited_name_stays(self) -> None:
        """However often it is asked for."""
        self.told(PATH)
        self.told(PATH, "PATCH", {"display_name": "Dr Lovelace"})
        self.told(PATH)
        self.assertEqual(self.told(PATH)["profile"]["display_name"], "Dr Lovelace")

    def test_everyone_has_their_own(self) -> None:
        """And nobody sees another's."""
        self.told(PATH, "PATCH", {"display_name": "x"}, status=404)
        self.told(PATH)
        self.told(PATH, "PATCH", {"display_name": "Dr Lovelace"})
        self.assertEqual(self.told(PATH, who="bob")["profile"]["display_name"], "Clinician")


class CreatingTests(ApiCase):
    """As a page does after a login."""

    def test_created(self) -> None:
        """201, once."""
        body = self.told(PATH, "POST", status=201)
        self.assertEqual((body["ok"], body["profile"]["display_name"]), (True, "ada.l"))

    def test_there_already(self) -> None:
        """The page looks for the number in the sentence."""
        self.told(PATH)
        body = self.refused(self.ask(PATH, "POST", {}), 409, "CONFLICT")
        self.assertIn("409", body["error"])
        self.assertIn("409", body["message"])


class ChangingTests(ApiCase):
    """Only what is named."""

    def setUp(self) -> None:
        super().setUp()
        self.told(PATH)

    def test_changed(self) -> None:
        """And trimmed."""
        changes = {"display_name": "  Dr L.  ", "locale": "en-CA", "consent_pipeda": True, "default_clinic_id": None}
        body = self.told(PATH, "PATCH", changes)
        self.assertEqual((body["success"], body["data"]["display_name"]), (True, "Dr L."))
        self.assertEqual((body["data"]["locale"], body["data"]["consent_pipeda"]), ("en-CA", True))
        self.assertIs(body["data"]["consent_marketing"], False)
        self.assertEqual(self.told(PATH)["profile"], body["data"])

    def test_validation(self) -> None:
        """In the words of the contract, with a sentence for each fault; nothing of the value is repeated."""
        for changes, detail in (
            ({"display_name": ""}, f"display_name must be: {TITLE['description']}"),
            ({"display_name": "   "}, f"display_name must be: {TITLE['description']}"),
            ({"display_name": "x" * 256}, "display_name must have at most 255 characters"),
            ({"display_name": 7}, "display_name must be string"),
            ({"locale": "s3cret"}, "locale must be one of en-CA, fr-CA"),
            ({"consent_pipeda": "yes"}, "consent_pipeda must be boolean"),
            ({"default_clinic_id": "s3cret"}, "default_clinic_id does not have the form that is asked for"),
            ({"user_id": "s3cret"}, "body has fields that are not known"),
            ({}, "body must not be empty"),
            ([], "body must be object"),
        ):
            response = self.ask(PATH, "PATCH", changes)
            body = self.refused(response, 400, "VALIDATION_ERROR")
            self.assertEqual((body["error"], body["details"]), ("Validation failed", [detail]))
            self.assertNotIn(b"s3cret", response.body)

    def test_several_faults(self) -> None:
        """All at once."""
        body = self.refused(self.ask(PATH, "PATCH", {"locale": 1, "consent_marketing": 2}), 400, "VALIDATION_ERROR")
        self.assertEqual(len(body["details"]), 3)

    def test_a_clinic_of_others(self) -> None:
        """Is not taken."""
        clinic = {"default_clinic_id": "33333333-3333-4333-8333-333333333333"}
        self.assertEqual(
            self.refused(self.ask(PATH, "PATCH", clinic), 403, "CLINIC_ACCESS_DENIED")["error"], "FORBIDDEN"
        )
