"""Tests of alie.web.checking: bodies and queries against schemas, by values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie.errors import BadRequest, ValidationFailed
from alie.web.checking import MAX_CONTAINERS, MAX_FAULTS, check, read_body, read_query
from alie.web.schemas import INTEGER, OBJECT, SECTION, STRING, UUID, a_list, a_text, one_of, or_null, record


class CheckTests(SynchronousTestCase):
    """A sentence for each fault."""

    def faults(self, schema: Mapping[str, Any], value: object) -> list[str]:
        """What is complained of."""
        try:
            check(schema, value)
        except ValidationFailed as error:
            return list(error.details or ())
        return []

    def test_sentences(self) -> None:
        """They name the field and the rule, never the value."""
        for schema, value, sentence in (
            (OBJECT, [], "body must be object"),
            (or_null(STRING), 1, "body must be string or null"),
            (record({}, "a", "b"), {"b": 1}, "body: a missing"),
            (record({"a": one_of("x", "y")}), {"a": "s3cret"}, "a must be one of x, y"),
            (record({}, is_closed=True), {"s3cret": 1}, "body has fields that are not known"),
            (record({"a": {**INTEGER, "minimum": 1}}), {"a": 0}, "a must be at least 1"),
            (record({"a": {**INTEGER, "maximum": 1}}), {"a": 2}, "a must be at most 1"),
            (record({"a": a_text(1, 2)}), {"a": ""}, "a must have at least 1 characters"),
            (record({"a": a_text(1, 2)}), {"a": "s3cret"}, "a must have at most 2 characters"),
            (record({"a": {**OBJECT, "minProperties": 1}}), {"a": {}}, "a must not be empty"),
            (a_list(STRING, 1), ["s3cret", "s3cret"], "body must have at most 1 entries"),
            (a_list(a_list(STRING)), [["x"], ["x", 1]], "1.1 must be string"),
            (record({"a": UUID}), {"a": "s3cret"}, "a does not have the form that is asked for"),
            (record({"a": {**SECTION, "description": "a rule"}}), {"a": "é"}, "a must be: a rule"),
            ({"anyOf": [{"required": ["a"]}]}, {}, "body does not have the form that is asked for"),
        ):
            self.assertEqual(self.faults(schema, value), [sentence])

    def test_good(self) -> None:
        """Nothing."""
        self.assertEqual(self.faults(record({"a": UUID}, "a"), {"a": "9" * 8 + "-9999-4999-8999-" + "9" * 12}), [])

    def test_a_line_break_at_the_end(self) -> None:
        """Is no part of a name, though Python's `$` would let it pass."""
        self.assertEqual(len(self.faults(SECTION, "section_7\n")), 1)
        self.assertEqual(self.faults(SECTION, "section_7"), [])

    def test_many(self) -> None:
        """Not all are told, nor even looked for."""
        self.assertEqual(len(self.faults(a_list(STRING), [1] * 100_000)), MAX_FAULTS)


class BodyTests(SynchronousTestCase):
    """JSON, as RFC 8259 has it."""

    def test_decoded(self) -> None:
        """Nothing counts as an empty object."""
        self.assertEqual(read_body(b'{"a":"\xc3\xa9"}', OBJECT), {"a": "é"})
        self.assertEqual(read_body(b"", OBJECT), {})

    def test_not_json(self) -> None:
        """Nor what only Python takes for it."""
        for payload in (
            b"{",
            b"\xff",
            b'{"a":NaN}',
            b'{"a":Infinity}',
            b'"\\ud800"',
            b"[" * 20_000,
            b"1e999",
            b"{} {}",
        ):
            with self.assertRaises(BadRequest):
                read_body(payload, {})

    def test_null_characters(self) -> None:
        """Which PostgreSQL cannot store, wherever they are; what only looks like one is none."""
        for payload in (b'{"a":"\\u0000"}', b'{"\\u0000":1}', b'{"a":[{"b":["x\\u0000"]}]}'):
            with self.assertRaises(ValidationFailed):
                read_body(payload, OBJECT)
        self.assertEqual(read_body(b'{"a":"\\\\u0000"}', OBJECT), {"a": "\\u0000"})

    def test_too_many_values(self) -> None:
        """Would hold the interpreter's lock for too long."""
        for payload in (b"[" + b"[]," * MAX_CONTAINERS + b"1]", b"[" + b"1," * 200_000 + b"1]"):
            with self.assertRaises(BadRequest):
                read_body(payload, {})
        self.assertEqual(read_body(b'"' + b"a b " * 200_000 + b'"', {})[:3], "a b")


class QueryTests(SynchronousTestCase):
    """Converted, checked, and filled in."""

    def test_values(self) -> None:
        """What no schema names is not looked at."""
        schemas = {"limit": {**INTEGER, "default": 10}, "sort": STRING, "days": {**INTEGER, "default": 30}}
        given = {b"limit": [b"5"], b"sort": [b"\xc3\xa9"], b"other": [b"1", b"2"]}
        self.assertEqual(read_query(schemas, given), {"limit": 5, "sort": "é", "days": 30})
        self.assertEqual(read_query({"sort": STRING}, {}), {})

    def test_faults(self) -> None:
        """Told by the parameter's name."""
        for texts, sentence in (
            ([b"x"], "limit must be integer"),
            ([b"1.0"], "limit must be integer"),
            ([b"\xd9\xa3"], "limit must be integer"),
            ([b"9" * 5000], "limit must be integer"),
            ([b"1", b"1"], "limit is given more than once"),
        ):
            with self.assertRaises(ValidationFailed) as caught:
                read_query({"limit": INTEGER}, {b"limit": texts})
            self.assertEqual(caught.exception.details, [sentence])
