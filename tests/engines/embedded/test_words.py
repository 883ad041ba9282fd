"""From tokens to words."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.words import Piece, to_words
from alie.transcript import Word


class WordTests(SynchronousTestCase):
    """Pieces in, words and marks out."""

    def test_words_and_marks(self) -> None:
        pieces = [
            Piece(" Bon", 0.1, 0.3, 0.9),
            Piece("jour", 0.3, 0.5, 0.7),
            Piece(",", 0.5, 0.6, 0.2),
            Piece(" docteur", 0.7, 1.2, 1.0),
            Piece(".", 1.2, 1.2, 0.1),
        ]
        self.assertEqual(
            to_words(pieces, offset_s=10.0, latest_s=99.0),
            (
                Word("Bonjour", 10.1, 10.6, confidence=0.8),
                Word(",", 10.6, 10.6, is_punctuation=True),
                Word("docteur", 10.7, 11.2, confidence=1.0),
                Word(".", 11.2, 11.2, is_punctuation=True),
            ),
        )

    def test_first_piece_without_a_blank(self) -> None:
        self.assertEqual([word.text for word in to_words([Piece("Yes", 0.0, 0.2, 0.5)], 0.0, 9.0)], ["Yes"])

    def test_marks_within_words(self) -> None:
        """Apostrophes and hyphens do not part words."""
        pieces = [
            Piece(" l", 0, 0.1, 1),
            Piece("'", 0.1, 0.2, 1),
            Piece("abdomen", 0.2, 0.3, 1),
            Piece("-là", 0.3, 0.4, 1),
        ]
        self.assertEqual([word.text for word in to_words(pieces, 0.0, 9.0)], ["l'abdomen-là"])

    def test_marks_before_and_alone(self) -> None:
        """A mark may stand before a word or by itself, as French has it."""
        words = to_words([Piece(" «", 0.0, 0.1, 1), Piece(" (oui", 0.1, 0.4, 1), Piece(" ?", 0.4, 0.5, 1)], 0.0, 9.0)
        self.assertEqual(
            [(word.text, word.is_punctuation) for word in words],
            [("«", True), ("(", True), ("oui", False), ("?", True)],
        )

    def test_times_never_run_back(self) -> None:
        """An end before the start is moved to it; confidence stays within 0..1."""
        (word,) = to_words([Piece(" a", 0.5, 0.3, 1.01)], 0.0, 9.0)
        self.assertEqual((word.start_s, word.end_s, word.confidence), (0.5, 0.5, 1.0))

    def test_no_word_outlasts_the_voice(self) -> None:
        (word,) = to_words([Piece(" a", 0.5, 2.0, 1)], 1.0, latest_s=2.2)
        self.assertEqual((word.start_s, word.end_s), (1.5, 2.2))

    def test_nothing(self) -> None:
        self.assertEqual(to_words([], 0.0, 9.0), ())
