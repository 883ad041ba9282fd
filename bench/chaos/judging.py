"""What must be true of every session, whatever befell it; said as a list of what is not. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bench.chaos.blows import CUTS, LASTING, BlowKind, Strike
from bench.chaos.story import Shown, Story

TOLD_S = 5.0
"""From a fault that lasts to its being told."""
BACK_S = 1.7
"""Besides, until a client is back: what was under way when its leg went dead, and its back-off."""
UNHEARD_S = 4.5
"""And where nothing goes up while the server's pings still come down: the server finds out, two of its pings later."""
QUICK_S = 1.0
"""What is mended sooner has not failed for long."""
# Of sums of floats and of rounding to milliseconds.
_EXACT_S = 0.01


def complaints(story: Story, late_s: float = 0.0) -> list[str]:
    """Looks at one session that is over.

    Args:
        story: of it.
        late_s: how late a busy machine may have been with everything.
    """
    checks = (_plain if story.part.is_plain else _alie, _numbering, _segments, _repeats)
    found = [text for check in checks for text in check(story)]
    found += _untold(story, late_s)
    if story.heard is not None and story.heard.differing_bytes:
        found.append(f"{story.heard.differing_bytes} bytes were others when they came again")
    return [f"speaker {story.part.speaker}: {text} {_troubles(story)}" for text in found]


def _troubles(story: Story) -> str:
    kind = "plain" if story.part.is_plain else "alie"
    client = " ".join(strike.kind.name for strike in story.client_strikes)
    engine = " ".join(strike.kind.name for strike in story.engine_strikes)
    return f"[{kind}; client {client or '-'}; engine {engine or '-'}; {' '.join(name for _, name in story.kills)}]"


def _alie(story: Story) -> Iterator[str]:
    """A client that resumes: nothing is lost, whatever happens."""
    if story.failure is not None:
        yield f"did not come to its end: {story.failure}"
    yield from _everything(story)


def _plain(story: Story) -> Iterator[str]:
    """A client of the contract: everything while its socket holds; then it sees the close, and has a beginning."""
    if story.completed is not None:
        yield from _everything(story) if not story.lost_s else _true_loss(story)
        return
    if not story.is_cut:
        yield f"ended without its socket having been cut: {story.close_code} {story.failure}"
    if story.closed_s is None:
        yield "the close was not seen"
    if list(story.received) != list(story.expected[: len(story.received)]):
        yield f"not a beginning: {story.received} of {story.expected}"


def _everything(story: Story) -> Iterator[str]:
    """All audio was heard, and every word came once, in order."""
    if story.received != story.expected:
        counts = Counter(story.received)
        missing = [word for word in story.expected if not counts[word]]
        doubled = [word for word, count in counts.items() if count > 1]
        yield f"words missing {missing}, doubled {doubled}" if missing or doubled else "words out of order"
    if story.heard is None or story.heard.sha256 != story.pcm_sha256:
        missing_audio = story.heard.missing if story.heard else "all"
        yield f"{story.heard_s:.2f} of {story.recording_s:.2f} s were heard, without {missing_audio}"
    if story.lost_s:
        yield f"{story.lost_s} s told lost"


def _true_loss(story: Story) -> Iterator[str]:
    """What was told lost is what no leg heard, and what came is in order."""
    missing_s = story.recording_s - story.heard_s
    # A leg may have heard what it told nothing of: that counts as lost, too.
    if story.lost_s < missing_s - _EXACT_S:
        yield f"{story.lost_s} s told lost, {missing_s:.3f} s were heard by no leg"
    places = {word: place for place, word in enumerate(story.expected)}
    order = [places.get(word, -1) for word in story.received]
    if order != sorted(set(order)):
        yield f"words out of order or doubled: {story.received}"


def _numbering(story: Story) -> Iterator[str]:
    """On one socket numbers grow; a number that comes again, on another, says the same."""
    said: dict[tuple[str, int], dict[str, object]] = {}
    last: dict[int, int] = {}
    for one in story.of_type("transcription_result"):
        session, seq = _session(one), one.message["seq"]
        if seq <= last.get(one.socket, 0):
            yield f"number {seq} after {last[one.socket]} on one socket"
        last[one.socket] = seq
        known = said.setdefault((session, seq), one.message)
        if (known["text"], known["isFinal"]) != (one.message["text"], one.message["isFinal"]):
            yield f"number {seq} says something else when it comes again"
    if story.part.is_plain:
        numbers = [one.message["seq"] for one in story.of_type("transcription_result")]
        if numbers != sorted(set(numbers)) or (numbers and numbers[0] != 1):
            yield f"numbers {numbers}"


def _segments(story: Story) -> Iterator[str]:
    """Every segment that was shown has one final, its last result; but in a session that nobody could end."""
    finals: dict[str, set[int]] = {}
    last: dict[str, bool] = {}
    for one in story.of_type("transcription_result"):
        result_id = one.message["resultId"]
        last[result_id] = one.message["isFinal"]
        if one.message["isFinal"]:
            finals.setdefault(result_id, set()).add(one.message["seq"])
    yield from (f"{len(numbers)} finals of {name}" for name, numbers in finals.items() if len(numbers) > 1)
    ended = {_session(one) for one in story.of_type("transcription_result")[-1:] if story.completed}
    for result_id, is_final in last.items():
        if not is_final and result_id.rpartition(".")[0] in ended:
            yield f"{result_id} has no final, or a partial after it"


def _repeats(story: Story) -> Iterator[str]:
    """A final comes again only on another socket."""
    seen = Counter((one.socket, one.message["resultId"]) for one in _finals(story))
    yield from (f"final of {name} twice on one socket" for (_, name), count in seen.items() if count > 1)


def _finals(story: Story) -> list[Shown]:
    return [one for one in story.of_type("transcription_result") if one.message["isFinal"]]


def _session(one: Shown) -> str:
    return str(one.message["resultId"]).rpartition(".")[0]


def _untold(story: Story, late_s: float) -> Iterator[str]:
    """A leg that failed was replaced at once, or it was told."""
    for strike in story.client_strikes:
        if story.part.is_plain or strike.kind not in (*CUTS, *LASTING):
            continue
        again = next((at_s for at_s in story.accepted_s if at_s > strike.at_s), story.over_s)
        within_s = TOLD_S + BACK_S + (UNHEARD_S if strike.kind is BlowKind.DEAF_UP else 0.0)
        if again - strike.at_s > within_s + late_s:
            yield f"{strike.kind.name} on its own leg was noticed after {again - strike.at_s:.1f} s"
    if story.part.is_plain or story.is_cut:
        return
    for strike in story.engine_strikes:
        if strike.kind in CUTS and not _is_told(story, strike, late_s):
            yield f"{strike.kind.name} on the engine's leg was not told in time"


def _is_told(story: Story, strike: Strike, late_s: float) -> bool:
    """Whether another leg was there at once, or the client was told, or had been told."""
    # Whoever is overtaken notices with the reset, which comes a moment after the blow.
    latest = strike.at_s + (TOLD_S if strike.kind is BlowKind.OVERTAKEN else QUICK_S) + late_s
    if story.over_s < latest or any(strike.at_s <= leg.opened_s <= latest for leg in story.legs):
        return True
    told = [one for one in story.of_type("engine_status") if one.at_s <= strike.at_s + TOLD_S + late_s]
    return any(one.message["state"] == "recovering" and one.at_s >= strike.at_s - QUICK_S for one in told) or (
        bool(told) and told[-1].message["state"] == "recovering"
    )
