"""What a row of the table must look like from outside, at a server of dictations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tests.conformance.case import Case
from tests.support.memory_web import Frame


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a row.

    Attributes:
        answers: to texts, in order: the id of a pong of the protocol, or the code of an error.
        pongs: of RFC 6455, in order.
        close: the code of the close frame; None: there was none.
        audio: bytes that the engine was given, of whole samples; -1: not known, since the session is over.
    """

    answers: tuple[object, ...]
    pongs: tuple[bytes, ...]
    close: int | None
    audio: int


def expected(case: Case, before: int = 0) -> Seen:
    """What a started session must show; `before`: bytes of audio that it has heard already."""
    audio = sum(len(message) for message in case.messages if isinstance(message, bytes))
    answers = tuple(answer(message) for message in case.messages if isinstance(message, str))
    answers += (case.refusal,) if case.refusal else ()
    return Seen(answers, case.pongs, case.close, -1 if case.close else (before + audio) // 2 * 2)


def answer(message: str) -> object:
    """How a started session answers a text: `docs/protocol.md`."""
    try:
        return json.loads(message)["id"]
    except ValueError:
        return "INVALID_MESSAGE"


def saw(frames: Sequence[Frame], audio: int) -> Seen:
    """What a client saw in these frames; `audio` counts only if the session lives."""
    closes = [frame.close[0] for frame in frames if frame.opcode == 8]
    texts = [frame.message for frame in frames if frame.opcode == 1]
    return Seen(
        tuple(told["id"] if told["type"] == "pong" else told.get("code") for told in texts),
        tuple(frame.payload for frame in frames if frame.opcode == 10),
        closes[0] if closes else None,
        -1 if closes else audio,
    )
