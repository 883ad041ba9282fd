"""When an utterance is read."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.hearing import Reading, Utterance
from alie.engines.embedded.pacing import is_sentence, wants_partial, wants_speculation
from alie.engines.embedded.policy import Pacing

PACING = Pacing(
    first_partial_s=0.7,
    retry_s=0.2,
    partial_every_s=0.8,
    partial_share=0.1,
    speculate_s=0.3,
    patience_s=0.7,
    sentence_patience_s=0.4,
)


def utterance(end_s: float, voiced_s: float | None = None, silence_s: float = 0.0) -> Utterance:
    voiced_s = end_s if voiced_s is None else voiced_s
    return Utterance(0, 0.0, end_s - silence_s, end_s, voiced_s, None)


class PacingTests(SynchronousTestCase):
    """Enough speech makes a partial, enough silence a final read ahead."""

    def test_first_partial(self) -> None:
        """The first one counts voice, not the pre-roll."""
        self.assertFalse(wants_partial(PACING, utterance(1.0, voiced_s=0.6), read_s=0.0, is_shown=False))
        self.assertTrue(wants_partial(PACING, utterance(1.0, voiced_s=0.7), read_s=0.0, is_shown=False))

    def test_further_partials(self) -> None:
        self.assertFalse(wants_partial(PACING, utterance(1.7), read_s=1.0, is_shown=True))
        self.assertTrue(wants_partial(PACING, utterance(1.8), read_s=1.0, is_shown=True))

    def test_nothing_shown_yet(self) -> None:
        """A reading that was not fit to be shown is soon tried again, though not without new speech."""
        self.assertFalse(wants_partial(PACING, utterance(1.0), read_s=1.0, is_shown=False))
        self.assertTrue(wants_partial(PACING, utterance(1.3), read_s=1.0, is_shown=False))

    def test_long_utterances_are_read_less_often(self) -> None:
        self.assertFalse(wants_partial(PACING, utterance(15.0), read_s=14.0, is_shown=True))
        self.assertTrue(wants_partial(PACING, utterance(15.0), read_s=13.4, is_shown=True))

    def test_speculation(self) -> None:
        self.assertFalse(wants_speculation(PACING, utterance(2.0, silence_s=0.25)))
        self.assertTrue(wants_speculation(PACING, utterance(2.0, silence_s=0.35)))

    def test_sentence(self) -> None:
        """A whole sentence, surely read, ends at its pause."""
        for text, score, expected in (
            ("Bonjour.", -0.3, True),
            ("Oui ?", -0.3, True),
            ("Bonjour.", -0.9, False),
            ("Le patient", -0.3, False),
            ("", 0.0, False),
        ):
            self.assertEqual(is_sentence(PACING, Reading(text, "fr", score=score)), expected)
