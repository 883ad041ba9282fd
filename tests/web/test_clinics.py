"""Tests of `/api/clinics`, `/api/db/ping` and the empty lists of templates."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from alie.errors import DatabaseUnavailable
from tests.web.api_case import NOBODYS, ApiCase

CLINIC = "33333333-3333-4333-8333-333333333333"
ADD = """
    INSERT INTO clinics (id, name, created_at, updated_at)
    VALUES (:id, 'Clinique du Parc', '2026-11-24T10:00:00.000Z', '2026-11-24T10:00:00.000Z')"""


class ClinicTests(ApiCase):
    """For the page's choice of a clinic."""

    def test_clinics(self) -> None:
        """All, and one."""
        self.assertEqual(self.told("/api/clinics")["data"], [])
        self.settled(Deferred.fromCoroutine(self.store.call(lambda database: database.rows(ADD, {"id": CLINIC}))))
        (clinic,) = self.told("/api/clinics")["data"]
        self.assertEqual((clinic["id"], clinic["name"]), (CLINIC, "Clinique du Parc"))
        self.assertEqual(self.told(f"/api/clinics/{CLINIC}")["data"], clinic)
        self.refused(self.ask(f"/api/clinics/{NOBODYS}"), 404, "NOT_FOUND")

    def test_strangers(self) -> None:
        """Are told nothing."""
        self.assertEqual(self.ask("/api/clinics", who=None).status, 401)


class PingTests(ApiCase):
    """Whether the database answers."""

    def test_it_does(self) -> None:
        """With a number."""
        self.assertEqual(self.told("/api/db/ping"), {"ok": 1, "profiles": 0})
        self.told("/api/profile")
        self.assertEqual(self.told("/api/db/ping"), {"ok": 1, "profiles": 1})

    def test_it_does_not(self) -> None:
        """Then no success is invented, here or anywhere."""

        async def fail(*args: object) -> None:
            raise DatabaseUnavailable

        for name, path in (("ping", "/api/db/ping"), ("profile", "/api/profile"), ("clinics", "/api/clinics")):
            self.patch(self.store, name, fail)
            self.refused(self.ask(path), 503, "DATABASE_UNAVAILABLE")


class TemplateTests(ApiCase):
    """What newer pages ask for when they open."""

    def test_none(self) -> None:
        """For anybody, and with a token that is no good."""
        for path in ("/api/template-combinations?active=true", "/api/templates/prompts/due"):
            for who in ("ada", None, "nobody"):
                response = self.ask(path, who=who)
                self.assertEqual((response.status, response.json()), (200, {"success": True, "data": [], "count": 0}))
