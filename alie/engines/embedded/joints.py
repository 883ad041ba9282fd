"""Where a reading may be taken apart: between two words at which the model knows what time it is. Worker threads.

At every step the model weighs, beside its next word, a mark of the time that it has come to. In the midst of a phrase
that is a guess, spread over all 30 s. Where a phrase ends it is not: nearly all of it is within 0.1 s of where an
alignment would put the end of the word. What stands before such a place need not be heard again, once it is fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from alie.engines.embedded.hearing import Joint
from alie.engines.embedded.policy import Joints


def find_joints(
    tokens: Sequence[int],
    time_scores: Sequence[Any],
    begins_word: Callable[[int], bool],
    seconds_per_mark: float,
    length_s: float,
    limits: Joints,
) -> tuple[Joint, ...]:
    """The joints of a reading, in order.

    Args:
        tokens: of its text.
        time_scores: for each of them, what the model gave each mark of time in its place: logits, float32.
        begins_word: tells whether a token begins a new word.
        seconds_per_mark: from one mark to the next; the first is 0 s.
        length_s: of the audio that was read.
        limits: how sure it must be, and how much must be left on either side.
    """
    found: list[Joint] = []
    for after, (token, scores) in enumerate(zip(tokens, time_scores, strict=True)):
        if not after or not begins_word(token):
            continue
        best = int(np.argmax(scores))
        at_s = best * seconds_per_mark - limits.overlap_s
        if not limits.least_s <= at_s <= length_s - limits.rest_s:
            continue
        if 1.0 / float(np.exp(scores - scores[best]).sum()) >= limits.probability:
            found.append(Joint(after, at_s))
    return tuple(found)
