"""Real recordings whose every sample and every word says whose it is, for the simulated service to hear."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache

from alie.simulator.script import MARKS, Script, script_of, script_of_text
from alie.simulator.stamp import stamp
from tests.support.dictating_client import SPEECH, speech

RATE_HZ = 16000
SHORT_S = (2.8, 8.0)


@dataclass(frozen=True, slots=True)
class Take:
    """One recording, as one speaker dictates it.

    Attributes:
        speaker: number on its stamps.
        language_code: that is spoken.
        pcm: PCM16, 16 kHz, mono, stamped.
        script: what is said, and when; no two speakers have a word in common.
    """

    speaker: int
    language_code: str
    pcm: bytes
    script: Script

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return len(self.pcm) / 2 / RATE_HZ


def short_clips() -> list[str]:
    """Names of the clips of 3 to 8 seconds, in both languages by turns."""
    low_s, high_s = SHORT_S
    names = [name for name, (_, seconds, _) in _manifest().items() if low_s <= seconds <= high_s]
    french, english = ([name for name in names if name.startswith(language)] for language in ("fr", "en"))
    return [name for pair in zip(french, english, strict=False) for name in pair]


def take(name: str, speaker: int) -> Take:
    """A clip with its words spread over its length.

    Args:
        name: of a clip of tests/speech.
        speaker: unlike any other in the test.
    """
    language_code, _, text = _manifest()[name]
    pcm = _pcm(name)
    return _taken(speaker, pcm, script_of_text(language_code, text, len(pcm) / 2 / RATE_HZ))


def long_take(name: str, speaker: int, sentences: int) -> Take:
    """The beginning of a long take, of which it is known when each sentence is said."""
    language_code, _, _ = _manifest()[name]
    timeline = json.loads((SPEECH / f"{name}.timeline.json").read_text())
    timed = [(start_s, end_s, text) for start_s, end_s, _, text in timeline[:sentences]]
    pcm = _pcm(name)[: 2 * round(timeline[sentences][0] * RATE_HZ)]
    return _taken(speaker, pcm, script_of(language_code, timed))


def repeated_take(name: str, speaker: int, times: int) -> Take:
    """A long take said several times over; each word says in which round it is."""
    language_code, _, _ = _manifest()[name]
    once = json.loads((SPEECH / f"{name}.timeline.json").read_text())
    pcm = _pcm(name)
    round_s = len(pcm) / 2 / RATE_HZ
    timed = [
        (start_s + turn * round_s, end_s + turn * round_s, " ".join(_owned(word, turn) for word in text.split()))
        for turn in range(times)
        for start_s, end_s, _, text in once
    ]
    return _taken(speaker, pcm * times, script_of(language_code, timed))


def _taken(speaker: int, pcm: bytes, script: Script) -> Take:
    words = tuple(replace(word, text=_owned(word.text, speaker)) for word in script.words)
    return Take(speaker, script.language_code, stamp(pcm, speaker), Script(script.language_code, words))


def _owned(text: str, speaker: int) -> str:
    bare = text.rstrip(MARKS)
    return f"{bare}x{speaker}{text[len(bare) :]}"


@cache
def _pcm(name: str) -> bytes:
    return speech(name)


@cache
def _manifest() -> dict[str, tuple[str, float, str]]:
    """Language, seconds and text by name."""
    rows = [line.split("\t") for line in (SPEECH / "manifest.tsv").read_text().splitlines()[1:]]
    return {name.removesuffix(".flac"): (language, float(seconds), text) for name, language, seconds, text in rows}
