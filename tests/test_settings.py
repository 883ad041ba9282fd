"""Tests of alie.settings: typed values out of texts, every complaint kept."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from alie.settings import Settings


class ReaderTests(SynchronousTestCase):
    """Each kind of value, good, bad and missing."""

    def test_text(self) -> None:
        """Without blanks around it; empty counts as not set."""
        reader = Settings({"A": " x ", "B": "  "})
        self.assertEqual((reader.text("A"), reader.text("B", "d"), reader.text("C")), ("x", "d", ""))
        self.assertEqual((reader.is_set("A"), reader.is_set("B")), (True, False))

    def test_allowed_texts(self) -> None:
        """Others are a complaint, and the default."""
        reader = Settings({"A": "x", "B": "z"})
        self.assertEqual([reader.text(name, "y", allowed=("x", "y")) for name in "ABC"], ["x", "y", "y"])
        self.assertEqual(reader.complaints, ["B must be one of: x, y"])

    def test_boolean(self) -> None:
        """The usual spellings in any case."""
        reader = Settings({name: name for name in ("true", "TRUE", "1", "yes", "On", "false", "0", "no", "OFF")})
        self.assertTrue(all(reader.boolean(name, False) for name in ("true", "TRUE", "1", "yes", "On")))
        self.assertFalse(any(reader.boolean(name, True) for name in ("false", "0", "no", "OFF")))
        self.assertEqual((reader.boolean("missing", True), reader.complaints), (True, []))

    def test_bad_boolean(self) -> None:
        """Anything else is a complaint, not a guess."""
        reader = Settings({"A": "maybe", "B": "2"})
        self.assertEqual((reader.boolean("A", True), reader.boolean("B", False)), (True, False))
        self.assertEqual(reader.complaints, ["A must be true or false", "B must be true or false"])

    def test_integer(self) -> None:
        """Both ends included."""
        reader = Settings({"A": "1", "B": "9", "C": " 007 "})
        self.assertEqual([reader.integer(name, 5, 1, 9) for name in "ABCD"], [1, 9, 7, 5])
        self.assertEqual(reader.complaints, [])

    def test_bad_integer(self) -> None:
        """Outside, signed, fractional, foreign digits, or longer than any number."""
        for text in ("0", "10", "-1", "+1", "1.0", "1e1", "one", "٣", "²", "9" * 5000):
            reader = Settings({"A": text})
            self.assertEqual(reader.integer("A", 5, 1, 9), 5)
            self.assertEqual(reader.complaints, ["A must be a whole number from 1 to 9"])

    def test_items(self) -> None:
        """Separated by commas; blanks and a last slash do no harm, empty ones are left out."""
        reader = Settings({"A": " a/ , b,, ", "B": "a,no"})

        def is_good(item: str) -> bool:
            return item != "no"

        self.assertEqual(reader.items("A", is_good, "must be good"), ("a", "b"))
        self.assertEqual(reader.items("B", is_good, "must be good", ("d",)), ("d",))
        self.assertEqual(reader.items("C", is_good, "must be good", ("d",)), ("d",))
        self.assertEqual(reader.complaints, ["B must be good"])

    def test_url(self) -> None:
        """Empty where it is missing or bad."""
        reader = Settings({"A": "good", "B": "bad"})
        self.assertEqual([reader.url(name, "good".__eq__, "must be good") for name in "ABC"], ["good", "", ""])
        self.assertEqual(reader.complaints, ["B must be good"])

    def test_unknown(self) -> None:
        """What has the prefix and was never asked for; empty values were not set."""
        reader = Settings({"X_KNOWN": "1", "X_B": "1", "X_A": "1", "X_EMPTY": "", "OTHER": "1"})
        reader.text("X_KNOWN")
        self.assertEqual(reader.unknown("X_"), ["X_A", "X_B"])

    @given(st.text(min_size=9), st.integers(0, 9))
    @settings(deadline=None, max_examples=60)
    def test_complaints_never_tell_the_value(self, value: str, default: int) -> None:
        """It may be a secret that was pasted under the wrong name."""
        reader = Settings({"A": value})
        reader.integer("A", default, 0, 9)
        reader.boolean("A", True)
        reader.text("A", "d", allowed=("d",))
        reader.items("A", lambda item: False, "must be good")
        reader.url("A", lambda item: False, "must be good")
        self.assertFalse([line for line in reader.complaints if value.strip() and value.strip() in line])
