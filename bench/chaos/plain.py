"""A page of the contract: speaks to the daemon over one socket, and knows nothing of resuming."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, TimeoutError
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectError
from twisted.internet.task import deferLater

from alie.cli.player import FRAME_S, cut
from alie.cli.socket import OutgoingSocket, OutgoingSocketFactory
from alie.simulator.script import MARKS
from bench.chaos.story import Shown, Story
from tests.support.recordings import Take

# With a daemon that is being restarted, until its page gives up.
COME_WITHIN_S = 40.0
AGAIN_AFTER_S = 0.5
# For the end of a socket on which nothing comes any more.
_END_WITHIN_S = 60.0


class PlainSpeaker:
    """One dictation.

    Args:
        reactor: what connects and waits.
        take: what is said.
        story: where it is written down what the client saw.
        at: gives the port of the daemon's proxy.
    """

    def __init__(self, reactor: Any, take: Take, story: Story, at: Callable[[], int]) -> None:
        self._reactor = reactor
        self._take = take
        self._story = story
        self._at = at
        self._socket: OutgoingSocket | None = None
        self._opened: Deferred[bool] = Deferred()
        self._ready: Deferred[bool] = Deferred()
        self._closed: Deferred[None] = Deferred()

    async def speak(self) -> None:
        """Speaks the recording in real time, says that it stops, and waits for the close."""
        await self._connect()
        self._say({"languageCode": self._take.language_code, "sampleRate": 16000, "mode": "word_for_word"})
        if await self._ready:
            await self._play()
            self._say_type("stop_transcription")
        try:
            await self._closed.addTimeout(_END_WITHIN_S, self._reactor)
        except TimeoutError:
            self._story.failure = "the socket did not end"
            assert self._socket is not None
            self._socket.drop()
        results = self._story.of_type("transcription_result")
        finals = (one.message["text"] for one in results if one.message["isFinal"])
        self._story.received = tuple(word.rstrip(MARKS) for text in finals for word in text.split())

    async def _connect(self) -> None:
        """A page's user presses the button again until there is a socket."""
        deadline = self._reactor.seconds() + COME_WITHIN_S
        while True:
            self._opened = Deferred()
            endpoint = HostnameEndpoint(self._reactor, "127.0.0.1", self._at())
            url = f"ws://127.0.0.1:{self._at()}/ws/transcription"
            try:
                await endpoint.connect(OutgoingSocketFactory(url, self, self._reactor))
                if await self._opened:
                    return
            except ConnectError:
                pass
            if self._reactor.seconds() > deadline:
                raise ConnectionError("there was no daemon for too long")
            await deferLater(self._reactor, AGAIN_AFTER_S)

    async def _play(self) -> None:
        began_s = self._reactor.seconds()
        for number, frame in enumerate(cut(self._take.pcm)):
            due_s = began_s + (number + 1) * FRAME_S
            await deferLater(self._reactor, max(0.0, due_s - self._reactor.seconds()))
            if self._socket is None or self._socket.state != OutgoingSocket.STATE_OPEN:
                return
            self._socket.sendMessage(frame, isBinary=True)
            self._story.sent_s += len(frame) / 32_000

    def _say(self, fields: dict[str, Any]) -> None:
        self._say_type("start_transcription", **fields)

    def _say_type(self, type_: str, **fields: Any) -> None:
        if self._socket is not None and self._socket.state == OutgoingSocket.STATE_OPEN:
            self._socket.sendMessage(json.dumps({"type": type_, **fields}).encode())

    # SocketOwner

    def on_open(self, socket: OutgoingSocket) -> None:
        """The upgrade went through."""
        self._socket = socket
        self._opened.callback(True)

    def on_text(self, payload: bytes) -> None:
        """A message came."""
        message = json.loads(payload)
        self._story.shown.append(Shown(0, self._reactor.seconds(), message))
        if message["type"] == "stream_ready":
            self._ready.callback(True)

    def on_ping(self) -> None:
        """A page does not see pings."""

    def on_refused(self, status: int | None, error: BaseException) -> None:
        """There will be no WebSocket on this connection."""
        self._opened.callback(False)

    def on_closed(self, code: int | None) -> None:
        """The socket is gone."""
        self._story.close_code, self._story.closed_s = code, self._reactor.seconds()
        if not self._ready.called:
            self._ready.callback(False)
        self._closed.callback(None)
