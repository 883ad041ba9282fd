"""Tests of `/api/cases`."""

from __future__ import annotations

from tests.web.api_case import ADA, NOBODYS, ApiCase

PATH = "/api/cases"


class CaseCase(ApiCase):
    """Has one case of Ada's."""

    def setUp(self) -> None:
        super().setUp()
        self.case = self.told(PATH, "POST", {"name": " Tremblay ", "draft": {"a": 1}}, 201)["data"]
        self.one = f"{PATH}/{self.case['id']}"

    def saved(self, who: str = "ada") -> str:
        """The id of a saved session."""
        body = {"sectionId": "section_7", "transcript": "Aïe.", "metadata": {}}
        return str(self.told("/api/sessions", "POST", body, 201, who)["id"])


class CaseTests(CaseCase):
    """Begun, listed, read, named, marked."""

    def test_created(self) -> None:
        """As the page knows it."""
        self.assertEqual(
            {name: self.case[name] for name in ("user_id", "clinic_id", "name", "status", "draft")},
            {"user_id": ADA, "clinic_id": None, "name": "Tremblay", "status": "draft", "draft": {"a": 1}},
        )
        self.assertEqual(self.told(self.one), {"success": True, "data": self.case})
        self.assertEqual(self.told(PATH, "POST", {}, 201)["data"]["draft"], {})

    def test_for_a_clinic_of_others(self) -> None:
        """Is refused."""
        self.refused(self.ask(PATH, "POST", {"clinic_id": NOBODYS}), 403, "CLINIC_ACCESS_DENIED")

    def test_changed(self) -> None:
        """Name and status."""
        self.assertEqual(self.told(f"{self.one}/name", "PUT", {"name": " Roy "})["data"]["name"], "Roy")
        self.assertEqual(self.told(f"{self.one}/status", "PUT", {"status": "completed"})["data"]["status"], "completed")

    def test_validation(self) -> None:
        """Each field is named."""
        for path, method, body in (
            (f"{self.one}/name", "PUT", {"name": " "}),
            (f"{self.one}/name", "PUT", {}),
            (f"{self.one}/status", "PUT", {"status": "s3cret"}),
            (f"{self.one}/sections/section_7", "POST", {"data": []}),
            (f"{self.one}/sections/section_7", "POST", {"data": {}, "status": "s3cret"}),
            (f"{self.one}/sections/section_7/commit", "POST", {"sessionId": "s3cret", "finalText": "x"}),
            (f"{self.one}/sections/section_7/commit", "POST", {"sessionId": NOBODYS, "finalText": ""}),
            (PATH, "POST", {"draft": "s3cret"}),
        ):
            response = self.ask(path, method, body)
            self.refused(response, 400, "VALIDATION_ERROR")
            self.assertNotIn(b"s3cret", response.body)

    def test_of_others(self) -> None:
        """Does not exist, whatever is asked of it."""
        section = f"{self.one}/sections/section_7"
        commit = {"sessionId": self.saved("bob"), "finalText": "x"}
        for path, method, body in (
            (self.one, "GET", None),
            (f"{self.one}/name", "PUT", {"name": "x"}),
            (f"{self.one}/status", "PUT", {"status": "draft"}),
            (section, "POST", {"data": {}}),
            (f"{section}/commit", "POST", commit),
        ):
            self.refused(self.ask(path, method, body, who="bob"), 404, "NOT_FOUND")
        self.assertEqual(self.told(PATH, who="bob")["data"], [])
        self.assertEqual(self.told(self.one)["data"], self.case)

    def test_what_never_was(self) -> None:
        """The page asks for two things that no backend had."""
        self.refused(self.ask(self.one, "DELETE"), 405, "METHOD_NOT_ALLOWED")
        self.refused(self.ask(f"{self.one}/sessions", "POST", {}), 404, "NOT_FOUND")


class ListTests(CaseCase):
    """The sidebar's."""

    def names(self, query: str = "") -> list[str]:
        """Of the cases listed."""
        body = self.told(PATH + query)
        self.assertEqual(body["count"], len(body["data"]))
        return [case["name"] for case in body["data"]]

    def test_order(self) -> None:
        """The newest first, or as asked; an order that is not known is no reason to show nothing."""
        for name in ("B", "A", "C"):
            self.reactor.advance(10)
            self.told(PATH, "POST", {"name": name}, 201)
        self.assertEqual(self.names(), ["C", "A", "B", "Tremblay"])
        self.assertEqual(self.names("?limit=2"), ["C", "A"])
        self.assertEqual(self.names("?sort=name&order=asc"), ["A", "B", "C", "Tremblay"])
        self.assertEqual(self.names("?sort=updatedAt&order=ASC"), ["Tremblay", "B", "A", "C"])
        self.assertEqual(self.names("?sort=password&order=x&unknown=1"), ["C", "A", "B", "Tremblay"])

    def test_days(self) -> None:
        """Those that were touched within so many."""
        self.reactor.advance(31 * 86400)
        self.assertEqual(self.names(), [])
        self.assertEqual(self.names("?days=32"), ["Tremblay"])

    def test_validation(self) -> None:
        """Numbers are numbers, within bounds, and given once."""
        for query in (
            "limit=0",
            "limit=101",
            "limit=x",
            "limit=1e1",
            "limit=",
            "days=0",
            "limit=1&limit=2",
            "limit=%FF",
        ):
            body = self.refused(self.ask(f"{PATH}?{query}"), 400, "VALIDATION_ERROR")
            self.assertTrue(body["details"][0].startswith(query[:4]), body)


class SectionTests(CaseCase):
    """Section by section."""

    def test_kept(self) -> None:
        """Beside the others."""
        self.told(f"{self.one}/sections/section_7", "POST", {"data": {"text": "x"}})
        body = self.told(f"{self.one}/sections/section_8", "POST", {"data": {"text": "y"}, "status": "in_progress"})
        self.assertEqual(
            (body["data"]["draft"], body["data"]["status"]),
            ({"a": 1, "sections": {"section_7": {"text": "x"}, "section_8": {"text": "y"}}}, "in_progress"),
        )

    def test_committed(self) -> None:
        """The page presses twice: the same row."""
        commit, path = {"sessionId": self.saved(), "finalText": "Aïe."}, f"{self.one}/sections/section_7/commit"
        first = self.told(path, "POST", commit)
        self.assertEqual(set(first["data"]), {"id", "section_id", "session_id", "committed_at"})
        self.assertEqual((first["data"]["section_id"], first["data"]["session_id"]), ("section_7", commit["sessionId"]))
        self.assertEqual(self.told(path, "POST", {**commit, "sessionId": commit["sessionId"].upper()}), first)
        self.assertEqual(self.told(self.one)["data"]["draft"]["sections"]["section_7"]["finalText"], "Aïe.")

    def test_a_session_of_others(self) -> None:
        """Cannot be committed."""
        for session_id in (self.saved("bob"), NOBODYS):
            commit = {"sessionId": session_id, "finalText": "x"}
            self.refused(self.ask(f"{self.one}/sections/section_7/commit", "POST", commit), 404, "NOT_FOUND")
