"""Tests of alie.web.openapi: the document is made of the routes, and says what is true of them."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from alie import __version__
from tests.web.api_case import ApiCase

METHODS = {"get", "post", "put", "patch", "delete"}


class DocumentTests(ApiCase):
    """`/api/openapi.json`."""

    def document(self) -> dict[str, Any]:
        """As anybody gets it."""
        response = self.ask("/api/openapi.json", who=None)
        self.assertEqual(response.status, 200)
        return dict(response.json())

    def operations(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By path and method."""
        paths = self.document()["paths"]
        return {(path, method): one for path, methods in paths.items() for method, one in methods.items()}

    def test_valid(self) -> None:
        """As OpenAPI 3.1 has it, and all its schemas as JSON Schema has them."""
        document = self.document()
        self.assertEqual((document["openapi"], document["info"]["version"]), ("3.1.0", __version__))
        self.assertEqual(list(OpenAPIV31SpecValidator(document).iter_errors()), [])
        for route in self.routes.all:
            for schema in (route.body or {}, *route.answers.values(), *route.query.values()):
                Draft202012Validator.check_schema(schema)

    def test_every_route(self) -> None:
        """And nothing else; each has a name of its own."""
        operations = self.operations()
        self.assertEqual(set(operations), {(route.path, route.method.lower()) for route in self.routes.all})
        self.assertIn(("/api/openapi.json", "get"), operations)
        names = [one["operationId"] for one in operations.values()]
        self.assertEqual(len(names), len(set(names)))

    def test_tokens(self) -> None:
        """Owed, or not, as the server is set."""
        expected = {
            True: {"/api/profile": [{"bearer": []}], "/api/transcribe/process": [{"bearer": []}]},
            False: {"/api/profile": [{"bearer": []}, {}], "/api/transcribe/process": [{"bearer": []}, {}]},
        }
        for is_owed, securities in expected.items():
            self.build(is_token_owed=is_owed)
            operations = self.operations()
            self.assertEqual(operations["/api/openapi.json", "get"]["security"], [])
            for path, security in securities.items():
                method = "get" if path == "/api/profile" else "post"
                self.assertEqual(operations[path, method]["security"], security)

    def test_errors(self) -> None:
        """Each with the one body."""
        commit = self.operations()["/api/cases/{case_id}/sections/{section_id}/commit", "post"]
        errors = {int(status) for status in commit["responses"]} - {200}
        self.assertEqual(errors, {400, 401, 403, 404, 413, 429, 500, 503})
        for status in errors:
            schema = commit["responses"][str(status)]["content"]["application/json"]["schema"]
            self.assertEqual(schema, {"$ref": "#/components/schemas/Error"})

    def test_parameters(self) -> None:
        """Of path and query."""
        (case_id,) = self.operations()["/api/cases/{case_id}", "get"]["parameters"]
        self.assertEqual((case_id["name"], case_id["in"], case_id["required"]), ("case_id", "path", True))
        names = {parameter["name"]: parameter for parameter in self.operations()["/api/cases", "get"]["parameters"]}
        self.assertEqual(set(names), {"limit", "days", "sort", "order"})
        self.assertEqual((names["limit"]["required"], names["limit"]["schema"]["default"]), (False, 10))

    def test_bodies(self) -> None:
        """Required where nothing at all would be refused."""
        operations = self.operations()
        for path, method, is_required in (
            ("/api/sessions", "post", True),
            ("/api/profile", "patch", True),
            ("/api/cases", "post", False),
        ):
            self.assertIs(operations[path, method]["requestBody"]["required"], is_required)
        self.assertNotIn("requestBody", operations["/api/profile", "post"])
