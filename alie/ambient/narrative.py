"""The text of a consultation, and what can be counted in it: the answer of `POST /api/transcribe/process`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from alie.ambient.cleaning import spaced, without_fillers, without_repeats
from alie.ambient.turns import PATIENT, Turn, merged, roles_of, turns_of
from alie.transcript import Word

SINGLE_BLOCK = "single_block"
ROLE_PREFIXED = "role_prefixed"


def tell(words: list[Word], language: str) -> dict[str, Any]:
    """Narrates a consultation.

    Args:
        words: in order; at least one has a speaker.
        language: "fr" or "en".

    Returns:
        `narrative`, `irSummary` and `roleMap`. Durations are seconds from the first word's beginning to the last
        word's end; turns and words are counted as they stand in the text.
    """
    heard = turns_of(words)
    roles = roles_of(heard)
    turns = [
        replace(turn, words=without_repeats(turn.words, language)) for turn in merged(_without_fillers(heard, language))
    ]
    duration_s = round(max(word.end_s for word in words) - min(word.start_s for word in words), 3)
    patient_turns = sum(roles[turn.speaker] == PATIENT for turn in turns)
    return {
        "narrative": {
            "format": ROLE_PREFIXED if len(roles) > 1 else SINGLE_BLOCK,
            "content": _content(turns, roles, language),
            "metadata": {
                "totalSpeakers": len(roles),
                "patientTurns": patient_turns,
                "clinicianTurns": len(turns) - patient_turns,
                "totalDuration": duration_s,
                "wordCount": sum(not word.is_punctuation for turn in turns for word in turn.words),
            },
        },
        "irSummary": {"turnCount": len(turns), "speakerCount": len(roles), "totalDuration": duration_s},
        "roleMap": roles,
    }


def _without_fillers(turns: list[Turn], language: str) -> list[Turn]:
    """Turns in which a word is left: an "um" of one speaker does not interrupt the other."""
    cleaned = [replace(turn, words=without_fillers(turn.words, language)) for turn in turns]
    return [turn for turn in cleaned if any(not word.is_punctuation for word in turn.words)]


def _content(turns: list[Turn], roles: dict[str, str], language: str) -> str:
    """A line for each turn, with its role; a single speaker needs neither."""
    texts = [spaced(turn.words, language) for turn in turns]
    if len(roles) == 1:
        return " ".join(texts)
    return "\n".join(f"{roles[turn.speaker]}: {text}" for turn, text in zip(turns, texts, strict=True))
