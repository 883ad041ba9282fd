"""Tests of alie.web.routing: which route a request has."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.errors import AuthRequired, MethodNotAllowed, NotFound
from alie.web.routing import Call, Reply, Route, Routes

ID = "0a9b1c2d-3e4f-4a5b-8c6d-7e8f9a0b1c2d"


async def answer(call: Call) -> Reply:
    """Nothing."""
    return Reply({})


def routes(*names: str) -> Routes:
    """From method and path each."""
    return Routes(Route(*name.split(" "), answer, "") for name in names)  # type: ignore[arg-type,misc]


class FindTests(SynchronousTestCase):
    """By method and path."""

    def found(self, method: str, path: str) -> tuple[str, dict[str, str]]:
        """Path of the route, and values."""
        every = routes(
            "GET /a", "POST /a", "GET /a/{a_id}", "GET /a/b", "PUT /a/{a_id}/s/{section_id}", "GET /n/{name}"
        )
        route, values = every.find(method, path)
        return f"{route.method} {route.path}", values

    def test_found(self) -> None:
        """Literal ones come first; ids are in lower case; HEAD is GET; a slash at the end is nothing."""
        for method, path, expected, values in (
            ("GET", "/a", "GET /a", {}),
            ("HEAD", "/a/", "GET /a", {}),
            ("POST", "/a", "POST /a", {}),
            ("GET", "/a/b", "GET /a/b", {}),
            ("GET", f"/a/{ID.upper()}", "GET /a/{a_id}", {"a_id": ID}),
            ("PUT", f"/a/{ID}/s/S.7_x-y", "PUT /a/{a_id}/s/{section_id}", {"a_id": ID, "section_id": "S.7_x-y"}),
            ("GET", "/n/Ab", "GET /n/{name}", {"name": "Ab"}),
        ):
            self.assertEqual(self.found(method, path), (expected, values))

    def test_not_found(self) -> None:
        """What is no id and no name is no path."""
        for path in (
            "/",
            "/b",
            "/a/x",
            f"/a/{ID}x",
            f"/a/{ID}\n",
            f"/a/{{{ID}}}",
            "/a//",
            "/n/",
            "/n/.",
            "/n/..",
            "/n/é",
        ):
            with self.assertRaises(NotFound):
                self.found("GET", path)
        with self.assertRaises(NotFound):
            self.found("GET", f"/n/{'x' * 65}")

    def test_other_methods(self) -> None:
        """Are told apart from other paths; case matters."""
        for method in ("DELETE", "get", "OPTIONS", ""):
            with self.assertRaises(MethodNotAllowed):
                self.found(method, "/a")
        with self.assertRaises(MethodNotAllowed):
            self.found("HEAD", f"/a/{ID}/s/x")

    def test_allowed(self) -> None:
        """Sorted; HEAD where GET is."""
        every = routes("POST /a", "GET /a", "DELETE /b", "GET /c/{c_id}")
        self.assertEqual(every.allowed("/a"), ["GET", "HEAD", "OPTIONS", "POST"])
        self.assertEqual(every.allowed("/b/"), ["DELETE", "OPTIONS"])
        self.assertEqual(every.allowed("/d"), [])


class CallTests(SynchronousTestCase):
    """What a route is told."""

    def test_nobody(self) -> None:
        """Is never taken for somebody."""
        with self.assertRaises(AuthRequired):
            _ = Call().someone

    def test_nothing_personal_is_shown(self) -> None:
        """In logs and tracebacks."""
        self.assertNotIn("s3cret", repr(Call(body={"a": "s3cret"})))
        self.assertNotIn("s3cret", repr(Reply({"a": "s3cret"})))
