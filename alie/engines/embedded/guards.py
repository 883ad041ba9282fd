"""What tells a reading from an invention. Pure: text and numbers in, a verdict out.

Asked to read silence, noise or music, the model invents sentences; unsure, it repeats itself. The voice detector
keeps most of that away from it; these are the second line.
"""

from __future__ import annotations

import re
import zlib

from alie.engines.embedded.policy import Guards

_REPEATED = re.compile(r"(\b.{2,80}?[^\w']*)\1{3,}", re.IGNORECASE)
"""Anything said four times in a row: "no no no no" is as long as honest speech gets."""

_CREDITS = re.compile(
    r"sous-titr(es|age)|amara\.org|subtitles? by|(thank you|thanks) for watching|merci d'avoir regardé",
    re.IGNORECASE,
)
"""Credits of films and videos that the model learnt by heart and says over silence."""

_LONGEST_CREDIT = 80
"""Characters; in anything longer a credit may have been dictated."""


def token_cap(guards: Guards, audio_s: float) -> int:
    """How many tokens speech of `audio_s` seconds may honestly have."""
    return guards.cap_base + int(guards.cap_per_s * audio_s)


def compression_ratio(text: str) -> float:
    """How well `text` packs: about 1 for prose of a sentence or two, above 2.2 for text that repeats itself."""
    encoded = text.encode()
    return len(encoded) / len(zlib.compress(encoded)) if encoded else 0.0


def is_doubtful(guards: Guards, text: str, score: float, is_capped: bool) -> bool:
    """Whether it is worth reading again, in another way.

    Args:
        guards: the limits.
        text: what was read.
        score: mean log probability of its tokens.
        is_capped: whether it was stopped by its token cap.
    """
    return is_capped or score < guards.score or compression_ratio(text) > guards.compression_ratio


def is_invented(guards: Guards, text: str, score: float, voiced_s: float, no_speech: float) -> bool:
    """Whether nothing of it should be believed.

    Args:
        guards: the limits.
        text: what was read.
        score: mean log probability of its tokens.
        voiced_s: seconds of voice in the audio.
        no_speech: 0..1, the model's own probability that there is none.
    """
    if voiced_s < guards.short_voiced_s and score < guards.short_score:
        return True
    if no_speech > guards.no_speech and score < guards.short_score:
        return True
    return len(text) <= _LONGEST_CREDIT and _CREDITS.search(text) is not None


def without_repeats(text: str) -> str:
    """`text` with what is said four times or more in a row said once."""
    return _REPEATED.sub(r"\1", text)
