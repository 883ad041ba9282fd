"""Tests of alie.simulator.recital and results: words on the leg's clock, in the service's shape."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from alie.simulator.script import Script, script_of_text
from tests.simulator.lines import RATE_HZ, RECORDING, SCRIPT, FakeLine, ServiceCase, seconds


class RecitalCase(ServiceCase):
    """One leg and what it says."""

    def hear(self, *audio: bytes, **parameters: str) -> FakeLine:
        self.serve()
        line, hearing = self.opened(**parameters)
        for part in audio:
            self.speak(hearing, part)
        hearing.on_end()
        return line


class WordsTests(RecitalCase):
    """Which words are heard, and when."""

    def test_every_word_once(self) -> None:
        """In order, in one final a segment, with the script's times."""
        line = self.hear(RECORDING)
        self.assertEqual(line.words, SCRIPT.texts)
        self.assertEqual(
            [final["Alternatives"][0]["Transcript"] for final in line.finals],
            ["The0 patient1 sleeps2 well3.", "No4 pain5, she6 says7."],
        )
        items = [item for final in line.finals for item in final["Alternatives"][0]["Items"]]
        times = [(item["StartTime"], item["EndTime"]) for item in items if item["Type"] == "pronunciation"]
        self.assertEqual(times, [(word.start_s, word.end_s) for word in SCRIPT.words])

    def test_partials_grow(self) -> None:
        """Under the final's id, several times a second, each the beginning of what follows."""
        line = self.hear(RECORDING)
        for final in line.finals:
            text = final["Alternatives"][0]["Transcript"]
            mine = [result for result in line.results if result["ResultId"] == final["ResultId"]]
            texts = [result["Alternatives"][0]["Transcript"] for result in mine]
            self.assertEqual(texts, sorted(texts, key=len))
            self.assertTrue(all(text.startswith(one) for one in texts))
            self.assertGreaterEqual(len(texts), 4)
        self.assertEqual(len({final["ResultId"] for final in line.finals}), 2)

    def test_the_final_of_a_segment(self) -> None:
        """Comes 0.3 s after its last word, and not before."""
        self.serve()
        line, hearing = self.opened()
        self.speak(hearing, seconds(0, 2.2))
        self.assertEqual(line.finals, [])
        self.speak(hearing, seconds(2.2, 2.4))
        self.assertEqual(len(line.finals), 1)
        self.assertTrue(2.0 <= line.finals[0]["EndTime"] <= 2.1)

    def test_the_middle_decides(self) -> None:
        """Who gets the second half of a word less than its half does not hear it; the clock starts at 0."""
        line = self.hear(seconds(0.8, 5))
        self.assertEqual(line.words, SCRIPT.texts[2:])
        first = line.finals[0]["Alternatives"][0]["Items"][0]
        self.assertEqual((first["StartTime"], first["EndTime"]), (0.2, 0.7))
        line = self.hear(seconds(0.7, 5))
        self.assertEqual(line.words, SCRIPT.texts[1:])
        self.assertEqual(line.finals[0]["StartTime"], 0.0)

    def test_added_silence(self) -> None:
        """Ends a segment after 0.6 s, and moves what follows."""
        line = self.hear(seconds(0, 1), bytes(2 * RATE_HZ), seconds(1, 5))
        self.assertEqual(line.words, SCRIPT.texts)
        self.assertEqual(len(line.finals), 3)
        self.assertEqual(line.finals[1]["StartTime"], 2.0)

    def test_a_short_silence(self) -> None:
        """Ends nothing."""
        self.assertEqual(len(self.hear(seconds(0, 1), bytes(RATE_HZ), seconds(1, 5)).finals), 2)

    def test_no_time_is_beyond_the_audio(self) -> None:
        """Also where the end cuts a word."""
        line = self.hear(seconds(0, 0.4))
        self.assertEqual((line.words, line.finals[0]["EndTime"]), (["The0"], 0.4))
        self.assertEqual(line.finals[0]["Alternatives"][0]["Items"][0]["EndTime"], 0.4)

    def test_large_frames(self) -> None:
        """A second at a time."""
        self.serve()
        line, hearing = self.opened()
        self.speak(hearing, RECORDING, frame_s=1.0)
        hearing.on_end()
        self.assertEqual(line.words, SCRIPT.texts)

    def test_nothing_to_say(self) -> None:
        """Silence is answered with events that say nothing, now and then."""
        line = self.hear(bytes(2 * RATE_HZ * 5))
        self.assertEqual((line.results, line.events), ([], 5))

    def test_the_same_seed(self) -> None:
        """Says the same."""
        self.assertEqual(self.hear(RECORDING).results, self.hear(RECORDING).results)


class ShapeTests(RecitalCase):
    """What was asked for shows in the results."""

    def final(self, **parameters: str) -> dict[str, Any]:
        """The second one."""
        return self.hear(RECORDING, **parameters).finals[1]

    def test_plain(self) -> None:
        """Nothing that was not asked for."""
        final = self.final()
        self.assertEqual(set(final), {"ResultId", "StartTime", "EndTime", "IsPartial", "ChannelId", "Alternatives"})
        (alternative,) = final["Alternatives"]
        self.assertEqual(set(alternative), {"Transcript", "Items"})
        word, _, mark = alternative["Items"][:3]
        self.assertEqual(set(word), {"Type", "Content", "StartTime", "EndTime", "Confidence", "VocabularyFilterMatch"})
        self.assertEqual((mark["Type"], mark["Content"], "Confidence" in mark), ("punctuation", ",", False))

    def test_speakers(self) -> None:
        """On finals only."""
        line = self.hear(RECORDING, show_speaker_label="true")
        for result in line.results:
            items = result["Alternatives"][0]["Items"]
            self.assertEqual({item.get("Speaker") for item in items}, {None} if result["IsPartial"] else {"0"})

    def test_stability(self) -> None:
        """All but the newest word of a partial, and all of a final."""
        line = self.hear(RECORDING, enable_partial_results_stabilization="true")
        for result in line.results:
            stable = [item["Stable"] for item in result["Alternatives"][0]["Items"] if item["Type"] == "pronunciation"]
            self.assertEqual(stable, [True] * (len(stable) - 1) + [not result["IsPartial"]])

    def test_identification(self) -> None:
        """With the certainty of each."""
        self.serve()
        line = FakeLine()
        hearing = self.service.open(
            "websocket",
            {
                "identify-language": "true",
                "language-options": "fr-CA,en-US",
                "media-encoding": "pcm",
                "sample-rate": "16000",
            },
            line,
        )
        assert hearing is not None
        self.speak(hearing, RECORDING)
        self.assertEqual(line.finals[0]["LanguageCode"], "en-US")
        self.assertEqual(
            line.finals[0]["LanguageIdentification"],
            [{"LanguageCode": "en-US", "Score": 0.9}, {"LanguageCode": "fr-CA", "Score": 0.1}],
        )


class PersonalTests(RecitalCase):
    """Personal information: partials leak it, as the service's do."""

    script = Script(
        "en-US", tuple(replace(word, pii_type="NAME" if word.text == "she6" else None) for word in SCRIPT.words)
    )

    def test_redaction(self) -> None:
        """Finals only."""
        line = self.hear(RECORDING, content_redaction_type="PII")
        final = line.finals[1]["Alternatives"][0]
        self.assertEqual(final["Transcript"], "No4 pain5, [NAME] says7.")
        self.assertEqual([(one["Type"], one["Content"]) for one in final["Entities"]], [("NAME", "[NAME]")])
        partials = [result["Alternatives"][0]["Transcript"] for result in line.results if result["IsPartial"]]
        self.assertTrue(any("she6" in text for text in partials))

    def test_identification(self) -> None:
        """Pointed out, not hidden."""
        final = self.hear(RECORDING, content_identification_type="PII").finals[1]["Alternatives"][0]
        self.assertIn("she6", final["Transcript"])
        (entity,) = final["Entities"]
        self.assertEqual((entity["Content"], entity["StartTime"], entity["EndTime"]), ("she6", 3.5, 4.0))

    def test_other_types(self) -> None:
        """Only those that were asked for."""
        line = self.hear(RECORDING, content_redaction_type="PII", pii_entity_types="PHONE")
        self.assertEqual(line.words, SCRIPT.texts)


class FilterTests(RecitalCase):
    """A vocabulary filter."""

    script = Script("en-US", tuple(replace(word, is_filtered=word.text == "pain5,") for word in SCRIPT.words))

    def test_methods(self) -> None:
        """Masked, removed or tagged."""
        for method, words in (("mask", ["No4", "***"]), ("remove", ["No4", "she6"]), ("tag", ["No4", "pain5"])):
            line = self.hear(RECORDING, vocabulary_filter_name="f", vocabulary_filter_method=method)
            self.assertEqual(line.words[4:6], words)
            tagged = [item for item in line.finals[1]["Alternatives"][0]["Items"] if item["VocabularyFilterMatch"]]
            self.assertEqual(len(tagged), method == "tag")


class ScriptTests(RecitalCase):
    """Making one from a text."""

    def test_sentences(self) -> None:
        """Each is a segment, its words are spread evenly, and no two are the same."""
        script = script_of_text("en-US", "No pain. No fever, no cough!", 4.0)
        self.assertEqual([word.text for word in script.words], ["No0", "pain1.", "No2", "fever3,", "no4", "cough5!"])
        self.assertEqual([word.segment for word in script.words], [0, 0, 1, 1, 1, 1])
        lengths = {round(word.end_s - word.start_s, 6) for word in script.words}
        self.assertEqual(len(lengths), 1)
        self.assertAlmostEqual(script.words[-1].end_s, 3.6)
        self.assertAlmostEqual(script.words[2].start_s - script.words[1].end_s, 0.4)
