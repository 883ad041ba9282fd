"""What tells a reading from an invention. Pure: text and numbers in, a verdict out.

Asked to read silence, noise or music, the model invents sentences; unsure, it repeats itself. The voice detector
keeps most of that away from it; these are the second line.
"""

from __future__ import annotations

import re
import zlib

from alie.engines.embedded.policy import Guards

_CREDITS = re.compile(
    r"sous-titr(es|age)|amara\.org|subtitles? by|(thank you|thanks) for watching|merci d'avoir regardé",
    re.IGNORECASE,
)
"""Credits of films and videos that the model learnt by heart and says over silence."""

_MARKS = re.compile(r"\W")

_LONGEST_CREDIT = 80
"""Characters; in anything longer a credit may have been dictated."""


def token_cap(guards: Guards, audio_s: float, is_partial: bool = False) -> int:
    """How many tokens speech of `audio_s` seconds may honestly have; partials get less room to go wrong in."""
    base = guards.partial_cap_base if is_partial else guards.cap_base
    return base + int(guards.cap_per_s * audio_s)


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


def without_loop(text: str, is_capped: bool) -> str:
    """`text` up to where it begins to go round in circles, the first round included.

    Args:
        text: what was read.
        is_capped: whether its token cap stopped it: then two rounds are enough to tell, else it takes four, as
            nobody says a thing four times over.
    """
    words = text.split()
    plain = [_MARKS.sub("", word).lower() for word in words]
    rounds = 2 if is_capped else 4
    for start in range(len(words)):
        for period in range(1, (len(words) - start) // rounds + 1):
            if _goes_round(plain[start:], period):
                return " ".join(words[: start + period])
    return text


def _goes_round(words: list[str], period: int) -> bool:
    """Whether each word is the one a period before; the last one may be a part of it."""
    whole = all(words[index] == words[index - period] for index in range(period, len(words) - 1))
    return whole and words[-1 - period].startswith(words[-1])
