"""What is said in a stamped recording, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MARKS = ".,;:?!"
PAUSE_S = 0.4


@dataclass(frozen=True, slots=True)
class ScriptedWord:
    """One word of a recording.

    Attributes:
        text: without blanks; marks at its end become items of their own.
        start_s: seconds since the recording's first sample.
        end_s: seconds, after `start_s`.
        segment: number of the segment it belongs to, never falling.
        speaker: label that a final carries when speaker labels were asked for, such as "0".
        pii_type: such as "NAME" where the word is personal information, else None.
        is_filtered: whether the vocabulary filter knows it.
    """

    text: str
    start_s: float
    end_s: float
    segment: int = 0
    speaker: str = "0"
    pii_type: str | None = None
    is_filtered: bool = False

    @property
    def middle_s(self) -> float:
        """Who has this instant in its audio hears the word."""
        return (self.start_s + self.end_s) / 2


@dataclass(frozen=True, slots=True)
class Script:
    """What is said in one recording.

    Attributes:
        language_code: such as "fr-CA"; what language identification finds.
        words: in order of time, not overlapping.
    """

    language_code: str
    words: tuple[ScriptedWord, ...]

    @property
    def texts(self) -> list[str]:
        """The words without their marks, as a list to compare with."""
        return [word.text.rstrip(MARKS) for word in self.words]


def script_of(language_code: str, sentences: Sequence[tuple[float, float, str]]) -> Script:
    """A script from sentences with their times: the words of each are spread evenly, and each is a segment.

    Every word gets its position as a suffix, so that one that comes twice, or not at all, is seen.

    Args:
        language_code: such as "fr-CA".
        sentences: start and end in seconds on the recording's timeline, and the text.
    """
    words: list[ScriptedWord] = []
    for segment, (start_s, end_s, text) in enumerate(sentences):
        parts = text.split()
        step_s = (end_s - start_s) / max(1, len(parts))
        for number, part in enumerate(parts):
            bare = part.rstrip(MARKS)
            unique = f"{bare}{len(words)}{part[len(bare) :]}"
            at_s = start_s + number * step_s
            words.append(ScriptedWord(unique, at_s, at_s + step_s, segment))
    return Script(language_code, tuple(words))


def script_of_text(language_code: str, text: str, duration_s: float) -> Script:
    """A script from a text and the length of its recording: its sentences share the time by their words, with a
    pause of 0.4 s after each; see `script_of`."""
    sentences = _sentences(text)
    speaking_s = max(0.1, duration_s - PAUSE_S * len(sentences))
    word_s = speaking_s / max(1, len(text.split()))
    timed: list[tuple[float, float, str]] = []
    at_s = 0.0
    for sentence in sentences:
        end_s = at_s + word_s * len(sentence.split())
        timed.append((at_s, end_s, sentence))
        at_s = end_s + PAUSE_S
    return script_of(language_code, timed)


def _sentences(text: str) -> list[str]:
    sentences: list[list[str]] = [[]]
    for word in text.split():
        sentences[-1].append(word)
        if word[-1] in ".?!":
            sentences.append([])
    return [" ".join(words) for words in sentences if words]
