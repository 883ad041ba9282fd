"""Where a reading may be taken apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from twisted.trial.unittest import SynchronousTestCase

from alie.engines.embedded.hearing import Joint
from alie.engines.embedded.joints import find_joints
from alie.engines.embedded.policy import Joints

MARKS = 200
SECONDS_PER_MARK = 0.02
GO_ON = 11
"""A token that goes on with a word; all others begin one."""


def known(at_s: float) -> NDArray[np.float32]:
    """Scores of a model that knows the time."""
    scores = np.zeros(MARKS, np.float32)
    scores[round(at_s / SECONDS_PER_MARK)] = 4.0
    return scores


def unknown(at_s: float) -> NDArray[np.float32]:
    """Scores of one that guesses it."""
    scores = np.zeros(MARKS, np.float32)
    scores[round(at_s / SECONDS_PER_MARK)] = 1.0
    return scores


NEVER = np.full(MARKS, -np.inf, np.float32)
"""Scores where no mark may be set."""


class FindJointsTests(SynchronousTestCase):
    """Tokens and scores in, places out."""

    def joints(self, tokens: tuple[int, ...], scores: list[NDArray[np.float32]]) -> list[tuple[int, float]]:
        """Of 3 s of audio; the probability of `known` is 0.22, that of `unknown` 0.014."""
        limits = Joints(probability=0.1, overlap_s=0.1, least_s=0.5, rest_s=0.5)
        found = find_joints(tokens, scores, lambda token: token != GO_ON, SECONDS_PER_MARK, 3.0, limits)
        self.assertTrue(all(isinstance(one, Joint) for one in found))
        return [(one.after, round(one.at_s, 3)) for one in found]

    def test_known_times(self) -> None:
        """Before the words where the model knows the time, a little earlier than it says."""
        scores = [known(0.0), known(1.0), unknown(1.5), known(2.0)]
        self.assertEqual(self.joints((1, 2, 3, 4), scores), [(1, 0.9), (3, 1.9)])

    def test_within_a_word(self) -> None:
        self.assertEqual(self.joints((1, GO_ON, 2), [known(0.0), known(1.0), known(1.2)]), [(2, 1.1)])

    def test_near_the_ends(self) -> None:
        """Neither where hardly anything would be spared, nor where the audio ends."""
        self.assertEqual(self.joints((1, 2, 3), [known(0.0), known(0.5), known(2.7)]), [])

    def test_no_mark_allowed(self) -> None:
        self.assertEqual(self.joints((1, 2), [NEVER, NEVER]), [])

    def test_nothing_read(self) -> None:
        self.assertEqual(self.joints((), []), [])
