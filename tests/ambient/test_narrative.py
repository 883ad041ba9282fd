"""Tests of alie.ambient.narrative and order: the answer, and what is counted in it."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie.ambient.narrative import read_turns, tell
from alie.ambient.order import carry_out
from alie.ambient.reading import read
from alie.errors import BadRequest, InvalidTranscript
from tests.ambient.payloads import Said, amazons, ours


def talk(*turns: Said) -> list[Said]:
    """Speaker and token each, from speaker and text each."""
    return [(speaker, token) for speaker, text in turns for token in text.split(" ")]


def told(*turns: Said, language: str = "en") -> dict[str, Any]:
    """The answer."""
    return tell(*read_turns(read(ours(*talk(*turns))), language))


class NarrativeTests(SynchronousTestCase):
    """A line for each turn, with its role."""

    def test_two_speakers(self) -> None:
        """All that the answer holds."""
        self.assertEqual(
            told(("b", "Good morning ."), ("a", "Um , it it hurts ."), ("b", "Here ?")),
            {
                "narrative": {
                    "format": "role_prefixed",
                    "content": "PATIENT: Good morning.\nCLINICIAN: It hurts.\nPATIENT: Here?",
                    "metadata": {
                        "totalSpeakers": 2,
                        "patientTurns": 2,
                        "clinicianTurns": 1,
                        "totalDuration": 5.5,
                        "wordCount": 5,
                    },
                },
                "irSummary": {"turnCount": 3, "speakerCount": 2, "totalDuration": 5.5},
                "roleMap": {"b": "PATIENT", "a": "CLINICIAN"},
            },
        )

    def test_one_speaker(self) -> None:
        """One block, without roles."""
        answer = told(("a", "J'ai mal . Ici : là"), language="fr")
        self.assertEqual(answer["narrative"]["format"], "single_block")
        self.assertEqual(answer["narrative"]["content"], "J'ai mal. Ici\N{NO-BREAK SPACE}: là")
        self.assertEqual(answer["roleMap"], {"a": "PATIENT"})

    def test_a_filler_does_not_interrupt(self) -> None:
        """The other goes on in one turn, in which nothing is said twice; who said it is still a speaker."""
        answer = told(("a", "It hurts when"), ("b", "Uh"), ("a", "when I walk"))
        self.assertEqual(answer["narrative"]["content"], "PATIENT: It hurts when I walk")
        self.assertEqual((answer["irSummary"]["turnCount"], answer["irSummary"]["speakerCount"]), (1, 2))

    def test_a_longer_interruption_does(self) -> None:
        """More than a second."""
        answer = told(("a", "It hurts"), ("b", "Uh uh uh"), ("a", "here"))
        self.assertEqual(answer["narrative"]["content"], "PATIENT: It hurts\nPATIENT: here")

    def test_nothing_but_fillers(self) -> None:
        """An empty text is a text."""
        answer = told(("a", "Um ."))
        self.assertEqual((answer["narrative"]["content"], answer["irSummary"]["turnCount"]), ("", 0))

    def test_amazons(self) -> None:
        """The same text from either shape of a batch result."""
        said = talk(("a", "Hello ."), ("b", "Hi ."))
        for has_labels in (True, False):
            answer = tell(*read_turns(read(amazons(*said, has_labels_on_items=has_labels)), "en"))
            self.assertEqual(answer["narrative"]["content"], "PATIENT: Hello.\nCLINICIAN: Hi.")


class OrderTests(SynchronousTestCase):
    """A request is checked field by field before its consultation is."""

    def order(self, **fields: object) -> bytes:
        """A request, with other fields."""
        asked = {"sessionId": "s", "modeId": "ambient", "language": "en", "section": "section_11"}
        return json.dumps({**asked, "rawAwsJson": ours(*talk(("a", "Um yes"))), **fields}).encode()

    def test_good(self) -> None:
        """Narrated."""
        self.assertEqual(carry_out(self.order()).answer["narrative"]["content"], "Yes")

    def test_language(self) -> None:
        """Decides on the clean-up."""
        raw = ours(*talk(("a", "hum here")))
        contents = [
            carry_out(self.order(language=language, rawAwsJson=raw)).answer["narrative"]["content"]
            for language in ("en", "fr")
        ]
        self.assertEqual(contents, ["hum here", "here"])

    def test_bad(self) -> None:
        """The first bad field is named."""
        for fields, expected in (
            ({"sessionId": "x" * 201}, "sessionId must be a string of 1 to 200 characters"),
            ({"modeId": "smart_dictation"}, "modeId must be ambient"),
            ({"language": "fr-CA"}, "language must be fr or en"),
            ({"section": "7"}, "section must be section_7 or section_8 or section_11"),
        ):
            with self.assertRaises(BadRequest) as caught:
                carry_out(self.order(**fields))
            self.assertEqual(caught.exception.details, expected)
        with self.assertRaises(InvalidTranscript):
            carry_out(self.order(rawAwsJson={}))
