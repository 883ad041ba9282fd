"""How transcripts are scored."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from bench.numerals import spell
from bench.scoring import Heard, Sentence, delays, normalise, percentile, transcript, word_error_rate

TIMELINE = (Sentence(0.0, 2.0, "one"), Sentence(3.0, 5.0, "two"), Sentence(5.5, 7.0, "three"))


class WordTests(SynchronousTestCase):
    """Only what is spoken counts."""

    def test_normalise(self) -> None:
        self.assertEqual(normalise("Press 21, NOW!", "en-US"), ["press", "twenty", "one", "now"])
        self.assertEqual(normalise("L'étoile, s'il-vous-plaît : 71", "fr-CA")[-3:], ["soixante", "et", "onze"])

    def test_numerals(self) -> None:
        for number, french, english in (
            (0, "zéro", "zero"),
            (17, "dix-sept", "seventeen"),
            (80, "quatre-vingts", "eighty"),
            (81, "quatre-vingt un", "eighty one"),
            (91, "quatre-vingt onze", "ninety one"),
            (200, "deux cents", "two hundred"),
            (1984, "mille neuf cent quatre-vingt quatre", "one thousand nine hundred eighty four"),
        ):
            self.assertEqual((spell(number, "fr-CA"), spell(number, "en-US")), (french, english))
        self.assertEqual(spell(1000000, "en-US").split()[:2], ["one", "zero"])

    def test_error_rate(self) -> None:
        self.assertEqual(word_error_rate("Press 1 now.", "press one now", "en-US"), 0.0)
        self.assertEqual(word_error_rate("press one now", "press two", "en-US"), 2 / 3)


class DelayTests(SynchronousTestCase):
    """Sentences are matched to segments by time."""

    def test_delays(self) -> None:
        heard = [
            Heard("a", 0.1, 1.0, "on", False, 0.9),
            Heard("a", 0.1, 2.1, "one", True, 2.5),
            Heard("b", 3.0, 4.0, "tw", False, 4.1),
            Heard("b", 3.0, 7.0, "two three", True, 7.75),
        ]
        found = delays(TIMELINE, heard)
        self.assertEqual([round(one, 3) for one in found.first_partial_s], [0.9, 1.1])
        self.assertEqual(found.final_s, (0.5, 2.75, 0.75))
        self.assertEqual(found.missed, 0)
        self.assertEqual(transcript(heard), "one two three")

    def test_missed(self) -> None:
        found = delays(TIMELINE, [Heard("a", 0.1, 2.1, "", True, 2.5)])
        self.assertEqual((found.missed, found.final_s), (3, ()))

    def test_percentile(self) -> None:
        self.assertEqual([percentile(range(1, 101), share) for share in (0.5, 0.95, 1.0)], [51, 96, 100])
        self.assertEqual(percentile([], 0.5), 0.0)
