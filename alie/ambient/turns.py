"""Who spoke when: words to turns, turns to roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alie.transcript import Word

MERGE_GAP_S = 1.0
MERGED_S = 15.0
PATIENT = "PATIENT"
CLINICIAN = "CLINICIAN"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said until another spoke.

    Attributes:
        speaker: label of the engine.
        words: in order, punctuation included; at least one.
    """

    speaker: str
    words: tuple[Word, ...]

    @property
    def start_s(self) -> float:
        """When it begins, in seconds."""
        return self.words[0].start_s

    @property
    def end_s(self) -> float:
        """When it ends, in seconds."""
        return self.words[-1].end_s


def turns_of(words: list[Word]) -> list[Turn]:
    """Begins a new turn whenever the speaker changes.

    A mark of punctuation, and a word of nobody known, belong to the turn before them; at the very beginning, to the
    first one.

    Args:
        words: in order; at least one has a speaker.
    """
    speaker = next(word.speaker for word in words if word.speaker)
    runs: list[tuple[str, list[Word]]] = [(speaker, [])]
    has_begun = False
    for word in words:
        if word.speaker and (not word.is_punctuation or not has_begun):
            has_begun = True
            if word.speaker != speaker:
                speaker = word.speaker
                runs.append((speaker, []))
        runs[-1][1].append(word)
    return [Turn(speaker, tuple(run)) for speaker, run in runs]


def merged(turns: Iterable[Turn]) -> list[Turn]:
    """Joins neighbouring turns of one speaker, at most 1.0 s apart, while they last 15 s at most together.

    Neighbours have one speaker where what another said between them was nothing but a filler.
    """
    groups: list[list[Turn]] = []
    for turn in turns:
        if groups and _belongs(turn, groups[-1]):
            groups[-1].append(turn)
        else:
            groups.append([turn])
    return [Turn(group[0].speaker, tuple(word for turn in group for word in turn.words)) for group in groups]


def _belongs(turn: Turn, group: list[Turn]) -> bool:
    first, last = group[0], group[-1]
    is_near = turn.start_s - last.end_s <= MERGE_GAP_S
    return turn.speaker == first.speaker and is_near and turn.end_s - first.start_s <= MERGED_S


def roles_of(turns: Iterable[Turn]) -> dict[str, str]:
    """Role by speaker, in the order they were heard: the first is the patient, all others are clinicians."""
    speakers = dict.fromkeys(turn.speaker for turn in turns)
    return {speaker: CLINICIAN if index else PATIENT for index, speaker in enumerate(speakers)}


def swapped(roles: Mapping[str, str]) -> dict[str, str]:
    """The same speakers with patient and clinician exchanged."""
    return {speaker: CLINICIAN if role == PATIENT else PATIENT for speaker, role in roles.items()}
