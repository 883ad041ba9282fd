"""Tests of alie.ambient.final: the exact shape of the contract, which its consumer refuses any other than."""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from alie.ambient.final import Consultation
from alie.transcript import Result, Word


def payload(finals: list[Result]) -> dict[str, Any]:
    """Of these finals, decoded."""
    consultation = Consultation()
    for result in finals:
        consultation.add(result)
    told: dict[str, Any] = json.loads(consultation.payload())
    return told


def final(*words: Word) -> Result:
    """A final of these words."""
    return Result("e", words[0].start_s, words[-1].end_s, " ".join(word.text for word in words), True, words=words)


def said(text: str, start_s: float, speaker: str | None = "spk_0") -> Word:
    """A word of half a second."""
    return Word(text, start_s, start_s + 0.5, 0.5, speaker)


def mark(text: str, at_s: float, speaker: str | None = None) -> Word:
    """A mark of punctuation."""
    return Word(text, at_s, at_s, speaker=speaker, is_punctuation=True)


def segments(*finals: Result) -> list[tuple[str, str, str, int]]:
    """Who spoke from when to when, and how many items it was."""
    found: list[dict[str, Any]] = payload(list(finals))["speaker_labels"]["segments"]
    for segment in found:
        assert {item["speaker_label"] for item in segment["items"]} == {segment["speaker_label"]}
    return [(one["speaker_label"], one["start_time"], one["end_time"], len(one["items"])) for one in found]


class ShapeTests(SynchronousTestCase):
    """Item by item, as the contract has it."""

    def test_without_speakers(self) -> None:
        """Numbers are strings; a confidence that is missing is "0.0"; the labels are empty."""
        one = Result("e", 0.0, 1.5, "One.", True, words=(Word("One", 0.0, 1.25, 0.875), Word(".", 1.5, 1.5)))
        two = Result("f", 2, 3, "Two", True, words=(Word(".", 2.5, 3, is_punctuation=True, confidence=0),))
        self.assertEqual(
            payload([one, two]),
            {
                "results": {
                    "transcripts": [{"transcript": "One."}, {"transcript": "Two"}],
                    "items": [
                        {
                            "start_time": "0",
                            "end_time": "1.25",
                            "alternatives": [{"confidence": "0.875", "content": "One"}],
                            "type": "pronunciation",
                        },
                        {
                            "start_time": "1.5",
                            "end_time": "1.5",
                            "alternatives": [{"confidence": "0.0", "content": "."}],
                            "type": "pronunciation",
                        },
                        {
                            "start_time": "2.5",
                            "end_time": "3",
                            "alternatives": [{"confidence": "0", "content": "."}],
                            "type": "punctuation",
                        },
                    ],
                },
                "speaker_labels": {"speakers": 0, "segments": []},
            },
        )

    def test_with_speakers(self) -> None:
        """Items say `Speaker`, segments say who spoke when: what the consumer demands."""
        told = payload([final(said("Bonjour", 0), mark(".", 0.5, "spk_0"))])
        for item in told["results"]["items"]:
            self.assertEqual((item["Speaker"], item["speaker"]), ("spk_0", "spk_0"))
        self.assertEqual(
            told["speaker_labels"],
            {
                "speakers": 1,
                "segments": [
                    {
                        "start_time": "0",
                        "end_time": "0.5",
                        "speaker_label": "spk_0",
                        "items": [
                            {"start_time": "0", "end_time": "0.5", "speaker_label": "spk_0"},
                            {"start_time": "0.5", "end_time": "0.5", "speaker_label": "spk_0"},
                        ],
                    }
                ],
            },
        )

    def test_nothing_was_said(self) -> None:
        """Empty lists, not missing keys."""
        told = payload([])
        self.assertEqual(told["results"], {"transcripts": [], "items": []})
        self.assertEqual(told["speaker_labels"], {"speakers": 0, "segments": []})


class GrowthTests(SynchronousTestCase):
    """It may be asked for at any time."""

    def test_as_it_grows(self) -> None:
        """To ask for it changes nothing."""
        consultation = Consultation()
        for count in (1, 2, 3):
            consultation.add(final(said("Yes", count)))
            for _ in range(2):
                told = json.loads(consultation.payload())
                self.assertEqual(len(told["results"]["items"]), count)
                (segment,) = told["speaker_labels"]["segments"]
                self.assertEqual((segment["end_time"], len(segment["items"])), (f"{count}.5", count))


class SegmentTests(SynchronousTestCase):
    """A segment is what one speaker said until another spoke."""

    def test_several_speakers_in_one_final(self) -> None:
        """An engine's final ends with silence, not with the speaker."""
        talk = final(said("Hello", 0), said("Hi", 0.5, "spk_1"), said("there", 1, "spk_1"), said("So", 1.5))
        self.assertEqual(
            segments(talk), [("spk_0", "0", "0.5", 1), ("spk_1", "0.5", "1.5", 2), ("spk_0", "1.5", "2", 1)]
        )
        self.assertEqual(payload([talk])["speaker_labels"]["speakers"], 2)

    def test_one_speaker_over_several_finals(self) -> None:
        """Still one run."""
        self.assertEqual(segments(final(said("One", 0)), final(said("Two", 4))), [("spk_0", "0", "4.5", 2)])

    def test_punctuation_is_of_the_word_before(self) -> None:
        """Whatever label the engine puts on it: none, or the next speaker's."""
        for label in (None, "spk_1"):
            talk = final(said("Yes", 0), mark(".", 0.5, label), said("Good", 0.5, "spk_1"))
            self.assertEqual(segments(talk), [("spk_0", "0", "0.5", 2), ("spk_1", "0.5", "1", 1)])
            self.assertEqual(payload([talk])["results"]["items"][1]["Speaker"], "spk_0")

    def test_punctuation_after_a_word_of_nobody_known(self) -> None:
        """Is nobody's either."""
        talk = final(said("Yes", 0), said("no", 0.5, None), mark(".", 1, "spk_0"))
        self.assertEqual(segments(talk), [("spk_0", "0", "0.5", 1)])
        self.assertNotIn("Speaker", payload([talk])["results"]["items"][2])

    def test_punctuation_before_any_word(self) -> None:
        """Keeps what the engine says."""
        self.assertEqual(segments(final(mark("«", 0, "spk_1"), said("Oui", 0, "spk_1"))), [("spk_1", "0", "0.5", 2)])
