"""When to read an utterance, from how it grows. Pure: values in, an answer out."""

from __future__ import annotations

from alie.engines.embedded.hearing import Reading, Utterance
from alie.engines.embedded.policy import Pacing

_SENTENCE_ENDS = (".", "!", "?", "…")


def wants_partial(pacing: Pacing, utterance: Utterance, read_s: float, is_shown: bool) -> bool:
    """Whether there is enough new speech for a partial.

    Args:
        pacing: the numbers.
        utterance: its newest state.
        read_s: length that the last partial read; 0 before the first.
        is_shown: whether anything of it is shown yet.
    """
    if not read_s:
        return utterance.voiced_s >= pacing.first_partial_s
    length_s = utterance.end_s - utterance.start_s
    if not is_shown:
        return length_s - read_s >= pacing.retry_s
    return length_s - read_s >= max(pacing.partial_every_s, pacing.partial_share * length_s)


def wants_speculation(pacing: Pacing, utterance: Utterance) -> bool:
    """Whether the speaker may be done, so that the final is worth reading ahead."""
    return utterance.silence_s >= pacing.speculate_s


def is_sentence(pacing: Pacing, reading: Reading) -> bool:
    """Whether a final, read ahead in a pause, looks like a whole sentence: then the pause is its end."""
    return reading.text.endswith(_SENTENCE_ENDS) and reading.score >= pacing.sure_score
