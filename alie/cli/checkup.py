"""The steps of `alie check`: the way of a dictation, from the connection to the last word."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Factory, Protocol

from alie.audio import seconds
from alie.cli import samples
from alie.cli.address import Address
from alie.cli.advice import advice_on
from alie.cli.dialing import CONNECT_TIMEOUT_S
from alie.cli.link import Link, connect
from alie.cli.player import cut, each, play
from alie.cli.reasons import SessionFailed, unreachable
from alie.cli.rest import get
from alie.client import PCM_RATE_HZ, Back, Cut, StartRequest, Told, TranscriptionClient
from alie.server_messages import Segment, Trouble

# An engine may mishear a word or write a number as digits; most of the sentence has to come back.
ENOUGH_WORDS = 0.6

OK, FAILED, SKIPPED = "ok", "failed", "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one step found.

    Attributes:
        step: its name.
        state: `OK`, `FAILED` or `SKIPPED` (a step that it needs has failed).
        took_s: seconds it took.
        detail: what was seen, in words.
        advice: what to do about a failure, else empty.
    """

    step: str
    state: str
    took_s: float
    detail: str
    advice: str = ""


class Checkup:
    """One walk through all the steps.

    Args:
        reactor: what waits and connects.
        address: of the server.
        language_code: "en-US" or "fr-CA", of the spoken sample.
        token: proof of who is speaking, where the server wants one.
    """

    def __init__(self, reactor: Any, address: Address, language_code: str, token: str | None) -> None:
        self._reactor = reactor
        self._address = address
        self._language_code = language_code
        self._client = TranscriptionClient(StartRequest(language_code, token=token, wants_resume=True))
        self._link: Link | None = None
        self._result_times: list[float] = []
        self._is_cut_by_us = False
        self._back: Back | None = None

    async def findings(self) -> AsyncIterator[Finding]:
        """Takes the steps in order and tells of each as it ends; one whose ground is missing is skipped."""
        missing = set()
        for step, needed, take in self._steps():
            if needed in missing:
                missing.add(step)
                yield Finding(step, SKIPPED, 0.0, f"needs {needed}")
                continue
            finding = await self._take(step, take)
            if finding.state == FAILED:
                missing.add(step)
            yield finding

    async def close(self) -> None:
        """Closes the socket, if one is open."""
        if self._link is not None:
            await self._link.close()

    def _steps(self) -> list[tuple[str, str | None, Callable[[], Awaitable[str]]]]:
        return [
            ("connect", None, self._connect),
            ("health", "connect", self._health),
            ("ready", "connect", self._ready),
            ("config", "connect", self._config),
            ("websocket", "connect", self._websocket),
            ("start", "websocket", self._start),
            ("speech", "start", self._speech),
            ("resume", "start", self._resume),
            ("stop", "start", self._stop),
        ]

    async def _take(self, step: str, take: Callable[[], Awaitable[str]]) -> Finding:
        began = self._reactor.seconds()
        try:
            detail = await take()
        except SessionFailed as error:
            took_s = self._reactor.seconds() - began
            return Finding(step, FAILED, took_s, str(error), advice_on(error.trouble.code))
        return Finding(step, OK, self._reactor.seconds() - began, detail)

    async def _connect(self) -> str:
        address = self._address
        endpoint = HostnameEndpoint(self._reactor, address.host, address.port, timeout=CONNECT_TIMEOUT_S)
        try:
            protocol: Any = await endpoint.connect(Factory.forProtocol(Protocol))
        except (ConnectError, OSError, ValueError) as error:
            raise SessionFailed(unreachable(error, address)) from None
        peer = protocol.transport.getPeer()
        protocol.transport.loseConnection()
        return f"{peer.host} port {peer.port}"

    async def _health(self) -> str:
        status, answer = await get(self._reactor, self._address, "/healthz")
        if status != 200 or answer.get("status") != "ok":
            raise SessionFailed(Trouble("NOT_ALIE", f"/healthz does not answer as Alie does (HTTP {status})"))
        return f"up for {answer.get('uptime', '?')} s"

    async def _ready(self) -> str:
        status, answer = await get(self._reactor, self._address, "/readyz")
        if status == 200:
            return "a dictation can be served"
        if status == 404 and answer.get("code") == "NOT_FOUND":  # as the nginx of etc/ answers
            return "not told from outside; ask on the server itself"
        reasons = answer.get("reasons")
        told = "; ".join(map(str, reasons)) if isinstance(reasons, list) else "reasons are told on the server itself"
        raise SessionFailed(Trouble("NOT_READY", f"No dictation can be served now (HTTP {status}): {told}"))

    async def _config(self) -> str:
        status, answer = await get(self._reactor, self._address, "/api/config")
        if status != 200 or "wsRequireAuth" not in answer:
            raise SessionFailed(Trouble("NOT_ALIE", f"/api/config does not answer as Alie does (HTTP {status})"))
        owed = "a token is wanted" if answer["wsRequireAuth"] else "no token is wanted"
        return f"engine {answer.get('engine', 'not told')}, {owed}, pages are sent to {answer.get('publicWsUrl')}"

    async def _websocket(self) -> str:
        self._link = await connect(self._reactor, self._address, self._client, self._on_message)
        return f"{self._address.websocket_url}, session {self._client.session_id}"

    async def _start(self) -> str:
        await self._open_link.start()
        return f"engine {self._client.engine or 'not told'}, {self._client.language_code or self._language_code}"

    async def _speech(self) -> str:
        pcm = samples.pcm(self._language_code)
        began = self._reactor.seconds()
        await play(self._reactor, self._open_link, each(cut(pcm)), is_realtime=True)
        await self._open_link.flush()
        heard = " ".join(final.text for final in self._client.finals)
        share = samples.share_heard(heard, samples.TEXTS[self._language_code])
        if share < ENOUGH_WORDS:
            sentence = f'{share:.0%} of the words came back of a spoken sentence; heard: "{heard}"'
            raise SessionFailed(Trouble("MISHEARD", sentence))
        first_s = self._result_times[0] - began
        last_s = max(0.0, self._result_times[-1] - began - seconds(len(pcm), PCM_RATE_HZ))
        return f"{share:.0%} of the words; first after {first_s:.1f} s, all {last_s:.1f} s after the last was spoken"

    async def _resume(self) -> str:
        if not self._client.may_come_back:
            return "not offered by this server: a cut ends the dictation"
        began = self._reactor.seconds()
        self._is_cut_by_us = True
        self._open_link.cut()
        await self._open_link.until(lambda: self._back is not None)
        assert self._back is not None
        if self._back.is_anew:
            raise SessionFailed(Trouble("NOT_RESUMED", "After a cut the server did not know the session any more"))
        return f"cut off on purpose; the session went on after {self._reactor.seconds() - began:.1f} s"

    async def _stop(self) -> str:
        await self._open_link.finish()
        completed = self._client.completed
        assert completed is not None
        if completed.lost_s > 0:
            sentence = f"{completed.lost_s:.1f} s of {completed.audio_s:.1f} s of audio were heard by no engine"
            raise SessionFailed(Trouble("LOST_AUDIO", sentence))
        return f"{completed.audio_s:.1f} s of audio, none lost"

    @property
    def _open_link(self) -> Link:
        assert self._link is not None, "only after the websocket step"
        return self._link

    def _on_message(self, message: Told) -> None:
        match message:
            case Segment() if message.text:
                self._result_times.append(self._reactor.seconds())
            case Cut() if not self._is_cut_by_us:
                # A client would mend it, but whoever checks wants to know.
                self._client.note(message.trouble)
            case Back():
                self._back = message
