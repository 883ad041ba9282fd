"""Tests of alie.ambient.artifacts: what is kept, and told again with other roles."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from alie.ambient.artifacts import Artifacts, artifacts_of, with_swapped_roles
from alie.ambient.narrative import read_turns, tell
from alie.ambient.reading import read
from alie.errors import Conflict
from tests.ambient.payloads import Said, ours


def kept(*said: Said) -> Artifacts:
    """The row, as it comes back from a database."""
    row = artifacts_of(*read_turns(read(ours(*said)), "en"), 4)
    return dict(json.loads(json.dumps(row)))


class ArtifactsTests(SynchronousTestCase):
    """A row that can be told again."""

    def test_row(self) -> None:
        """The narrative is the one that was answered."""
        said = (("a", "Um"), ("a", "It"), ("a", "hurts"), ("a", "."), ("b", "Where"), ("b", "?"))
        ir, roles = read_turns(read(ours(*said)), "en")
        self.assertEqual(kept(*said)["narrative"], tell(ir, roles)["narrative"])
        self.assertEqual(
            kept(*said)["ir"],
            {
                "language": "en",
                "turns": [
                    {"speaker": "a", "startTime": 0.5, "endTime": 2.0, "text": "It hurts.", "wordCount": 2},
                    {"speaker": "b", "startTime": 2.0, "endTime": 3.0, "text": "Where?", "wordCount": 1},
                ],
                "totalDuration": 3.0,
            },
        )
        self.assertEqual((kept(*said)["role_map"], kept(*said)["processing_time"]), (roles, {"totalMs": 4}))


class SwapTests(SynchronousTestCase):
    """Patient and clinician exchanged."""

    def test_two(self) -> None:
        """In roles, text and numbers; twice is as before."""
        before = kept(("a", "Hello"), ("b", "Hi"), ("a", "Good"))
        after = with_swapped_roles(before, 9)
        self.assertEqual(after["role_map"], {"a": "CLINICIAN", "b": "PATIENT"})
        self.assertEqual(after["narrative"]["content"], "CLINICIAN: Hello\nPATIENT: Hi\nCLINICIAN: Good")
        counted = after["narrative"]["metadata"]
        self.assertEqual((counted["patientTurns"], counted["clinicianTurns"], counted["wordCount"]), (1, 2, 3))
        self.assertEqual((after["ir"], after["processing_time"]), (before["ir"], {"totalMs": 9}))
        self.assertEqual(with_swapped_roles(after, 4), before)

    def test_three(self) -> None:
        """Whoever was no patient is one."""
        after = with_swapped_roles(kept(("a", "Hello"), ("b", "Hi"), ("c", "Yes")), 0)
        self.assertEqual(after["narrative"]["content"], "CLINICIAN: Hello\nPATIENT: Hi\nPATIENT: Yes")

    def test_one(self) -> None:
        """The text has no roles."""
        before = kept(("a", "Hello"))
        after = with_swapped_roles(before, 0)
        self.assertEqual((after["narrative"]["content"], after["role_map"]), ("Hello", {"a": "CLINICIAN"}))

    def test_of_another_program(self) -> None:
        """Refused, whatever is in it; nothing of it is told."""
        good = kept(("a", "Hello"), ("b", "Hi"))
        turn = good["ir"]["turns"][0]
        for ir in (
            None,
            [],
            {},
            {**good["ir"], "turns": "s3cret"},
            {**good["ir"], "turns": ["s3cret"]},
            {**good["ir"], "turns": [{**turn, "speaker": "s3cret"}]},
            {**good["ir"], "turns": [{**turn, "speaker": ["a"]}]},
            {**good["ir"], "turns": [{**turn, "text": None}]},
            {**good["ir"], "turns": [{**turn, "wordCount": "s3cret"}]},
            {**good["ir"], "totalDuration": "s3cret"},
        ):
            with self.assertRaises(Conflict) as caught:
                with_swapped_roles({**good, "ir": ir}, 0)
            self.assertNotIn("s3cret", caught.exception.sentence)
        for roles in (None, {}, {"a": "s3cret", "b": "PATIENT"}, {"a": ["PATIENT"], "b": "PATIENT"}):
            with self.assertRaises(Conflict):
                with_swapped_roles({**good, "role_map": roles}, 0)
