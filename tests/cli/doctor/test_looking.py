"""Tests of alie.cli.doctor.looking: every look ends in time, whatever it does, and what it found is told in order."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.doctor.finding import NOT_LOOKED_AT, NOTE, OK, Finding, line
from alie.cli.doctor.looking import Look, look_at_all

SECRET = "canary-that-nobody-may-see"
PATIENCE_S = 60.0


class LookingTests(SynchronousTestCase):
    """Several looks at once."""

    def setUp(self) -> None:
        self.never = threading.Event()
        self.addCleanup(self.never.set)

    def good(self, place: str) -> Iterator[Finding]:
        yield Finding("good", OK, place)

    def failing(self, place: str) -> Iterator[Finding]:
        yield Finding("failing", NOTE, "before")
        raise ValueError(SECRET)

    def hanging(self, place: str) -> Iterator[Finding]:
        yield Finding("hanging", OK, "before")
        self.never.wait()

    def test_in_their_order(self) -> None:
        """Though the first waits for the second."""
        has_begun = threading.Event()

        def first(place: str) -> Iterator[Finding]:
            has_begun.wait(PATIENCE_S)
            yield Finding("first", OK, str(has_begun.is_set()))

        def second(place: str) -> Iterator[Finding]:
            has_begun.set()
            yield Finding("second", OK, place)

        found = look_at_all([Look("first", first), Look("second", second)], "here", PATIENCE_S)
        self.assertEqual([(one.step, one.detail) for one in found], [("first", "True"), ("second", "here")])

    def test_one_that_fails(self) -> None:
        """Is told without what was raised says, beside what it had found; the others go on."""
        found = list(look_at_all([Look("failing", self.failing), Look("good", self.good)], "", PATIENCE_S))
        self.assertEqual([one.state for one in found], [NOTE, NOT_LOOKED_AT, OK])
        self.assertEqual(found[1].detail, "looking failed (ValueError)")
        self.assertNotIn(SECRET, repr(found))

    def test_one_that_never_ends(self) -> None:
        """Is left behind when the time is up; the others have had theirs."""
        looks = [Look("good", self.good), Look("hanging", self.hanging)]
        found = list(look_at_all(looks, "", 2.0))
        self.assertEqual([one.step for one in found], ["good", "hanging", "hanging"])
        self.assertEqual([one.state for one in found], [OK, OK, NOT_LOOKED_AT])
        self.assertIn("--timeout", found[-1].advice)


class LineTests(SynchronousTestCase):
    """For people."""

    def test_with_and_without_advice(self) -> None:
        """On a line of its own, below what was seen."""
        self.assertEqual(line(Finding("port", OK, "seen")), "ok             port          seen\n")
        told = line(Finding("port", NOT_LOOKED_AT, "seen", "do"))
        self.assertEqual(told.splitlines()[0].index("seen"), told.splitlines()[1].index("what to do: do"))
