"""Tests of `/api/feedback`."""

from __future__ import annotations

from typing import Any

from alie.errors import DatabaseUnavailable
from tests.web.api_case import BOB, NOBODYS, ApiCase

PATH = "/api/feedback"
NEW = {"meta": {"page": "dictation"}, "ratings": {"speed": 5}, "comment": "Bien"}
OLD = {"content": {"id": "made-up", "created_at": "then", "meta": {}}, "ttl_days": 60}


class DisabledTests(ApiCase):
    """As long as the operator has not turned it on."""

    def test_before_anything_else(self) -> None:
        """Whoever asks, whatever they send, by any method."""
        for path in ("", "/sync", f"/{NOBODYS}"):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                for who, body in (("ada", NEW), (None, b"{"), ("nobody", None)):
                    response = self.ask(PATH + path, method, body, who=who)
                    self.refused(response, 503, "FEATURE_DISABLED")
        self.assertEqual(self.audit.events, [])


class FeedbackCase(ApiCase):
    """Turned on."""

    def setUp(self) -> None:
        super().setUp()
        self.build(FEATURE_FEEDBACK_SERVER_SYNC="1")

    def add(self, body: dict[str, Any], status: int, who: str = "ada") -> str:
        """The id of what was added."""
        return str(self.told(PATH, "POST", body, status, who)["id"])


class AddingTests(FeedbackCase):
    """In both shapes."""

    def test_older_pages(self) -> None:
        """All in `content`: 200, and an id that the content cannot replace."""
        added = self.add(OLD, 200)
        data = self.told(f"{PATH}/{added}")["data"]
        self.assertEqual((data["id"], data["ttl_days"], data["meta"]), (added, 60, {}))
        self.assertNotEqual((data["id"], data["created_at"]), ("made-up", "then"))

    def test_newer_pages(self) -> None:
        """201."""
        added = self.add(NEW, 201)
        data = self.told(f"{PATH}/{added}")["data"]
        self.assertEqual({name: data[name] for name in NEW}, NEW)
        self.assertEqual(data["ttl_days"], 30)

    def test_the_user_is_the_caller(self) -> None:
        """Whatever a header or the body says."""
        response = self.ask(PATH, "POST", {**NEW, "user_id": BOB}, headers={"X-User-Id": BOB})
        self.assertEqual(response.status, 201)
        self.assertEqual(self.told(PATH, who="bob")["items"], [])
        self.assertNotIn("user_id", self.told(PATH)["items"][0])

    def test_validation(self) -> None:
        """In neither shape, empty, too long, for too long."""
        for body in (
            {},
            {"meta": {}},
            {"content": {}},
            {"content": "x"},
            {"content": {"a": "x" * 10_233}},
            {**NEW, "comment": "x" * 10_240},
            {**OLD, "ttl_days": 0},
            {**OLD, "ttl_days": 366},
            {**OLD, "ttl_days": 1.5},
            {**OLD, "session_id": "x"},
            [],
        ):
            self.refused(self.ask(PATH, "POST", body), 400, "VALIDATION_ERROR")
        self.assertEqual(self.told(PATH)["pagination"]["total"], 0)

    def test_at_the_bound(self) -> None:
        """10240 characters of JSON, which may be more bytes."""
        self.add({"content": {"a": "é" * 10_232}, "ttl_days": 365.0}, 200)


class OwnTests(FeedbackCase):
    """To be read, changed and deleted, by whom it came from."""

    def test_listed(self) -> None:
        """The newest first, with numbers that are numbers."""
        ids = []
        for _ in range(3):
            self.reactor.advance(1)
            ids.insert(0, self.add(NEW, 201))
        self.add(NEW, 201, "bob")
        body = self.told(f"{PATH}?limit=2&offset=0")
        self.assertEqual([item["id"] for item in body["items"]], ids[:2])
        self.assertEqual(body["data"], body["items"])
        self.assertEqual(body["pagination"], {"limit": 2, "offset": 0, "total": 3, "hasMore": True})
        self.assertIs(self.told(f"{PATH}?limit=2&offset=1")["pagination"]["hasMore"], False)
        self.refused(self.ask(f"{PATH}?limit=1001"), 400, "VALIDATION_ERROR")
        self.refused(self.ask(f"{PATH}?offset=-1"), 400, "VALIDATION_ERROR")

    def test_forgotten(self) -> None:
        """When its own days are over, and not before."""
        self.add(NEW, 201)
        kept = self.add(OLD, 200)
        self.reactor.advance(31 * 86400)
        self.assertEqual([item["id"] for item in self.told(PATH)["items"]], [kept])

    def test_changed_and_deleted(self) -> None:
        """By its owner; for others it does not exist."""
        one = f"{PATH}/{self.add(NEW, 201)}"
        for method, body in (("GET", None), ("PUT", NEW), ("DELETE", None)):
            self.refused(self.ask(one, method, body, who="bob"), 404, "NOT_FOUND")
        self.assertEqual(self.told(one, "PUT", {**NEW, "comment": "Mieux"})["data"]["comment"], "Mieux")
        self.assertEqual(self.told(one, "DELETE"), {"success": True})
        self.refused(self.ask(one), 404, "NOT_FOUND")


class SyncTests(FeedbackCase):
    """What a page has gathered."""

    def test_all(self) -> None:
        """One after another."""
        data = self.told(f"{PATH}/sync", "POST", {"items": [NEW, OLD]})["data"]
        self.assertEqual((data["count"], len(set(data["ids"]))), (2, 2))
        self.assertEqual(self.told(PATH)["pagination"]["total"], 2)

    def test_one_is_wrong(self) -> None:
        """Then none is written."""
        self.refused(self.ask(f"{PATH}/sync", "POST", {"items": [NEW, {}]}), 400, "VALIDATION_ERROR")
        long = {**NEW, "comment": "x" * 10_240}
        self.refused(self.ask(f"{PATH}/sync", "POST", {"items": [NEW, long]}), 400, "VALIDATION_ERROR")
        self.refused(self.ask(f"{PATH}/sync", "POST", {"items": []}), 400, "VALIDATION_ERROR")
        self.assertEqual(self.told(PATH)["pagination"]["total"], 0)

    def test_the_database_goes(self) -> None:
        """In the midst of it: an error, which says how many were saved."""
        add, calls = self.store.add_feedback, []

        async def fail_second(caller: Any, fields: Any) -> Any:
            calls.append(fields)
            if len(calls) == 2:
                raise DatabaseUnavailable
            return await add(caller, fields)

        self.patch(self.store, "add_feedback", fail_second)
        body = self.refused(self.ask(f"{PATH}/sync", "POST", {"items": [NEW, NEW]}), 503, "DATABASE_UNAVAILABLE")
        self.assertEqual(body["details"], "1 of 2 were saved")
