"""Tests of alie.audit.fields: no field of an event can hold what somebody said."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.audit.chain import FIRST_PREV, MAX_LINE_BYTES, event_line, read_line
from alie.audit.fields import MAX_DETAILS, MAX_NUMBER, REFUSED, REFUSED_NAMES, fields, is_sound, refused
from alie.audit.interface import AuditEvent
from alie.principal import Caller, Principal
from tests.audit.logs import CALLER, NOW_S, event

CONTENT = (
    "the patient says",
    "Jean Tremblay",
    "a@example.ca",
    "é",
    "x" * 65,
    "a\nb",
    "a\x00",
    "ok\n",
    "",
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "\u2028",
    "a\tb",
)
TEXTS = {
    "action": "action",
    "outcome": "outcome",
    "session_id": "sessionId",
    "resource": "resource",
    "resource_id": "resourceId",
    "address": "address",
}


class RefusalTests(SynchronousTestCase):
    """Whatever could hold a text holds one of a bounded form, or none."""

    def test_every_field_that_could_hold_a_text(self) -> None:
        """A field that is added to AuditEvent needs a form here."""
        names = {field.name for field in dataclasses.fields(AuditEvent)}
        self.assertEqual(names, {*TEXTS, "details"})
        for name, written in TEXTS.items():
            for content in CONTENT:
                given: dict[str, Any] = {"action": "case.read", name: content}
                found = fields(AuditEvent(**given), None)
                self.assertEqual((found[written], refused(found)), (REFUSED, [written]), (name, content))

    def test_what_a_principal_could_hold(self) -> None:
        """Its e-mail and its token are in no field at all."""
        for content in CONTENT:
            caller = Caller(Principal(content, content, content, content, content, email="x@example.ca"), token="t0k3n")
            found = fields(AuditEvent("case.read"), caller)
            self.assertEqual({found[name] for name in ("userId", "clinicId", "way")}, {REFUSED})
            self.assertNotIn("x@example.ca", str(found))
            self.assertNotIn("t0k3n", str(found))

    def test_details(self) -> None:
        for content in CONTENT:
            found = fields(AuditEvent("case.read", details={"note": content}), None)
            self.assertEqual((found["details"], refused(found)), ({"note": REFUSED}, ["details.note"]))
            self.assertEqual(fields(AuditEvent("case.read", details={content: 1}), None)["details"], {REFUSED_NAMES: 1})

    def test_ids_are_no_words(self) -> None:
        for text in ("tremblay", "514-555-0199", "TREM12345678", "section_7", "11111111-2222-4333-8444-55555555555g"):
            self.assertEqual(fields(AuditEvent("case.read", resource_id=text), None)["resourceId"], REFUSED)

    def test_too_many_details(self) -> None:
        found = fields(AuditEvent("case.read", details={f"name{number}": 1 for number in range(100)}), None)["details"]
        assert isinstance(found, dict)
        self.assertEqual((len(found), found[REFUSED_NAMES]), (MAX_DETAILS + 1, 100 - MAX_DETAILS))

    def test_numbers(self) -> None:
        for value, written in (
            (1, 1),
            (0.1 + 0.2, 0.3),
            (5.0, 5),
            (-0.0, 0),
            (1.23456, 1.235),
            (True, True),
            (None, None),
            (MAX_NUMBER, MAX_NUMBER),
            (MAX_NUMBER + 1, REFUSED),
            (float("nan"), REFUSED),
            (float("inf"), REFUSED),
            (1e300, REFUSED),
        ):
            found = fields(AuditEvent("case.read", details={"value": value}), None)["details"]
            assert isinstance(found, dict)
            self.assertEqual((found["value"], type(found["value"])), (written, type(written)))

    def test_addresses(self) -> None:
        for value, written in (
            ("192.0.2.1", "192.0.2.1"),
            ("2001:DB8::0001", "2001:db8::1"),
            ("fe80::1%the patient", "fe80::1"),
            (None, None),
        ):
            self.assertEqual(fields(AuditEvent("case.read", address=value), None)["address"], written)

    @settings(max_examples=100, deadline=None)
    @given(
        st.builds(
            AuditEvent,
            st.text(),
            st.text(),
            *[st.none() | st.text()] * 4,
            details=st.dictionaries(
                st.text(), st.none() | st.booleans() | st.integers() | st.floats() | st.text(), max_size=40
            ),
        )
    )
    def test_whatever_is_handed_in_makes_a_good_line(self, event: AuditEvent) -> None:
        """In one spelling, of a bounded length, without blanks."""
        line = event_line(1, FIRST_PREV, NOW_S, fields(event, CALLER))
        self.assertTrue(is_sound(read_line(line)))
        self.assertLess(len(line), MAX_LINE_BYTES)
        self.assertNotIn(b" ", line)

    def test_what_is_usual_is_kept(self) -> None:
        self.assertEqual(refused(fields(event(), CALLER)), [])
