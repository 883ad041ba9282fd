"""A dictation in real time by the client of `alie transcribe`, disturbed once, in the middle of what is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from twisted.internet import reactor

from alie.cli.address import parse
from alie.cli.link import connect
from alie.cli.player import cut, each, play
from alie.client import Back, Cut, StartRequest, Told, TranscriptionClient
from alie.server_messages import Segment
from tests.support.dictating_client import speech

# Three sentences of the long take, and a place in the second of them.
SPEECH_S = 12.6
MIDDLE_S = 7.0


def pcm() -> bytes:
    """What is said."""
    return speech("en-long")[: round(SPEECH_S * 32000)]


def words(client: TranscriptionClient) -> list[str]:
    """Lower-case words of all finals."""
    return [word for final in client.finals for word in re.findall(r"\w+", final.text.lower())]


class Speaker:
    """One dictation in real time; `strike` is called once, in the middle of what is said.

    Attributes:
        client: with all that came of it.
        told: all that the user was told.
    """

    def __init__(self, strike: Callable[[], Any] | None = None, on_cut: Callable[[], Any] | None = None) -> None:
        self.client = TranscriptionClient(StartRequest("en-US", wants_resume=True))
        self.told: list[Told] = []
        self._strike = strike
        self._on_cut = on_cut

    async def speak(self, url: str) -> Speaker:
        """From the greeting to the account."""
        link = await connect(reactor, parse(url), self.client, self._listen)
        try:
            await link.start()
            await play(reactor, link, each(cut(pcm())), is_realtime=True)
            await link.finish()
        finally:
            await link.close()
        return self

    @property
    def backs(self) -> list[Back]:
        """How it came back."""
        return [one for one in self.told if isinstance(one, Back)]

    def _listen(self, told: Told) -> None:
        self.told.append(told)
        if self._strike is not None and isinstance(told, Segment) and told.end_s > MIDDLE_S:
            strike, self._strike = self._strike, None
            reactor.callLater(0, strike)  # type: ignore[attr-defined]
        if isinstance(told, Cut) and self._on_cut is not None:
            on_cut, self._on_cut = self._on_cut, None
            on_cut()
