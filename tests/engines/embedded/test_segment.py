"""What a listener is shown of one utterance."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.hearing import Begun, Joint, Reading, Utterance
from alie.engines.embedded.segment import Segment
from alie.transcript import Result, Word


def utterance(end_s: float, voice_end_s: float | None = None) -> Utterance:
    return Utterance(3, 1.0, end_s if voice_end_s is None else voice_end_s, end_s, 1.0, None)


class SegmentTests(SynchronousTestCase):
    """Readings in, results out."""

    def setUp(self) -> None:
        self.segment = Segment("u3", False, lambda token: True)

    def test_partial(self) -> None:
        self.assertEqual(
            self.segment.partial(utterance(2.0, 1.8), Reading("Hello", "en", (1,))),
            Result("u3", 1.0, 1.8, "Hello", is_final=False),
        )

    def test_partials_fix_words(self) -> None:
        """Two partials that agree fix words; readings that do not count fix none."""
        for end_s in (2.0, 3.0):
            self.segment.partial(utterance(end_s), Reading("Hello you", "en", (1, 2)), counts=False)
        self.assertEqual(self.segment.begun.fixed, ())
        for end_s in (2.0, 3.0):
            self.segment.partial(utterance(end_s), Reading("Hello you", "en", (1, 2)))
        self.assertEqual((self.segment.begun.fixed, self.segment.language), ((1,), "en"))

    def test_goes_on_from_a_joint(self) -> None:
        """The next partial begins at the last place before which all is fixed; its own places count from there."""
        joints = (Joint(1, 0.5), Joint(2, 1.0))
        for end_s in (3.0, 4.0):
            self.assertEqual(self.segment.begun, Begun())
            self.segment.partial(utterance(end_s), Reading("a b c d", "en", (1, 2, 3, 4), joints=joints))
        self.assertEqual(self.segment.begun, Begun((1, 2), 1.0, (3,)))
        self.segment.partial(utterance(5.0), Reading("a b c d e", "en", (3, 4, 5), joints=(Joint(1, 0.5),)))
        self.assertEqual(self.segment.begun, Begun((1, 2, 3), 1.5, (4,)))

    def test_joints_among_words_that_may_change(self) -> None:
        for end_s in (3.0, 4.0):
            self.segment.partial(utterance(end_s), Reading("a b", "en", (1, 2), joints=(Joint(2, 1.1),)))
        self.assertEqual(self.segment.begun, Begun(fixed=(1,)))

    def test_what_was_read(self) -> None:
        """Every partial counts, shown or not; a final read ahead when it says something; none takes it back."""
        for end_s, text, counts, expected in (
            (2.0, "", False, 0.0),
            (2.0, "", True, 1.0),
            (3.0, "Hello", False, 2.0),
            (4.0, "Hello", True, 3.0),
            (3.5, "Hello", True, 3.0),
        ):
            self.segment.partial(utterance(end_s), Reading(text, "en"), counts=counts)
            self.assertEqual(self.segment.read_s, expected)

    def test_another_language_frees_the_words(self) -> None:
        for language, tokens in (("en", (1, 2)), ("en", (1, 2)), ("fr", (1, 2))):
            self.segment.partial(utterance(2.0), Reading("x", language, tokens))
        self.assertEqual((self.segment.begun.fixed, self.segment.language), ((), "fr"))

    def test_nothing_new(self) -> None:
        """The same text, no text, and older audio are not shown again."""
        self.assertIsNotNone(self.segment.partial(utterance(2.0), Reading("Hello", "en")))
        self.assertIsNone(self.segment.partial(utterance(3.0), Reading("Hello", "en")))
        self.assertIsNone(self.segment.partial(utterance(3.0), Reading("", "en")))
        self.assertIsNone(self.segment.partial(utterance(1.5), Reading("Hell", "en")))

    def test_final(self) -> None:
        """It begins with its first word and ends with its voice."""
        words = (Word("Hello", 1.2, 1.6, 0.9), Word(".", 1.6, 1.6, is_punctuation=True))
        self.assertEqual(
            self.segment.final(utterance(2.0, 1.6), Reading("Hello.", "en", (1,), words)),
            Result("u3", 1.2, 1.6, "Hello.", is_final=True, words=words),
        )

    def test_withdrawn(self) -> None:
        """Shown text that turns out to be nothing ends as an empty final; what was never shown says nothing."""
        self.assertIsNone(self.segment.final(utterance(2.0), Reading("", "en")))
        self.segment.partial(utterance(2.0), Reading("Hello", "en"))
        self.assertEqual(
            self.segment.final(utterance(2.0), Reading("", "en")), Result("u3", 1.0, 2.0, "", is_final=True)
        )

    def test_identified_language(self) -> None:
        """The language is told when it was identified, and only then."""
        segment = Segment("u3", True, lambda token: True)
        partial = segment.partial(utterance(2.0), Reading("Bonjour", "fr"))
        final = segment.final(utterance(2.0), Reading("Hello.", "en"))
        self.assertEqual([one.language_code for one in (partial, final) if one], ["fr-CA", "en-US"])

    def test_reading_ahead_holds_until_voice_follows(self) -> None:
        reading = Reading("Hello.", "en")
        self.segment.keep(utterance(2.0, 1.7), reading)
        self.assertIs(self.segment.kept(utterance(2.3, 1.7)), reading)
        self.assertIsNone(self.segment.kept(utterance(3.0, 2.9)))
