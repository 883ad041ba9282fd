"""Dictations of rare words, in every way that a dictation can go, and fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, gatherResults

from alie.simulator.faults import FaultKind, LegFault
from alie.simulator.script import Script, ScriptedWord
from alie.simulator.stamp import stamp
from tests.support.canary_words import Book
from tests.support.dictating_client import DictatingClient, connect, speech
from tests.support.dictation import Dictation, Manner, speak
from tests.support.recordings import Take
from tests.support.transcribe import Rota

FAULTS = {
    "a reset": LegFault(FaultKind.RESET, at_s=1.0),
    "an exception": LegFault(FaultKind.EXCEPTION, at_s=1.0),
    "a bad request": LegFault(FaultKind.EXCEPTION, at_s=1.0, exception_type="BadRequestException"),
    "an early close": LegFault(FaultKind.CLEAN_CLOSE, at_s=1.0),
    "expired credentials": LegFault(FaultKind.EXPIRED_CREDENTIALS),
    "a throttled start": LegFault(FaultKind.THROTTLE_AT_OPEN),
}
WAYS = ("all messages", "ambient", "an abrupt end", "too large a frame", "a bad token", "a broken socket", *FAULTS)
RESUME_TOKEN = "resume token"
_MANNER = Manner(speed=4.0)
_WORDS = 6
_WORD_S = 0.4
_PATIENCE_S = 20


class Speakers:
    """All of them at once.

    Args:
        book: makes up their words.

    Attributes:
        takes: what each says: give these to the simulator.
        rota: what fails for whom.
        clients: every socket there was, with the label of what may be told on it.
    """

    def __init__(self, book: Book) -> None:
        self.rota = Rota()
        self.clients: list[tuple[str, DictatingClient]] = []
        self._book = book
        self.takes = {way: self._take(number, way) for number, way in enumerate(WAYS, 1)}

    def _take(self, speaker: int, way: str) -> Take:
        words = [*self._book.phrase(f"words before {way}", _WORDS - 1).split()]
        said = tuple(
            ScriptedWord(f"{word}{'.' if at == _WORDS - 1 else ''}", at * _WORD_S, (at + 1) * _WORD_S)
            for at, word in enumerate(words)
        )
        pcm = stamp(speech("en-02-conf-invalid")[: round(2 * 16000 * _WORDS * _WORD_S)], speaker)
        return Take(speaker, "en-US", self._book.audio(f"sound of {way}", pcm), Script("en-US", said))

    async def speak(self, url: str, token: str) -> None:
        """Everybody, one in each way; and those who never get to speak."""
        everybody = [
            self._all_messages(url, token),
            self._whole("ambient", url, token, mode="ambient"),
            self._abrupt(url, token),
            self._too_large(url, token),
            self._bad_token(url, token),
            self._broken(url, token),
            *(self._faulty(way, fault, url, token) for way, fault in FAULTS.items()),
            *(self._refused(url, message) for message in self._bad_starts()),
        ]
        await gatherResults([Deferred.fromCoroutine(one) for one in everybody], consumeErrors=True)

    async def one(self, url: str, token: str) -> DictatingClient:
        """One only, from beginning to end."""
        return await self._whole("ambient", url, token, mode="ambient", is_checked=False)

    async def _open(self, way: str, url: str, token: str, **fields: Any) -> Dictation:
        client = await self._connect(url, f"words before {way}")
        client.say("start_transcription", languageCode="en-US", sampleRate=16000, words=True, token=token, **fields)
        ready = await client.message("stream_ready").addTimeout(_PATIENCE_S, reactor)
        return Dictation(self.takes[way], client, ready["sessionId"])

    async def _connect(self, url: str, label: str) -> DictatingClient:
        client = await connect(url)
        self.clients.append((label, client))
        return client

    async def _end(self, dictation: Dictation, *, is_checked: bool = True) -> DictatingClient:
        """Stops; what was heard must be what was said, or nothing would be proved."""
        if not dictation.client.closed.called:
            dictation.client.say("stop_transcription")
        await dictation.client.closed.addTimeout(_PATIENCE_S, reactor)
        script = dictation.take.script
        if is_checked and script.texts[-1] not in dictation.client.text:
            raise AssertionError(f"Nothing was heard: {[one.get('code') for one in dictation.client.messages]}")
        return dictation.client

    async def _whole(
        self, way: str, url: str, token: str, *, is_checked: bool = True, **fields: Any
    ) -> DictatingClient:
        dictation = await self._open(way, url, token, **fields)
        await speak(dictation, _MANNER, lambda: dictation.client.closed.called)
        return await self._end(dictation, is_checked=is_checked)

    async def _all_messages(self, url: str, token: str) -> None:
        """Every message there is, good and bad, around what is said."""
        book = self._book
        phrases = [book.phrase("vocabulary") for _ in range(3)]
        dictation = await self._open("all messages", url, token, vocabulary=phrases, ack=True, resume=True)
        client = dictation.client
        for payload in (
            f'{{"type": "{book.phrase("broken message")}',
            book.phrase("no message"),
            json.dumps([book.word("a list")]),
        ):
            client.sendMessage(payload.encode())
        client.say(book.word("unknown type"), **{book.word("unknown field"): book.phrase("unknown message")})
        client.say("ping", id=[book.word("bad ping")])
        for type_ in ("cmd.save", "cmd.export", "voice_command", "audio_init", "start_transcription"):
            client.say(
                type_, text=book.phrase(type_), payload={"transcript": book.phrase(type_)}, sampleRate=book.word(type_)
            )
        await speak(dictation, _MANNER)
        for type_ in ("flush", "pause", "unpause"):
            client.say(type_, note=book.phrase(type_))
        await client.message("flushed").addTimeout(_PATIENCE_S, reactor)
        await self._end(dictation)

    async def _abrupt(self, url: str, token: str) -> None:
        dictation = await self._open("an abrupt end", url, token)
        await speak(dictation, _MANNER, lambda: bool(dictation.results))
        dictation.client.transport.abortConnection()
        await dictation.client.closed

    async def _too_large(self, url: str, token: str) -> None:
        dictation = await self._open("too large a frame", url, token)
        await speak(dictation, _MANNER, lambda: bool(dictation.results))
        dictation.client.sendMessage(self._book.word("large frame").encode() * 6000, isBinary=True)
        await dictation.client.closed.addTimeout(_PATIENCE_S, reactor)

    async def _bad_token(self, url: str, token: str) -> None:
        """A good one first; the bad one comes while it is spoken."""
        dictation = await self._open("a bad token", url, token)
        dictation.client.say("authenticate", token=self._book.token("token of a renewal"))
        await speak(dictation, _MANNER, lambda: dictation.client.closed.called)
        await self._end(dictation, is_checked=False)

    async def _broken(self, url: str, token: str) -> None:
        """The socket breaks in mid-sentence; the client comes back, and goes on where its audio had arrived."""
        way = "a broken socket"
        first = await self._open(way, url, token, ack=True, resume=True)
        shown = self._book.known(RESUME_TOKEN, (await first.client.message("stream_ready"))["resumeToken"])
        await speak(first, _MANNER, lambda: bool(first.results))
        first.client.transport.abortConnection()
        await first.client.closed
        client = await self._connect(url, f"words before {way}")
        session = {"sessionId": first.session_id, "resumeToken": shown, "lastSeq": 0}
        client.say("resume_transcription", token=token, **session)
        resumed = await client.message("stream_resumed").addTimeout(_PATIENCE_S, reactor)
        self._book.known(RESUME_TOKEN, resumed["resumeToken"])
        rest = replace(first.take, pcm=first.take.pcm[resumed["receivedBytes"] :])
        second = Dictation(rest, client, first.session_id)
        await speak(second, _MANNER)
        await self._end(second)

    async def _faulty(self, way: str, fault: LegFault, url: str, token: str) -> None:
        self.rota.assign(self.takes[way].speaker, [fault])
        dictation = await self._open(way, url, token)
        self.rota.introduce(dictation.session_id, dictation.take.speaker)
        await speak(dictation, _MANNER)
        await self._end(dictation)

    async def _refused(self, url: str, tell: Callable[[DictatingClient], None]) -> None:
        """No session comes of it; whoever is not closed goes away."""
        client = await self._connect(url, "")
        tell(client)
        client.say("ping", id="after")
        await DeferredList([client.message("pong"), client.closed], fireOnOneCallback=True)
        client.dropConnection(abort=True)
        await client.closed

    def _bad_starts(self) -> list[Callable[[DictatingClient], None]]:
        book = self._book

        def start(**fields: Any) -> Callable[[DictatingClient], None]:
            return lambda client: client.say("start_transcription", **{"languageCode": "en-US", **fields})

        return [
            start(languageCode=book.word("language")),
            start(token=book.token("token of a start")),
            start(token=book.phrase("no token")),
            start(vocabulary=[{"phrase": book.phrase("bad vocabulary")}]),
            start(vocabulary=book.phrase("vocabulary name") * 20),
            lambda client: client.say("authenticate", token=book.token("token alone")),
            lambda client: client.say(
                "resume_transcription",
                sessionId=book.word("session"),
                resumeToken=book.word("resume"),
                lastSeq=0,
                token=book.token("resuming"),
            ),
            lambda client: client.sendMessage(
                f'{{"type": "start_transcription", "x": "{book.phrase("broken start")}'.encode()
            ),
            lambda client: client.sendMessage(book.phrase("text frame").encode() * 8000),
            lambda client: client.sendMessage(book.phrase("early audio").encode() * 20, isBinary=True),
        ]
