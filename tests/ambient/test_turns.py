"""Tests of alie.ambient.turns: who spoke when, and as whom."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.ambient.turns import Turn, merged, roles_of, turns_of
from alie.transcript import Word


def word(text: str, speaker: str | None, start_s: float = 0.0, end_s: float | None = None) -> Word:
    """A word, or a mark of punctuation where it is none."""
    is_mark = not text[0].isalnum()
    return Word(text, start_s, start_s if end_s is None else end_s, speaker=speaker, is_punctuation=is_mark)


def turn(speaker: str, start_s: float, end_s: float, text: str = "x") -> Turn:
    """A turn of one word."""
    return Turn(speaker, (word(text, speaker, start_s, end_s),))


class TurnTests(SynchronousTestCase):
    """A new turn whenever the speaker changes."""

    def assert_turns(self, words: list[Word], expected: list[tuple[str, str]]) -> None:
        """Speakers and texts, turn by turn."""
        found = [(one.speaker, " ".join(word.text for word in one.words)) for one in turns_of(words)]
        self.assertEqual(found, expected)

    def test_change_of_speaker(self) -> None:
        """And only then, however long the pause."""
        words = [word("a", "s1", 0), word("b", "s1", 99), word("c", "s2", 100), word("d", "s1", 101)]
        self.assert_turns(words, [("s1", "a b"), ("s2", "c"), ("s1", "d")])

    def test_punctuation_is_of_the_turn_before(self) -> None:
        """Whatever label it has."""
        words = [word("a", "s1"), word(".", None), word("b", "s2"), word("?", "s1"), word("c", "s2")]
        self.assert_turns(words, [("s1", "a ."), ("s2", "b ? c")])

    def test_words_of_nobody_known(self) -> None:
        """They go on, or begin, the turn that they stand in."""
        self.assert_turns(
            [word("a", None), word("b", "s1"), word("c", None), word("d", "s2")], [("s1", "a b c"), ("s2", "d")]
        )

    def test_punctuation_at_the_beginning(self) -> None:
        """Is of who speaks first."""
        self.assert_turns([word("«", None), word("a", "s1")], [("s1", "« a")])
        self.assert_turns([word("«", "s1"), word("a", "s1")], [("s1", "« a")])


class MergeTests(SynchronousTestCase):
    """Neighbours of one speaker become one while they are near and short."""

    def spans(self, *turns: Turn) -> list[tuple[str, float, float]]:
        """Who and from when to when, after merging."""
        return [(one.speaker, one.start_s, one.end_s) for one in merged(turns)]

    def test_near(self) -> None:
        """One second apart at most."""
        self.assertEqual(self.spans(turn("a", 0, 1), turn("a", 2, 3)), [("a", 0, 3)])
        self.assertEqual(self.spans(turn("a", 0, 1), turn("a", 2.01, 3)), [("a", 0, 1), ("a", 2.01, 3)])

    def test_short(self) -> None:
        """Fifteen seconds together at most."""
        self.assertEqual(self.spans(turn("a", 0, 7), turn("a", 7, 15)), [("a", 0, 15)])
        self.assertEqual(
            self.spans(turn("a", 0, 7), turn("a", 7, 15.5), turn("a", 16, 17)), [("a", 0, 7), ("a", 7, 17)]
        )

    def test_another_speaker(self) -> None:
        """Never."""
        self.assertEqual(self.spans(turn("a", 0, 1), turn("b", 1, 2)), [("a", 0, 1), ("b", 1, 2)])

    def test_words_in_order(self) -> None:
        """All of them."""
        (one,) = merged([turn("a", 0, 1, "x"), turn("a", 1, 2, "y"), turn("a", 2, 3, "z")])
        self.assertEqual([word.text for word in one.words], ["x", "y", "z"])


class RoleTests(SynchronousTestCase):
    """The first speaker heard is the patient, all others are clinicians."""

    def test_by_order(self) -> None:
        """Not by name, nor by how much they say."""
        turns = [turn("spk_1", 0, 1), turn("spk_0", 1, 9), turn("spk_1", 9, 10), turn("spk_2", 10, 11)]
        expected = {"spk_1": "PATIENT", "spk_0": "CLINICIAN", "spk_2": "CLINICIAN"}
        self.assertEqual(list(roles_of(turns).items()), list(expected.items()))

    def test_alone(self) -> None:
        """A patient."""
        self.assertEqual(roles_of([turn("spk_7", 0, 1)]), {"spk_7": "PATIENT"})
