"""What an engine heard, as frozen values. Times are seconds on the stream's clock, which starts at its first sample."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or one mark of punctuation.

    Attributes:
        text: as it is shown, without surrounding blanks.
        start_s: seconds on the stream's clock.
        end_s: seconds, never before `start_s`.
        confidence: 0..1, or None when the engine gives none.
        speaker: the engine's label, such as "spk_0", or None.
        is_punctuation: whether this is a mark and not a word.
        is_stable: in a partial, whether the engine will not change it any more; None when the engine does not say.
    """

    text: str
    start_s: float
    end_s: float
    confidence: float | None = None
    speaker: str | None = None
    is_punctuation: bool = False
    is_stable: bool | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """Personal information that an engine found in a final: where, not what.

    Attributes:
        category: such as "PII".
        type: such as "NAME" or "PHONE".
        start_s: seconds on the stream's clock.
        end_s: seconds.
        confidence: 0..1, or None when the engine gives none.
    """

    category: str
    type: str
    start_s: float
    end_s: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A partial (may change) or final (will not) reading of one segment of speech.

    An engine sends any number of partials and then exactly one final under the same `segment_id`; text that turns
    out to be nothing ends as a final with empty `text`.

    Attributes:
        segment_id: the engine's own name for the segment, unique within its stream.
        start_s: seconds on the stream's clock.
        end_s: seconds, never before `start_s`.
        text: what was heard; finals are punctuated.
        is_final: whether this is the last word on the segment.
        words: filled on finals where the engine gives them; on partials only where words were asked for.
        language_code: "fr-CA" or "en-US" where the engine identified it, else None.
        entities: personal information found in a final, where the engine was told to look for it.
        engine: name of the engine that heard it; None where there is only one.
    """

    segment_id: str
    start_s: float
    end_s: float
    text: str
    is_final: bool
    words: tuple[Word, ...] = ()
    language_code: str | None = None
    entities: tuple[Entity, ...] = ()
    engine: str | None = None

    @property
    def confidence(self) -> float | None:
        """Mean confidence over the words, punctuation left out, 0..1; None when the engine gave none."""
        if not self.words:
            return None
        words = (word for word in self.words if not word.is_punctuation)
        known = [word.confidence for word in words if word.confidence is not None]
        return sum(known) / len(known) if known else None

    @property
    def speaker(self) -> str | None:
        """Label of the first word that has one."""
        return next((word.speaker for word in self.words if word.speaker), None) if self.words else None
