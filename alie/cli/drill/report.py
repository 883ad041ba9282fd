"""An exercise as text for people, and as JSON for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from alie.cli.drill.account import Dictation, Round, Told
from alie.cli.drill.options import Order

_COLUMNS = "{:>7}  {:<11}  {:<8}  {:>5}  {:>4}  {:>7}  {:>7}  {:<8}  {:<8}  {:>6}  {}\n"
_HEADS = ("session", "fault", "language", "words", "once", "doubled", "missing", "sent", "heard", "lost s", "verdict")
_SENTENCES = {
    "recovering": "that the engine is being recovered",
    "failed_over": "that another engine took over",
    "live": "that words go on",
}


def opening(order: Order) -> str:
    """What is going to happen."""
    another = "; the embedded engine may take over" if order.may_fail_over else ""
    return (
        f"Fault exercise: {_count(len(order.kinds), 'fault')}, {_count(order.sessions, 'session')} at once, "
        f"transport {order.transport}{another}.\n"
        "Amazon is simulated: no audio and no text leave this machine, and the words are scripted.\n\n"
    )


def block(done: Round) -> str:
    """One kind of fault: what was done, what clients were told and when, what was heard again, what came of it."""
    again = [session.heard_again_s for session in done.sessions]
    lines = [f"{done.kind.name:<13}{done.kind.sentence}"]
    lines.append(f"struck: {done.struck} of {_count(len(done.sessions), 'session')}")
    lines += [f"told: {_telling(told)}" for told in done.told] or ["told: nothing, and nothing had to be told"]
    lines.append(f"heard again: {max(again):.1f} s at most")
    lines.append(f"verdict: {_verdict(done.sessions)}")
    return f"\n{'':13}".join(lines) + "\n\n"


def table(rounds: Sequence[Round]) -> str:
    """Every session in a line; the hashes are of the audio, its beginning is shown."""
    return _COLUMNS.format(*_HEADS) + "".join(
        _COLUMNS.format(*_row(done.kind.name, session)) for done in rounds for session in done.sessions
    )


def closing(order: Order, rounds: Sequence[Round], took_s: float) -> str:
    """What came of it all, and what to do if that is not good."""
    sessions = [session for done in rounds for session in done.sessions]
    told = f"\n{_verdict(sessions)}, in {took_s:.0f} s\n"
    bad = ",".join(done.kind.name for done in rounds if not done.is_well)
    if bad:
        told += (
            f"what to do: repeat it with --faults {bad} --seed {order.seed} --keep-log FILE, and look into the log\n"
        )
    return told


def content(order: Order, rounds: Sequence[Round], took_s: float) -> dict[str, Any]:
    """All of it for JSON."""
    return {
        "transport": order.transport,
        "failover": order.may_fail_over,
        "seed": order.seed,
        "ok": bool(rounds) and all(done.is_well for done in rounds),
        "tookSeconds": round(took_s, 1),
        "faults": [_round(done) for done in rounds],
    }


def _round(done: Round) -> dict[str, Any]:
    return {
        "fault": done.kind.name,
        "done": done.kind.sentence,
        "ok": done.is_well,
        "struck": done.struck,
        "told": [
            {
                "state": told.state,
                "causes": told.causes,
                "sessions": told.sessions,
                "longestSeconds": round(told.longest_s, 3),
            }
            for told in done.told
        ],
        "heardAgainSeconds": round(max(session.heard_again_s for session in done.sessions), 3),
        "sessions": [_session(session) for session in done.sessions],
    }


def _session(session: Dictation) -> dict[str, Any]:
    return {
        "session": session.number,
        "language": session.language_code,
        "ok": not session.shortcomings,
        "shortcomings": session.shortcomings,
        "words": len(session.expected),
        "once": session.once,
        "doubled": session.doubled,
        "missing": session.missing,
        "others": session.others,
        "sentSha256": session.sent_sha256,
        "heardSha256": session.heard_sha256,
        "heardAgainSeconds": round(session.heard_again_s, 3),
        "lostSeconds": session.lost_s,
        "told": [
            {"state": one.state, "engine": one.engine, "code": one.code, "afterSeconds": round(one.after_s, 3)}
            for one in session.told
        ],
    }


def _row(fault: str, session: Dictation) -> Iterator[object]:
    yield from (session.number, fault, session.language_code, len(session.expected))
    yield from (session.once, session.doubled, session.missing, session.sent_sha256[:8], session.heard_sha256[:8])
    yield "?" if session.lost_s is None else f"{session.lost_s:.1f}"
    others = f"ok, {session.others} words in another engine's spelling" if session.has_failed_over else "ok"
    yield ", ".join(session.shortcomings) or others


def _telling(told: Told) -> str:
    causes = f" ({', '.join(told.causes)})" if told.causes else ""
    sentence = _SENTENCES.get(told.state, told.state)
    return f"{_count(told.sessions, 'session')}, {sentence}{causes}, after {told.longest_s:.1f} s at most"


def _verdict(sessions: Sequence[Dictation]) -> str:
    bad = sum(bool(session.shortcomings) for session in sessions)
    if bad:
        return f"FAILED in {bad} of {_count(len(sessions), 'session')}"
    words = sum(len(session.expected) for session in sessions)
    lost = "no audio" if any(session.has_failed_over for session in sessions) else "none"
    return f"ok: {words} words in {_count(len(sessions), 'session')}, {lost} lost, none doubled"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
