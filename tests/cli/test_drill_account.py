"""Tests of alie.cli.drill.account: what counts as lost, doubled, or well."""

from __future__ import annotations

from dataclasses import replace

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.drill.account import Dictation, Round, Status, Told
from alie.cli.drill.kinds import KINDS

WORDS = ("Please0", "try1", "again2", "now3")
WELL = Dictation(1, "en-US", WORDS, WORDS, "aa", "aa", 0.5, 0.0, True)
RECOVERING = Status("recovering", "amazon", "ENGINE_UNAVAILABLE", 0.1)
OVER = Status("failed_over", "embedded", None, 2.0)


class StrictTests(SynchronousTestCase):
    """With Amazon alone every word comes once, in order, and every sample was heard."""

    def assertFound(self, expected: list[str], **changes: object) -> Dictation:
        session = replace(WELL, **changes)  # type: ignore[arg-type]
        self.assertEqual(session.shortcomings, expected)
        return session

    def test_well(self) -> None:
        self.assertFound([])
        self.assertEqual((WELL.once, WELL.doubled, WELL.missing, WELL.others), (4, 0, 0, 0))

    def test_missing(self) -> None:
        session = self.assertFound(["1 missing"], received=("Please0", "try1", "now3"))
        self.assertEqual((session.once, session.missing), (3, 1))

    def test_doubled(self) -> None:
        session = self.assertFound(["2 doubled"], received=(*WORDS, "try1", "try1", "now3"))
        self.assertEqual((session.once, session.doubled), (2, 2))

    def test_never_said(self) -> None:
        self.assertEqual(self.assertFound(["1 never said"], received=(*WORDS, "hello")).others, 1)

    def test_out_of_order(self) -> None:
        self.assertFound(["out of order"], received=("try1", "Please0", "again2", "now3"))

    def test_audio(self) -> None:
        self.assertFound(["audio differs"], heard_sha256="bb")
        self.assertFound(["0.3 s lost"], lost_s=0.25001)
        self.assertFound(["no account"], lost_s=None)

    def test_a_fault_that_did_not_come_about_proves_nothing(self) -> None:
        self.assertFound(["not struck"], is_struck=False)

    def test_a_session_that_failed(self) -> None:
        self.assertFound(["The server has been silent for 10 s"], failure="The server has been silent for 10 s")


class FailoverTests(SynchronousTestCase):
    """Another engine knows no script: most words have to be there, as they are spoken."""

    def session(self, *received: str) -> Dictation:
        return replace(WELL, received=received, heard_sha256="bb", told=(RECOVERING, OVER))

    def test_well(self) -> None:
        session = self.session("Please0", "try1", "Again", "know")
        self.assertEqual((session.once, session.missing, session.others, session.shortcomings), (2, 1, 2, []))

    def test_too_little(self) -> None:
        self.assertEqual(self.session("Please0", "something", "else").shortcomings, ["3 missing"])

    def test_scripted_words_come_once_all_the_same(self) -> None:
        self.assertEqual(self.session("Please0", "Please0", "try", "again", "now").shortcomings, ["1 doubled"])

    def test_lost_audio_is_lost(self) -> None:
        session = replace(self.session("Please0", "try", "again", "now"), lost_s=1.0)
        self.assertEqual(session.shortcomings, ["1.0 s lost"])


class RoundTests(SynchronousTestCase):
    """All sessions of one fault."""

    def test_told(self) -> None:
        """What was told before the fault is no answer to it; each session counts once, from the first time on."""
        live = Status("live", "amazon", None, 0.7)
        sessions = (
            replace(WELL, told=(RECOVERING, replace(RECOVERING, after_s=0.6, code="ENGINE_THROTTLED"), live)),
            replace(WELL, told=(replace(live, after_s=-1.0), replace(RECOVERING, after_s=0.3))),
            replace(WELL, is_struck=False),
        )
        done = Round(KINDS["reset"], sessions)
        told = (
            Told("recovering", ("ENGINE_THROTTLED", "ENGINE_UNAVAILABLE"), 2, 0.3),
            Told("live", ("amazon",), 1, 0.7),
        )
        self.assertEqual((done.told, done.struck, done.is_well), (told, 2, False))
        self.assertTrue(Round(KINDS["reset"], sessions[:2]).is_well)
