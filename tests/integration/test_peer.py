"""A real daemon and `websockets` as its client: an implementation that is neither ours nor Autobahn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.daemon import start
from tests.support.recordings import Take, take
from tests.support.transcribe import settings, simulate

FRAME_BYTES = 8192


class Session:
    """One session, in a thread of its own; it offers compression, as `websockets` does by default."""

    def __init__(self, url: str) -> None:
        self.socket: ClientConnection = connect(f"{url.replace('http', 'ws')}/ws/transcription", proxy=None)
        self.messages: list[dict[str, Any]] = []
        self.until("connection_established")

    def say(self, type_: str, **fields: Any) -> None:
        """One message, in one frame."""
        self.socket.send(json.dumps({"type": type_, **fields}))

    def until(self, type_: str) -> dict[str, Any]:
        """Reads up to a message of this type."""
        while not self.messages or self.messages[-1]["type"] != type_:
            self.messages.append(json.loads(self.socket.recv(timeout=30)))
        return self.messages[-1]

    def start(self, language_code: str) -> None:
        """Starts, in pieces: whoever sends an iterable of texts has `websockets` fragment the message."""
        text = json.dumps({"type": "start_transcription", "languageCode": language_code, "sampleRate": 16000})
        self.socket.send([text[:5], text[5:9], text[9:]])
        self.until("stream_ready")

    def closed(self) -> tuple[int, str]:
        """Code and reason of the close frame that came, after all messages."""
        try:
            while True:
                self.messages.append(json.loads(self.socket.recv(timeout=30)))
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")

    @property
    def words(self) -> list[str]:
        """Of all finals."""
        finals = [one["text"] for one in self.messages if one.get("isFinal")]
        return [word.strip(",.?!") for text in finals for word in text.split()]


def whole(frame: bytes) -> bytes:
    """A frame of audio in one frame of WebSocket."""
    return frame


def in_pieces(frame: bytes) -> Iterable[bytes]:
    """In four, two of them empty."""
    return [b"", frame[:101], b"", frame[101:]]


class PeerTests(TestCase):
    """Three sessions, one after the other, at one daemon."""

    timeout = 60

    def test_sessions(self) -> Deferred[None]:
        """All words come, and the end is in good order; what is too large is refused in words."""

        async def check() -> None:
            takes = [take("en-02-conf-invalid", 1), take("fr-02-conf-invalid", 2)]
            simulator = await simulate(self, takes)
            url = await start(self, **settings(simulator, shed_load=False)).listening
            for one, cut in zip(takes, (whole, in_pieces), strict=True):
                await deferToThread(self.dictate, url, one, cut)
            await deferToThread(self.shout, url)

        return Deferred.fromCoroutine(check())

    def dictate(self, url: str, one: Take, cut: Callable[[bytes], Any]) -> None:
        """A whole dictation, faster than real time, with pings that are answered."""
        session = Session(url)
        session.start(one.language_code)
        for at in range(0, len(one.pcm), FRAME_BYTES):
            session.socket.send(cut(one.pcm[at : at + FRAME_BYTES]))
        self.assertTrue(session.socket.ping(b"still there?").wait(10))
        session.say("stop_transcription")
        self.assertEqual(session.closed(), (1000, ""))
        self.assertEqual(session.words, [word.strip(",.?!") for word in one.script.texts])
        self.assertEqual(session.messages[-1]["type"], "transcription_complete")
        self.assertAlmostEqual(session.messages[-1]["audioSeconds"], one.duration_s, 2)

    def shout(self, url: str) -> None:
        """One byte more than a frame may have."""
        session = Session(url)
        session.start("en-US")
        session.socket.send(bytes(65537))
        code, reason = session.closed()
        self.assertEqual((code, session.messages[-1]["code"]), (1009, "FRAME_TOO_LARGE"))
        self.assertEqual(reason, session.messages[-1]["error"])
