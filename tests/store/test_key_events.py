"""Tests of alie.store.key_events: what was done with keys, and by whom, in the transaction in which it was done."""

from __future__ import annotations

import os

from twisted.trial.unittest import SynchronousTestCase

from alie.errors import NotFound
from alie.store.key_events import Operator, forget, operator, waiting
from alie.store.keys import Holder
from tests.store.test_keys import BY, KeyCase


class EventTests(KeyCase):
    """Issued and revoked."""

    def test_each(self) -> None:
        """With key, user, clinic, role and who it was; what changed nothing is none."""
        _, principal = self.issue(Holder("Anna", "Nord", "admin"))
        self.now_s += 1
        self.book.revoke(principal.grant_id, Operator(0))
        self.book.revoke(principal.grant_id, Operator(7))
        self.assertRaises(NotFound, self.book.revoke, "nothere2", BY)
        first, second = waiting(self.database, 0)
        whose = ("key_id", "user_id", "clinic_id", "role")
        for row in (first, second):
            told = [principal.grant_id, principal.user_id, principal.clinic_id, "admin"]
            self.assertEqual([row[name] for name in whose], told)
        self.assertEqual([first[name] for name in ("action", "uid", "sudo_uid")], ["issue", BY.uid, BY.sudo_uid])
        self.assertEqual([second[name] for name in ("action", "uid", "sudo_uid")], ["revoke", 0, None])
        self.assertLess(first["at"], second["at"])

    def test_taken_down(self) -> None:
        """Those before a number are forgotten, and numbers never come again."""
        for _ in range(3):
            self.issue()
        numbers = [row["number"] for row in waiting(self.database, 0)]
        self.assertEqual([row["number"] for row in waiting(self.database, numbers[0])], numbers[1:])
        forget(self.database, numbers[2])
        self.issue()
        self.assertEqual([row["number"] for row in waiting(self.database, 0)], [numbers[2] + 1])


class OperatorTests(SynchronousTestCase):
    """Who runs a command."""

    def test_by_the_system(self) -> None:
        """Its user, and who has called sudo; what is no number is nobody."""
        uid = os.getuid()
        for text, sudo_uid in (("1000", 1000), ("", None), ("root", None), ("-1", None), ("9" * 11, None)):
            self.assertEqual(operator({"SUDO_UID": text}), Operator(uid, sudo_uid))
