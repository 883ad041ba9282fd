"""A server in memory that hears what it is really sent, and clients whose connection is cut wherever a test wants.

Its language is simple: a word is a block of samples that all have the word's number; zeros are silence.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from alie import replies, wire
from alie.audio import seconds
from alie.client import Cut, Phase, StartRequest, Told, TranscriptionClient
from alie.errors import SessionNotFound
from alie.transcript import Result, Word

Message = dict[str, Any]
RATE_HZ = 16000


def speech(words: int, word_bytes: int = 640, pause_bytes: int = 320) -> bytes:
    """Words number 1, 2, 3 ..., with pauses between."""
    return b"".join(bytes((number, 0)) * (word_bytes // 2) + bytes(pause_bytes) for number in range(1, words + 1))


@dataclass
class Session:
    """One dictation at the server; it outlives its socket."""

    id: str
    audio: bytearray = field(default_factory=bytearray)
    finals: list[Message] = field(default_factory=list)
    heard_to: int = 0
    results: int = 0
    is_stopped: bool = False
    token: str = "t"
    previous_token: str = "t"

    def listen(self, *, settles: bool) -> list[Message]:
        """Results of what is new: a final for a word with silence behind it, or if it has to settle; else a partial."""
        told = []
        while (start := self._next_word()) is not None:
            number = self.audio[start]
            stop = start
            while stop < len(self.audio) and self.audio[stop] == number:
                stop += 2
            is_final = settles or stop < len(self.audio)
            told.append(self._result(number, start, stop, is_final=is_final))
            if not is_final:
                break
            self.heard_to = stop
            self.finals.append(told[-1])
        return told

    def ack(self) -> Message:
        """How far audio has come."""
        word = self._next_word()
        settled = len(self.audio) if word is None else word
        return {
            "type": "audio_ack",
            "receivedBytes": len(self.audio),
            "finalBytes": settled,
            "bufferedSeconds": 0.0,
        }

    def _next_word(self) -> int | None:
        return next((at for at in range(self.heard_to, len(self.audio), 2) if self.audio[at]), None)

    def _result(self, number: int, start: int, stop: int, *, is_final: bool) -> Message:
        self.results += 1
        start_s, end_s = seconds(start, RATE_HZ), seconds(stop, RATE_HZ)
        # A word heard in part is not the word.
        text = f"w{number}" if stop - start == 640 else f"w{number}?"
        result = Result("x", start_s, end_s, text, is_final, (Word(text, start_s, end_s),) if is_final else ())
        name = f"{self.id}.{number}"
        return replies.transcription_result(result, result_id=name, seq=self.results, engine="e", with_words=True)


class Hub:
    """All sessions of one server.

    Attributes:
        said: every message of every client, on whatever socket.
        sessions: by name; a server that is killed has none.
    """

    def __init__(self) -> None:
        self.said: list[Message] = []
        self.sessions: dict[str, Session] = {}
        self._made = 0

    def greet(self) -> list[Message]:
        """The first message on a socket."""
        return [replies.connection_established("greeting", "2026-01-01T00:00:00Z")]

    def answer(self, session: Session | None, message: Message) -> tuple[Session | None, list[Message]]:
        """What a text message leads to: the socket's session, and what is told."""
        self.said.append(message)
        match message["type"]:
            case "start_transcription":
                self._made += 1
                session = self.sessions[f"s{self._made}"] = Session(f"s{self._made}")
                return session, [self._ready(session)]
            case "resume_transcription":
                return self._resume(message)
            case "flush" if session is not None:
                return session, [*session.listen(settles=True), session.ack(), replies.flushed(session.results)]
            case "stop_transcription" if session is not None:
                session.is_stopped = True
                return session, [*session.listen(settles=True), *self._end(session)]
        raise AssertionError(message)

    def hear(self, session: Session, audio: bytes) -> list[Message]:
        """What a frame of audio leads to."""
        assert not session.is_stopped
        session.audio += audio
        return [*session.listen(settles=False), session.ack()]

    def _ready(self, session: Session) -> Message:
        ready = replies.stream_ready(
            session.id, engine="e", language_code="en-US", sample_rate_hz=RATE_HZ, speaker_labels=False
        )
        return ready | {"resumeToken": session.token, "resumeWindowSeconds": 30, "resumePath": "/ws/transcription"}

    def _resume(self, message: Message) -> tuple[Session | None, list[Message]]:
        session = self.sessions.get(message["sessionId"])
        if session is None or message["resumeToken"] not in (session.token, session.previous_token):
            return None, [replies.transcription_error(SessionNotFound(), is_fatal=False)]
        session.previous_token, session.token = session.token, session.token + "'"
        missed = [final for final in session.finals if final["seq"] > message["lastSeq"]]
        resumed = {
            "type": "stream_resumed",
            "sessionId": session.id,
            "receivedBytes": len(session.audio),
            "resumeToken": session.token,
        }
        return session, [*missed, resumed, *(self._end(session) if session.is_stopped else [])]

    def _end(self, session: Session) -> list[Message]:
        audio_s = seconds(len(session.audio), RATE_HZ)
        return [replies.transcription_complete(audio_s=audio_s, finals=len(session.finals), lost_s=0.0)]


class Caller:
    """A client that speaks to a hub, one message after another; its connection ends when `fault` says so.

    Args:
        hub: the server.
        fault: asked before each delivery, with its number: whether the connection is cut there.

    Attributes:
        told: all that its user was told.
        deliveries: messages that arrived at either end.
    """

    def __init__(self, hub: Hub, fault: Callable[[int], bool] = lambda number: False) -> None:
        self.client = TranscriptionClient(StartRequest(wants_resume=True))
        self.told: list[Told] = []
        self.deliveries = 0
        self._hub = hub
        self._fault = fault
        self._session: Session | None = None
        self._coming: deque[Message] = deque()
        self._going: deque[tuple[bytes, bool]] = deque()
        self._connect()

    def dictate(self, audio: bytes, frame_bytes: int = 500, flush_at: int = 0) -> None:
        """From the start to the account; after so many bytes asks for a flush, and waits for it."""
        self._run(lambda: self.client.phase >= Phase.GREETED)
        self.client.start()
        self._run(lambda: self.client.phase >= Phase.READY)
        self._speak(audio[:flush_at], frame_bytes)
        self.client.flush()
        self._run(lambda: self.client.flushes > 0)
        self._speak(audio[flush_at:], frame_bytes)
        self.client.stop()
        self._run(lambda: self.client.phase >= Phase.COMPLETE)

    @property
    def words(self) -> list[tuple[str, float, float]]:
        """What was heard, and when."""
        return [(word.text, word.start_s, word.end_s) for final in self.client.finals for word in final.words]

    def _speak(self, audio: bytes, frame_bytes: int) -> None:
        for at in range(0, len(audio), frame_bytes):
            self.client.speak(audio[at : at + frame_bytes])
            self._run(lambda: self.client.has_room)

    def _run(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            assert self.client.failure is None, self.client.failure
            while (message := self.client.next()) is not None:
                self._going.append(message)
            assert self._going or self._coming, "nothing is under way, and nothing will be"
            self.deliveries += 1
            if self._fault(self.deliveries):
                self._cut()
            elif self._going:
                self._arrive(*self._going.popleft())
            else:
                self.told += self.client.receive(wire.encode(self._coming.popleft()))

    def _arrive(self, payload: bytes, is_binary: bool) -> None:
        if is_binary:
            assert self._session is not None
            self._coming += self._hub.hear(self._session, payload)
        else:
            self._session, answers = self._hub.answer(self._session, json.loads(payload))
            self._coming += answers

    def _cut(self) -> None:
        """What was under way is gone; what had arrived is not."""
        cut = self.client.disconnected(None, float(self.deliveries) / 1000, 0.5)
        assert isinstance(cut, Cut), self.client.failure
        self.told.append(cut)
        self._connect()

    def _connect(self) -> None:
        self._session = None
        self._going.clear()
        self._coming = deque(self._hub.greet())
