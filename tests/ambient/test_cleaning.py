"""Tests of alie.ambient.cleaning: what is taken out of speech, and what must not be."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.ambient.cleaning import spaced, without_fillers, without_repeats
from alie.transcript import Word

MARKS = frozenset(".,;:?!…()«»")


def words(text: str) -> tuple[Word, ...]:
    """Tokens, separated by blanks."""
    return tuple(Word(one, 0, 0, is_punctuation=one in MARKS) for one in text.split(" "))


class FillerTests(SynchronousTestCase):
    """Fillers go, with the marks that were theirs; clinical words stay."""

    def assert_left(self, language: str, cases: dict[str, str]) -> None:
        """What is left of each, token by token."""
        for said, expected in cases.items():
            self.assertEqual(" ".join(word.text for word in without_fillers(words(said), language)), expected, said)

    def test_both_languages(self) -> None:
        """French speakers hear English fillers too, and engines write either."""
        for language in ("fr", "en"):
            for filler in ("euh", "heu", "um", "uh", "hmm"):
                self.assert_left(language, {f"one {filler} two": "one two"})

    def test_marks(self) -> None:
        """No comma is left dangling, and no full stop is doubled."""
        self.assert_left(
            "fr",
            {
                "mal , euh , ici": "mal , ici",
                "mal , euh .": "mal .",
                "mal euh , ici": "mal ici",
                "mal euh .": "mal .",
                "oui . Euh . non": "oui . Non",
                "oui . Euh , non": "oui . Non",
                "euh , euh , oui": "oui",
            },
        )

    def test_capitals(self) -> None:
        """A sentence still begins with one."""
        self.assert_left("fr", {"Euh , j'ai mal": "J'ai mal", "Heu … étendu": "Étendu", "euh , j'ai": "j'ai"})

    def test_nothing_else_was_said(self) -> None:
        """Nothing is left, marks neither."""
        self.assert_left("en", {"Um .": "", "um , uh …": ""})

    def test_what_is_no_filler(self) -> None:
        """A room, a length, a sound, an abbreviation."""
        for said in ("to the ER", "5 mm", "a hum in my ear", "the UH score", "human umbrella"):
            self.assert_left("en", {said: said})
        self.assert_left("fr", {"hum oui": "oui"})


class RepeatTests(SynchronousTestCase):
    """A word said twice in a row is written once."""

    def assert_left(self, language: str, cases: dict[str, str]) -> None:
        """What is left of each, token by token."""
        for said, expected in cases.items():
            self.assertEqual(" ".join(word.text for word in without_repeats(words(said), language)), expected, said)

    def test_stutters(self) -> None:
        """The first one stays, with its capital."""
        self.assert_left(
            "fr", {"Le le le patient": "Le patient", "j'ai j'ai mal": "j'ai mal", "à à droite": "à droite"}
        )
        self.assert_left("en", {"I I have": "I have", "the the pain": "the pain", "a a cough": "a cough"})

    def test_not_in_a_row(self) -> None:
        """A mark or a word between them is meant."""
        self.assert_left("en", {"no , no": "no , no", "day by day": "day by day"})

    def test_what_may_stand_twice(self) -> None:
        """Grammar, digits, letters being spelled, marks."""
        for language, said in (
            ("fr", "nous nous levons"),
            ("fr", "vous vous sentez"),
            ("en", "he had had pain"),
            ("en", "so that that stops"),
            ("en", "five five five"),
            ("en", "5 5 1"),
            ("en", "120/80 120/80"),
            ("en", "M I L L E R"),
            ("en", "well . . ."),
        ):
            self.assert_left(language, {said: said})

    def test_the_other_languages_exceptions(self) -> None:
        """Do not count."""
        self.assert_left("fr", {"had had": "had"})


class SpacingTests(SynchronousTestCase):
    """Blanks as each language has them."""

    def test_english(self) -> None:
        """None before a mark."""
        self.assertEqual(spaced(words("Yes , two : one ( left ) ; done ?"), "en"), "Yes, two: one (left); done?")

    def test_french(self) -> None:
        """As in Quebec."""
        self.assertEqual(
            spaced(words("Il dit : « Oui , ça va ! » et l' hôpital ?"), "fr"),
            "Il dit\N{NO-BREAK SPACE}: «\N{NO-BREAK SPACE}Oui, ça va!\N{NO-BREAK SPACE}» et l'hôpital?",
        )

    def test_english_possessives(self) -> None:
        """An apostrophe at the end is no elision there."""
        self.assertEqual(spaced(words("patients' rooms"), "en"), "patients' rooms")

    def test_nothing(self) -> None:
        """Nothing."""
        self.assertEqual(spaced((), "fr"), "")
