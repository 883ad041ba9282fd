"""A client that resumes: the one behind `alie transcribe`, with every message of the daemon written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.internet.task import deferLater

from alie.cli.address import parse
from alie.cli.link import Link, connect
from alie.cli.player import cut, each, play
from alie.cli.reasons import SessionFailed
from alie.client import StartRequest, TranscriptionClient
from alie.simulator.script import MARKS
from bench.chaos.plain import AGAIN_AFTER_S, COME_WITHIN_S
from bench.chaos.story import Shown, Story
from tests.support.recordings import Take


class Witness(TranscriptionClient):
    """The client itself; what it is told is written down before it takes it.

    Args:
        request: what the session is asked to be.
        write: is given every message as it comes over the wire, decoded.
    """

    def __init__(self, request: StartRequest, write: Callable[[dict[str, Any]], None]) -> None:
        super().__init__(request)
        self._write = write

    def receive(self, text: bytes) -> Any:
        """See `TranscriptionClient.receive`."""
        self._write(json.loads(text))
        return super().receive(text)


class Talker:
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
        self._sockets = 0

    async def speak(self) -> None:
        """Speaks the recording in real time, says that it stops, and waits for the last word."""
        client = None
        try:
            link = await self._begin()
            client = link.client
            try:
                await play(self._reactor, link, each(cut(self._take.pcm)), is_realtime=True)
                await link.finish()
            finally:
                await link.close()
        except SessionFailed as error:
            self._story.failure = str(error.trouble.sentence)
        if client is not None:
            words = (word.rstrip(MARKS) for final in client.finals for word in final.text.split())
            self._story.received = tuple(words)
            self._story.sent_s = client.sent_s

    async def _begin(self) -> Link:
        """Whoever has not begun to speak presses the button again until there is a session."""
        deadline = self._reactor.seconds() + COME_WITHIN_S
        while True:
            client = Witness(StartRequest(language_code=self._take.language_code, wants_resume=True), self._write)
            try:
                link = await connect(self._reactor, parse(f"http://127.0.0.1:{self._at()}"), client)
                try:
                    await link.start()
                    return link
                except BaseException:
                    await link.close()
                    raise
            except SessionFailed:
                if self._reactor.seconds() > deadline:
                    raise
            await deferLater(self._reactor, AGAIN_AFTER_S)

    def _write(self, message: dict[str, Any]) -> None:
        # The greeting is the first message of every socket.
        self._sockets += message["type"] == "connection_established"
        self._story.shown.append(Shown(self._sockets - 1, self._reactor.seconds(), message))
