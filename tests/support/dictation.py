"""Speakers who dictate to a daemon, and what they get to see."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet import reactor
from twisted.internet.task import LoopingCall

from tests.support.dictating_client import DictatingClient, connect
from tests.support.recordings import RATE_HZ, Take

PATIENCE_S = 100.0
"""With a daemon that says nothing."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How somebody speaks.

    Attributes:
        frame_bytes: of audio in one message.
        speed: of the sending, in times real time.
        pauses: bytes of audio after which nothing is sent for so many seconds.
        is_plain: whether the client knows the contract's messages only.
    """

    frame_bytes: int = 8192
    speed: float = 1.0
    pauses: tuple[tuple[int, float], ...] = ()
    is_plain: bool = False


@dataclass(slots=True)
class Dictation:
    """One session from the client's side.

    Attributes:
        take: what is said.
        client: with all messages.
        session_id: as the daemon said.
        spoken_s: seconds of audio sent so far.
        stopped_s: when the speaker stopped, on the reactor's clock.
    """

    take: Take
    client: DictatingClient
    session_id: str
    spoken_s: float = 0.0
    stopped_s: float = 0.0

    def of_type(self, type_: str) -> list[dict[str, Any]]:
        """Messages of one type, in order."""
        return [message for message in self.client.messages if message["type"] == type_]

    @property
    def results(self) -> list[dict[str, Any]]:
        """Partials and finals."""
        return self.of_type("transcription_result")

    @property
    def finals(self) -> list[dict[str, Any]]:
        """Those that will not change; without those that withdraw what was shown."""
        return [result for result in self.results if result["isFinal"] and result["text"]]

    @property
    def states(self) -> list[tuple[float, str]]:
        """States of the engine, and since when each was known, on the reactor's clock."""
        timed = zip(self.client.messages, self.client.arrived_s, strict=True)
        return [(at_s, message["state"]) for message, at_s in timed if message["type"] == "engine_status"]


async def begin(url: str, take: Take, manner: Manner, trusted: Any = None) -> Dictation:
    """Connects and starts; fires when audio may be sent. `trusted`: a root, where `url` is https."""
    client = await connect(url, trusted=trusted)
    extras = {} if manner.is_plain else {"words": True}
    client.say(
        "start_transcription",
        languageCode=take.language_code,
        sampleRate=RATE_HZ,
        mode="word_for_word",
        **extras,
    )
    ready = await client.message("stream_ready").addTimeout(PATIENCE_S, reactor)
    return Dictation(take, client, ready["sessionId"])


async def speak(dictation: Dictation, manner: Manner, is_enough: Callable[[], bool] = lambda: False) -> None:
    """Sends the recording at the speed of speech, or as `manner` says; stops early when it `is_enough`."""
    frames = iter(_turns(dictation.take.pcm, manner))

    def send() -> None:
        frame = next(frames, None)
        if frame is None or is_enough():
            microphone.stop()
        elif frame:
            dictation.client.sendMessage(frame, isBinary=True)
            dictation.spoken_s += len(frame) / 2 / RATE_HZ

    microphone = LoopingCall(send)
    microphone.clock = reactor
    await microphone.start(manner.frame_bytes / 2 / RATE_HZ / manner.speed)


async def end(dictation: Dictation, within_s: float = PATIENCE_S) -> None:
    """Stops, and waits for the close.

    Raises:
        TimeoutError: it does not come.
    """
    dictation.stopped_s = reactor.seconds()  # type: ignore[attr-defined]
    dictation.client.say("stop_transcription")
    await dictation.client.closed.addTimeout(within_s, reactor)


def _turns(pcm: bytes, manner: Manner) -> Sequence[bytes]:
    """What is sent each time; nothing in a pause."""
    turns: list[bytes] = []
    turn_s = manner.frame_bytes / 2 / RATE_HZ / manner.speed
    pauses = list(manner.pauses)
    for start in range(0, len(pcm), manner.frame_bytes):
        while pauses and start >= pauses[0][0]:
            turns += [b""] * round(pauses.pop(0)[1] / turn_s)
        turns.append(pcm[start : start + manner.frame_bytes])
    return turns
