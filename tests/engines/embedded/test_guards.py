"""What is believed of a reading."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.guards import (
    compression_ratio,
    is_doubtful,
    is_invented,
    token_cap,
    without_loop,
)
from alie.engines.embedded.policy import Guards

GUARDS = Guards()
HONEST = "Le patient se plaint de douleurs thoraciques depuis trois jours, sans fièvre."
REPEATED = "the patient is well " * 12


class DoubtTests(SynchronousTestCase):
    """Doubtful readings are read again."""

    def test_honest(self) -> None:
        self.assertFalse(is_doubtful(GUARDS, HONEST, -0.3, is_capped=False))

    def test_capped(self) -> None:
        self.assertTrue(is_doubtful(GUARDS, HONEST, -0.3, is_capped=True))

    def test_poor_score(self) -> None:
        self.assertTrue(is_doubtful(GUARDS, HONEST, GUARDS.score - 0.1, is_capped=False))

    def test_repeated(self) -> None:
        self.assertTrue(is_doubtful(GUARDS, REPEATED, -0.1, is_capped=False))

    def test_empty(self) -> None:
        self.assertFalse(is_doubtful(GUARDS, "", 0.0, is_capped=False))

    def test_compression_ratio(self) -> None:
        self.assertEqual(compression_ratio(""), 0.0)
        self.assertLess(compression_ratio(HONEST), 1.5)
        self.assertGreater(compression_ratio(REPEATED), 2.2)

    def test_cap_grows_with_the_audio(self) -> None:
        self.assertEqual(token_cap(GUARDS, 0.0), 10)
        self.assertEqual(token_cap(GUARDS, 10.0), 80)
        self.assertLess(token_cap(GUARDS, 1.0, is_partial=True), token_cap(GUARDS, 1.0))


class InventionTests(SynchronousTestCase):
    """Inventions are dropped."""

    def test_honest(self) -> None:
        self.assertFalse(is_invented(GUARDS, HONEST, -0.3, voiced_s=3.0, no_speech=0.1))

    def test_short_and_poor(self) -> None:
        self.assertTrue(is_invented(GUARDS, "you", -0.9, voiced_s=0.2, no_speech=0.1))
        self.assertFalse(is_invented(GUARDS, "Oui.", -0.3, voiced_s=0.2, no_speech=0.1))
        self.assertFalse(is_invented(GUARDS, "Oui.", -0.85, voiced_s=0.5, no_speech=0.1))

    def test_no_speech(self) -> None:
        """The model's own doubt counts together with a poor score, not alone."""
        self.assertTrue(is_invented(GUARDS, HONEST, -0.9, voiced_s=3.0, no_speech=0.9))
        self.assertFalse(is_invented(GUARDS, HONEST, -0.3, voiced_s=3.0, no_speech=0.9))

    def test_credits(self) -> None:
        """Credits learnt from films are dropped whatever their score, unless they are part of more."""
        for text in ("Sous-titrage Société Radio-Canada", "Thanks for watching!", "Subtitles by the community"):
            self.assertTrue(is_invented(GUARDS, text, -0.1, voiced_s=2.0, no_speech=0.0))
        dictated = f"{HONEST} {HONEST} Le sous-titrage est demandé."
        self.assertFalse(is_invented(GUARDS, dictated, -0.1, voiced_s=9.0, no_speech=0.0))


class LoopTests(SynchronousTestCase):
    """A reading that goes round in circles ends after the first round."""

    def test_capped(self) -> None:
        """Two rounds are enough when the cap stopped it, the last one in the middle of a word perhaps."""
        for text, expected in (
            ("Je suis désolé. Je suis désolé. Je su", "Je suis désolé."),
            ("le numéro composé, le numéro composé, le", "le numéro composé,"),
            ("Well, I see. I see", "Well, I see."),
        ):
            self.assertEqual(without_loop(text, is_capped=True), expected)

    def test_not_capped(self) -> None:
        """Four rounds are no honest speech."""
        self.assertEqual(without_loop("Well, " + "very good, " * 6 + "very", is_capped=False), "Well, very good,")

    def test_honest(self) -> None:
        for text in (HONEST, "no, no, no", "un un deux deux", ""):
            self.assertEqual(without_loop(text, is_capped=False), text)
        self.assertEqual(without_loop(HONEST, is_capped=True), HONEST)
