"""What must be true of every dictation, whatever befell its streams; said as a list of what is not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from alie.simulator.records import LegRecord
from alie.simulator.script import MARKS, ScriptedWord
from alie.simulator.simulator import Simulator
from tests.support.dictation import Dictation

TIMES_S = 0.25
"""Between a word's time on the wire and in the script: half a word, for those in which a speaker pauses."""
TOLD_S = 5.0
"""From a fault that lasts to its being told."""
QUICK_S = 1.0
"""A leg that is replaced sooner has not failed for long."""
FASTEST = 4.0
"""Times the speed of speech at which Alie sends what has waited."""
GOOD_ENDS = ("end", "client", "")


def complaints(dictation: Dictation, simulator: Simulator, late_s: float = 0.0) -> Iterator[str]:
    """Looks at one dictation that is over.

    Args:
        dictation: of a speaker.
        simulator: that heard it.
        late_s: how late a busy machine may be with everything.
    """
    speaker = dictation.take.speaker
    checks = (_audio, _words, _times, _numbering, _last_word)
    found = [text for check in checks for text in check(dictation, simulator)]
    found += _untold(dictation, simulator, late_s)
    legs = " ".join(f"{'+'.join(leg.faults)}>{leg.ended_by}" for leg in legs_of(dictation, simulator))
    yield from (f"speaker {speaker}: {text} [{legs}]" for text in found)


def legs_of(dictation: Dictation, simulator: Simulator) -> list[LegRecord]:
    """Every leg of the session: also those that never heard it."""
    speaker, session_id = dictation.take.speaker, dictation.session_id
    return [leg for leg in simulator.legs if leg.session_id == session_id or speaker in leg.speakers]


def _audio(dictation: Dictation, simulator: Simulator) -> Iterator[str]:
    """All of it was heard, and nothing else."""
    heard, take = simulator.heard_by(dictation.take.speaker), dictation.take
    if heard.sha256 != hashlib.sha256(take.pcm).hexdigest():
        yield f"other audio: {len(heard.recording)} of {len(take.pcm)} bytes, without {heard.missing}"
    if heard.differing_bytes:
        yield f"{heard.differing_bytes} bytes were others when they came again"


def _words(dictation: Dictation, simulator: Simulator) -> Iterator[str]:
    """Each of them came once, and in order."""
    told = [word.rstrip(MARKS) for final in dictation.finals for word in final["text"].split()]
    if told != dictation.take.script.texts:
        yield f"other words: {told} instead of {dictation.take.script.texts}"


def _times(dictation: Dictation, simulator: Simulator) -> Iterator[str]:
    """Finals are where their words are, and each word where it was said."""
    scripted = {word.text.rstrip(MARKS): word for word in dictation.take.script.words}
    for final in dictation.finals:
        texts = [text.rstrip(MARKS) for text in final["text"].split()]
        said = [scripted[text] for text in texts if text in scripted]
        if said and not _is_at(final, said[0].start_s, said[-1].end_s):
            yield f"a final from {final['startTime']} to {final['endTime']}, not {said[0].start_s} to {said[-1].end_s}"
        for word in final.get("words", ()):
            known: ScriptedWord | None = scripted.get(word["text"])
            if known is not None and not _is_at(word, known.start_s, known.end_s):
                yield f"{word} was said at {known.start_s} to {known.end_s}"
    for before, after in pairwise(dictation.finals):
        if after["startTime"] < before["endTime"] - TIMES_S:
            yield f"a final begins at {after['startTime']}, the one before it ends at {before['endTime']}"


def _is_at(timed: dict[str, float], start_s: float, end_s: float) -> bool:
    return abs(timed["startTime"] - start_s) <= TIMES_S and abs(timed["endTime"] - end_s) <= TIMES_S


def _numbering(dictation: Dictation, simulator: Simulator) -> Iterator[str]:
    """Results are numbered, and every segment that was shown has one final, its last result."""
    results = dictation.results
    numbers = [result["seq"] for result in results]
    if numbers != list(range(1, len(results) + 1)):
        yield f"numbers {numbers}"
    finals = Counter(result["resultId"] for result in results if result["isFinal"])
    for result_id in {result["resultId"] for result in results}:
        if finals[result_id] != 1:
            yield f"{finals[result_id]} finals of {result_id}"
    last = {result["resultId"]: result["isFinal"] for result in results}
    yield from (f"a partial of {result_id} after its final" for result_id, is_final in last.items() if not is_final)


def _last_word(dictation: Dictation, simulator: Simulator) -> Iterator[str]:
    """It came to its end in good order, and nothing is missing."""
    last, take = dictation.client.messages[-1], dictation.take
    if last["type"] != "transcription_complete":
        yield f"the last message is {last}"
        return
    wanted = {"audioSeconds": round(take.duration_s, 3), "finals": len(dictation.finals), "lostSeconds": 0}
    if {name: last[name] for name in wanted} != wanted:
        yield f"{last} instead of {wanted}"
    yield from (f"error {error['code']}" for error in dictation.of_type("transcription_error"))


def _untold(dictation: Dictation, simulator: Simulator, late_s: float) -> Iterator[str]:
    """Trouble that lasts was told in time."""
    legs = legs_of(dictation, simulator)
    over_s = dictation.client.arrived_s[-1]
    for leg, follower in zip(legs, [*legs[1:], None], strict=True):
        failed_s = _failed_s(dictation, leg)
        if failed_s is None:
            continue
        mended_s = over_s if follower is None else follower.opened_s
        if mended_s > failed_s + QUICK_S and not _is_known(dictation, failed_s, TOLD_S + late_s):
            told = [(round(at_s - failed_s, 2), state) for at_s, state in dictation.states]
            yield f"not told in time of {leg.faults} {leg.ended_by}: {told}"


def _is_known(dictation: Dictation, failed_s: float, within_s: float) -> bool:
    """Whether the client knows in time, or still, that the engine is being recovered."""
    known = [state for at_s, state in dictation.states if at_s < failed_s - QUICK_S][-1:]
    known += [state for at_s, state in dictation.states if -QUICK_S <= at_s - failed_s <= within_s]
    return "recovering" in known


def _failed_s(dictation: Dictation, leg: LegRecord) -> float | None:
    """From when on it could be told that the leg is dead; None: it is not."""
    if "HALF_OPEN" in leg.faults and leg.struck_s is not None:
        # That nothing is said means something only when the end has been asked for, and what was left has been sent.
        asked_s = dictation.stopped_s + dictation.take.duration_s / FASTEST
        return max(leg.struck_s, asked_s) if leg.ended_by == "client" else None
    if leg.ended_by in GOOD_ENDS:
        return None
    return leg.closed_s
