"""Tests of alie.store.columns."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.errors import DatabaseNotMigrated
from alie.store.columns import known


class KnownTests(SynchronousTestCase):
    """Nothing that is given is silently dropped."""

    def test_known_columns(self) -> None:
        """Any of them, or none; one more is refused."""
        self.assertEqual(known({"a": 1}, ("a", "b")), {"a": 1})
        self.assertEqual(known({}, ("a",)), {})
        self.assertRaises(DatabaseNotMigrated, known, {"a": 1, "c": 1}, ("a", "b"))
