"""The text of a consultation, and what can be counted in it: the answer of `POST /api/transcribe/process`.

Between the words and the text stands the `ir`: turns, cleaned, without roles. It is what is kept, so that the same
consultation can be told again with other roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alie.ambient.cleaning import spaced, without_fillers, without_repeats
from alie.ambient.turns import PATIENT, Turn, merged, roles_of, turns_of
from alie.transcript import Word

SINGLE_BLOCK = "single_block"
ROLE_PREFIXED = "role_prefixed"

Ir = dict[str, Any]


def read_turns(words: list[Word], language: str) -> tuple[Ir, dict[str, str]]:
    """The turns of a consultation as they will stand in its text, and the role of each speaker.

    Args:
        words: in order; at least one has a speaker.
        language: "fr" or "en".

    Returns:
        The ir: `language`; `turns`, each with `speaker`, `startTime`, `endTime`, `text` and `wordCount`;
        `totalDuration`, from the first word's beginning to the last word's end. Times are seconds.
    """
    heard = turns_of(words)
    turns = [
        replace(turn, words=without_repeats(turn.words, language)) for turn in merged(_without_fillers(heard, language))
    ]
    ir = {
        "language": language,
        "turns": [_entry(turn, language) for turn in turns],
        "totalDuration": round(max(word.end_s for word in words) - min(word.start_s for word in words), 3),
    }
    return ir, roles_of(heard)


def narrate(ir: Ir, roles: Mapping[str, str]) -> dict[str, Any]:
    """The narrative: a line for each turn, with its role; a single speaker needs neither.

    Args:
        ir: as `read_turns` gives it.
        roles: by speaker.
    """
    turns = ir["turns"]
    is_dialogue = len(roles) > 1
    lines = [f"{roles[turn['speaker']]}: {turn['text']}" for turn in turns]
    patient_turns = sum(roles[turn["speaker"]] == PATIENT for turn in turns)
    return {
        "format": ROLE_PREFIXED if is_dialogue else SINGLE_BLOCK,
        "content": "\n".join(lines) if is_dialogue else " ".join(turn["text"] for turn in turns),
        "metadata": {
            "totalSpeakers": len(roles),
            "patientTurns": patient_turns,
            "clinicianTurns": len(turns) - patient_turns,
            "totalDuration": ir["totalDuration"],
            "wordCount": sum(turn["wordCount"] for turn in turns),
        },
    }


def tell(ir: Ir, roles: Mapping[str, str]) -> dict[str, Any]:
    """What is answered: `narrative`, `irSummary` and `roleMap`; turns and words are counted as they stand in the text.

    Args:
        ir: as `read_turns` gives it.
        roles: by speaker.
    """
    summary = {"turnCount": len(ir["turns"]), "speakerCount": len(roles), "totalDuration": ir["totalDuration"]}
    return {"narrative": narrate(ir, roles), "irSummary": summary, "roleMap": dict(roles)}


def _entry(turn: Turn, language: str) -> dict[str, Any]:
    return {
        "speaker": turn.speaker,
        "startTime": turn.start_s,
        "endTime": turn.end_s,
        "text": spaced(turn.words, language),
        "wordCount": sum(not word.is_punctuation for word in turn.words),
    }


def _without_fillers(turns: list[Turn], language: str) -> list[Turn]:
    """Turns in which a word is left: an "um" of one speaker does not interrupt the other."""
    cleaned = [replace(turn, words=without_fillers(turn.words, language)) for turn in turns]
    return [turn for turn in cleaned if any(not word.is_punctuation for word in turn.words)]
