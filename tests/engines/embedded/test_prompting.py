"""What the model is asked with, and how long an answer it is allowed."""

from __future__ import annotations

import numpy as np
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.hearing import Asked, Begun
from alie.engines.embedded.model import locate_model
from alie.engines.embedded.prompting import Prompter, longest_answer
from alie.engines.embedded.tokenizing import load_tokenizer

TOKENIZER = load_tokenizer(locate_model().prepare())
PREVIOUS, START, ENGLISH, TASK, PLAIN = (
    TOKENIZER.token_to_id(f"<|{name}|>")
    for name in ("startofprev", "startoftranscript", "en", "transcribe", "notimestamps")
)
ZERO = PLAIN + 1
"""The first mark of time; the tokenizer does not know those."""


class PromptTests(SynchronousTestCase):
    """What is known before goes before the start; what is heard again, behind it."""

    def setUp(self) -> None:
        self.prompter = Prompter(TOKENIZER)

    def test_nothing_known(self) -> None:
        self.assertEqual(self.prompter.prompt("en", Asked("en")), [START, ENGLISH, TASK])

    def test_words_read(self) -> None:
        self.assertEqual(
            self.prompter.prompt("en", Asked("en"), Begun((1, 2), 1.0, (3,))),
            [PREVIOUS, 1, 2, START, ENGLISH, TASK, ZERO, 3],
        )

    def test_vocabulary_makes_room(self) -> None:
        """All that was read stays, and as much of the vocabulary before it as there is place for."""
        read = tuple(range(100, 250))
        prompt = self.prompter.prompt("en", Asked("en", ("Lasix",) * 100), Begun(read, 1.0))
        self.assertEqual(prompt[-153:], [*read, START, ENGLISH, TASK])
        self.assertEqual(len(prompt), 1 + 220 + 3)
        self.assertIn("Lasix", TOKENIZER.decode(prompt[1:20]))

    def test_scores_of_time(self) -> None:
        """For the tokens of the text alone, marks alone; there is a step for the end too."""
        steps = [np.arange(ZERO + 3) + number for number in range(4)]
        scores = self.prompter.time_scores([ZERO, 1, 2], steps)
        self.assertEqual([list(one - one[0]) for one in scores], [[0, 1, 2]] * 2)
        self.assertEqual([one[0] for one in scores], [ZERO + 1, ZERO + 2])


class LongestAnswerTests(SynchronousTestCase):
    """What the library makes of the number leaves room for the whole cap, and six marks of time."""

    def room(self, cap: int, fixed_count: int, before_count: int) -> int:
        """Tokens that may be answered, those given as a beginning included: half of it, or what the prompt leaves."""
        fixed = (1,) * fixed_count
        longest = longest_answer([2] * before_count + list(fixed), fixed, cap)
        return min(longest // 2, longest - before_count)

    def test_cap_and_marks(self) -> None:
        self.assertEqual(self.room(cap=20, fixed_count=0, before_count=3), 26)

    def test_long_vocabulary(self) -> None:
        """What stands before the text takes nothing from it."""
        self.assertEqual(self.room(cap=20, fixed_count=0, before_count=200), 26)

    def test_fixed_words(self) -> None:
        """However many words are fixed already, those that follow have their room."""
        self.assertEqual(self.room(cap=110, fixed_count=80, before_count=4), 116)

    def test_never_beyond_the_model(self) -> None:
        """It has 448 places, half of them for an answer."""
        self.assertEqual(self.room(cap=400, fixed_count=0, before_count=3), 224)
