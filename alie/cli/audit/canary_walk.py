"""What `alie audit canary` does with a server: a dictation, and random tokens in places where none belong."""

from __future__ import annotations

import io
import secrets
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as WaitedTooLong
from twisted.internet.error import ConnectError
from twisted.web.client import Agent, FileBodyProducer, ResponseFailed, readBody
from twisted.web.http_headers import Headers

from alie.canary.needles import LEAST_BYTES, Secret
from alie.canary.phrases import distinctive
from alie.canary.recording import pieces
from alie.cli import samples
from alie.cli.address import Address
from alie.cli.link import Link, connect
from alie.cli.player import cut, each, play
from alie.cli.reasons import SessionFailed, unreachable
from alie.cli.rest import TIMEOUT_S
from alie.client import StartRequest, Told, TranscriptionClient
from alie.server_messages import Segment, Trouble

_PUBLIC = ("/health", "/healthz", "/readyz", "/metrics", "/api/config")


class Walk:
    """One dictation and some bad requests.

    Args:
        reactor: what waits and connects.
        address: of the server.
        language_code: "en-US" or "fr-CA", of the spoken sample.
        token: proof of who is speaking, where the server wants one.

    Attributes:
        answers: what was answered to requests, by what was asked: none of it may have a secret.
    """

    def __init__(self, reactor: Any, address: Address, language_code: str, token: str | None) -> None:
        self.answers: dict[str, bytes] = {}
        self._reactor = reactor
        self._address = address
        self._language_code = language_code
        self._token = token
        self._texts = {samples.TEXTS[language_code]}
        self._sent: dict[str, str] = {}

    async def take(self) -> list[Secret]:
        """Speaks the sample, sends the tokens, and reads what anybody may read.

        Returns:
            What must not be found anywhere.

        Raises:
            SessionFailed: the server cannot be reached, or hears nothing.
        """
        pcm = samples.pcm(self._language_code)
        await self._dictate(pcm)
        await self._send_bad_tokens()
        for path in _PUBLIC:
            self.answers[path] = await self._ask(path)
        texts = {phrase: "words of the dictation" for text in self._texts for phrase in distinctive(text)}
        found = [Secret(label, phrase) for phrase, label in texts.items()]
        found += [Secret(label, text) for label, text in self._sent.items()]
        if self._token is not None and len(self._token) >= LEAST_BYTES:
            found.append(Secret("the token that was shown", self._token))
        return [*found, *pieces("sound of the dictation", pcm)]

    async def _dictate(self, pcm: bytes) -> None:
        client = TranscriptionClient(StartRequest(language_code=self._language_code, token=self._token))
        link = await connect(self._reactor, self._address, client, self._hear)
        try:
            await link.start()
            await play(self._reactor, link, each(cut(pcm)), is_realtime=True)
            await link.flush()
            await link.finish()
        finally:
            await link.close()
        if not client.finals:
            raise SessionFailed(Trouble("NOTHING_HEARD", "The server heard nothing: there is nothing to look for"))

    def _hear(self, message: Told) -> None:
        if isinstance(message, Segment):
            self._texts.add(message.text)

    async def _send_bad_tokens(self) -> None:
        await self._be_refused()
        made = self._made_up
        bearer = {"Authorization": f"Bearer {made('token in a header')}"}
        await self._ask_badly("a bad token", "/api/profile", bearer)
        await self._ask_badly("a bad cookie", "/api/profile", {"Cookie": f"__Host-alie_ticket={made('cookie')}"})
        await self._ask_badly("a bad user id", "/api/profile", {"X-User-Id": made("user id")})
        await self._ask_badly("a token in a URL", f"/ws?ws_token={made('token in a URL')}", {})
        await self._ask_badly("an unknown path", f"/api/{made('path')}?q={made('query')}", {})
        broken = f'{{"transcript": "{made("broken body")}'.encode()
        await self._ask_badly("a broken body", "/api/sessions", {"Content-Type": "application/json"}, broken)

    async def _be_refused(self) -> None:
        """A token in a message; who needs none is let in, and says nothing."""
        request = StartRequest(language_code=self._language_code, token=self._made_up("token in a message"))
        link: Link | None = None
        try:
            link = await connect(self._reactor, self._address, TranscriptionClient(request))
            await link.start()
        except SessionFailed:
            pass  # as it should be
        finally:
            if link is not None:
                await link.close()

    async def _ask_badly(self, what: str, path: str, headers: dict[str, str], body: bytes | None = None) -> None:
        self.answers[f"answer to {what}"] = await self._ask(path, headers, body)

    async def _ask(self, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> bytes:
        """Headers and body of what is answered; raises SessionFailed."""
        asking = Deferred.fromCoroutine(self._request(path, headers or {}, body))
        try:
            return await asking.addTimeout(TIMEOUT_S, self._reactor)
        except (ConnectError, OSError, ResponseFailed, WaitedTooLong) as error:
            raise SessionFailed(unreachable(error, self._address)) from None

    async def _request(self, path: str, headers: dict[str, str], body: bytes | None) -> bytes:
        agent = Agent(self._reactor, connectTimeout=TIMEOUT_S)
        given = Headers({name: [value] for name, value in headers.items()})
        sent = None if body is None else FileBodyProducer(io.BytesIO(body))
        url = self._address.http_url(path).encode()
        response = await agent.request(b"GET" if body is None else b"POST", url, given, sent)
        head = [b"%s: %s" % (name, value) for name, values in response.headers.getAllRawHeaders() for value in values]
        return b"\n".join([*head, await readBody(response)])

    def _made_up(self, label: str) -> str:
        """Random, so that nothing else can have it."""
        self._sent[label] = f"canary{secrets.token_hex(16)}"
        return self._sent[label]
