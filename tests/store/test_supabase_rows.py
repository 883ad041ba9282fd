"""How rows of PostgREST become ours."""

from __future__ import annotations

from datetime import UTC, datetime

from twisted.trial.unittest import SynchronousTestCase

from alie.errors import DatabaseError, ValidationFailed
from alie.store.supabase_rows import count_of, is_id, iso, must_fit, row_of, rows_of

ID = "0a000000-0000-4000-8000-00000000000a"


class Times(SynchronousTestCase):
    """Times are UTC, to the millisecond, ending in Z."""

    def test_forms(self) -> None:
        for text, expected in (
            ("2025-03-04T05:06:07.123456+00:00", "2025-03-04T05:06:07.123Z"),
            ("2025-03-04T05:06:07-05:00", "2025-03-04T10:06:07.000Z"),
            ("2025-03-04T05:06:07.1+05:30", "2025-03-03T23:36:07.100Z"),
            ("2025-03-04T05:06:07.25", "2025-03-04T05:06:07.250Z"),  # without a zone, in older tables
            ("2025-03-04T05:06:07.999999Z", "2025-03-04T05:06:07.999Z"),
        ):
            self.assertEqual(row_of({"created_at": text}), {"created_at": expected}, text)

    def test_which(self) -> None:
        """By the column's name; texts that look like times stay as they are."""
        text = "2025-03-04T05:06:07+00:00"
        row = {
            "timestamp": text,
            "ended_at": None,
            "name": text,
            "draft": {"savedAt": text, "saved_at": text},
            "n": 1.5,
        }
        self.assertEqual(row_of(row), {**row, "timestamp": "2025-03-04T05:06:07.000Z"})

    def test_none(self) -> None:
        for value in ("infinity", "yesterday", 5, True, {}):
            self.assertRaises(DatabaseError, row_of, {"created_at": value})

    def test_to_text(self) -> None:
        self.assertEqual(iso(datetime(2025, 1, 2, tzinfo=UTC)), "2025-01-02T00:00:00.000Z")


class Shapes(SynchronousTestCase):
    """What is no row is an error, never an empty one."""

    def test_rows(self) -> None:
        self.assertEqual(rows_of([{"a": 1}, {}]), [{"a": 1}, {}])
        for body in (None, {}, "", [[]], [None]):
            self.assertRaises(DatabaseError, rows_of, body)
        self.assertRaises(DatabaseError, row_of, [])

    def test_counts(self) -> None:
        self.assertEqual([count_of(each) for each in ("0-9/57", "*/0", "0-0/1")], [57, 0, 1])
        for header in (None, "", "0-9/*", "0-9/", "0-9/-1", "0-9/٣"):
            self.assertRaises(DatabaseError, count_of, header)

    def test_ids(self) -> None:
        self.assertTrue(is_id(ID))
        self.assertTrue(is_id(ID.upper()))
        for text in ("", "1", ID[:-1], ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", ID + ")", f" {ID}"):
            self.assertFalse(is_id(text), text)


class Fit(SynchronousTestCase):
    """What PostgreSQL would refuse, or JSON change, is refused before it is sent."""

    def test_fits(self) -> None:
        for value in ("é\n\t😀", "\\u0000", "\\\\u0000", {"a": [1, None, 1.5, True]}, -(1 << 63), ""):
            must_fit({"x": value})

    def test_does_not(self) -> None:
        for value in ("a\0b", "\\\0", "\ud800", {"a\0": 1}, [{"b": ["\0"]}], 1 << 70, {1, 2}):
            self.assertRaises(ValidationFailed, must_fit, {"x": value})
