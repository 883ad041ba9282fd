"""The four forms of a transcript, and captions that can be read."""

import json

from twisted.trial.unittest import SynchronousTestCase

from alie.cli.captions import CUE_S, LINE_CHARACTERS, Cue, cues
from alie.cli.transcripts import Transcript, render
from alie.server_messages import Segment
from alie.transcript import Word


def segment(start_s: float, end_s: float, text: str, words: tuple[Word, ...] = ()) -> Segment:
    return Segment(f"r{start_s}", start_s, end_s, text, True, 0.5, words)


def transcript(*segments: Segment) -> Transcript:
    return Transcript("a.wav", "en-US", "embedded", segments, 12.3456, 0.0, True)


def spoken(text: str, start_s: float, word_s: float) -> tuple[Word, ...]:
    """Words at an even pace."""
    return tuple(
        Word(word, start_s + word_s * number, start_s + word_s * (number + 1))
        for number, word in enumerate(text.split())
    )


class TextTests(SynchronousTestCase):
    """Finals become paragraphs."""

    def test_a_long_pause_begins_a_paragraph(self) -> None:
        written = render(transcript(segment(0, 1, "One."), segment(2, 3, "Two."), segment(5, 6, "Three.")), "txt")
        self.assertEqual(written, "One. Two.\n\nThree.\n")

    def test_nothing_heard_is_an_empty_line(self) -> None:
        self.assertEqual(render(transcript(), "txt"), "\n")


class JsonTests(SynchronousTestCase):
    """For programs, with all that is known."""

    def test_everything_is_there(self) -> None:
        word = Word("né", 0.1, 0.4, 0.9)
        read = json.loads(render(transcript(segment(0.1, 0.4, "né", (word,))), "json"))
        self.assertEqual(
            read["segments"][0]["words"], [{"text": "né", "startTime": 0.1, "endTime": 0.4, "confidence": 0.9}]
        )
        self.assertEqual(read["segments"][0]["confidence"], 0.5)
        self.assertEqual((read["language"], read["engine"], read["complete"]), ("en-US", "embedded", True))
        self.assertEqual((read["audioSeconds"], read["lostSeconds"]), (12.346, 0.0))


class CaptionFormTests(SynchronousTestCase):
    """SubRip and WebVTT, to the letter."""

    def test_srt(self) -> None:
        written = render(transcript(segment(0, 1.5, "One."), segment(3661.002, 3662, "Two --> 2.")), "srt")
        expected = "1\n00:00:00,000 --> 00:00:01,500\nOne.\n\n2\n01:01:01,002 --> 01:01:02,000\nTwo → 2.\n"
        self.assertEqual(written, expected)

    def test_vtt_escapes_what_would_be_markup(self) -> None:
        written = render(transcript(segment(58, 59.9996, "a < b & c --> d")), "vtt")
        self.assertEqual(written, "WEBVTT\n\n00:00:58.000 --> 00:01:00.000\na &lt; b &amp; c --&gt; d\n")

    def test_nothing_heard_is_still_a_file_of_its_kind(self) -> None:
        self.assertEqual(render(transcript(), "vtt"), "WEBVTT\n")


class CueTests(SynchronousTestCase):
    """Captions are short, follow the words, and never overlap."""

    long = " ".join(["alpha beta gamma, delta epsilon"] * 8)

    def test_a_short_segment_is_one_cue(self) -> None:
        self.assertEqual(cues([segment(1, 2, "Hello there.")]), [Cue(1, 2, ("Hello there.",))])

    def test_cues_are_bounded_and_lose_no_word(self) -> None:
        made = cues([segment(0, 40, self.long, spoken(self.long, 0, 1.0))])
        self.assertGreater(len(made), 3)
        self.assertEqual(" ".join(" ".join(cue.lines) for cue in made), self.long)
        for cue in made:
            self.assertLessEqual(len(cue.lines), 2)
            self.assertLessEqual(max(map(len, cue.lines)), LINE_CHARACTERS)
            self.assertLessEqual(cue.end_s - cue.start_s, CUE_S)

    def test_the_words_own_times_are_used(self) -> None:
        text = "one two three four five six seven eight nine ten"
        made = cues([segment(0, 30, text, spoken(text, 5, 1.0))])
        self.assertEqual([(cue.start_s, cue.end_s) for cue in made], [(5, 10), (10, 15)])

    def test_punctuation_among_the_words_does_not_disturb_them(self) -> None:
        words = (Word("Oui", 1, 2), Word(",", 2, 2, is_punctuation=True), Word("non", 3, 4))
        self.assertEqual(cues([segment(0, 9, "Oui, non", words)]), [Cue(1, 4, ("Oui, non",))])

    def test_without_words_time_goes_by_characters(self) -> None:
        made = cues([segment(0, 16, "aaaa bbbb cccc dddd")])
        self.assertEqual([(cue.start_s, cue.end_s) for cue in made], [(0, 4), (4, 8), (8, 12), (12, 16)])

    def test_a_cut_is_made_at_a_phrase_where_one_is_near(self) -> None:
        text = "alpha beta gamma delta, epsilon zeta eta theta iota kappa lambda"
        made = cues([segment(0, 11, text, spoken(text, 0, 1.0))])
        self.assertEqual([(cue.end_s, cue.lines[-1][-6:]) for cue in made], [(4, "delta,"), (11, "lambda")])

    def test_no_word_is_left_alone(self) -> None:
        text = " ".join(["word"] * 18)  # one word more than two lines hold
        made = cues([segment(0, 5, text)])
        self.assertEqual([cue.lines for cue in made], [("word word word word word", "word word word word")] * 2)

    def test_two_lines_are_about_as_long(self) -> None:
        made = cues([segment(0, 4, "Please stay on the line and your call will be")])
        self.assertEqual(made[0].lines, ("Please stay on the line", "and your call will be"))

    def test_a_lone_mark_stays_with_its_word(self) -> None:
        words = (Word("Ça", 0, 1), Word("va", 1, 2))
        self.assertEqual(cues([segment(0, 2, "Ça va ?", words)]), [Cue(0, 2, ("Ça va ?",))])

    def test_segments_that_overlap_are_trimmed(self) -> None:
        made = cues([segment(0, 3, "One."), segment(2, 4, "Two.")])
        self.assertEqual([(cue.start_s, cue.end_s) for cue in made], [(0, 2), (2, 4)])
