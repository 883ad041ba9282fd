"""REST as a page calls it, and the socket as it opens one: real requests to a daemon in a process of its own.

Every answer is held to the daemon's own OpenAPI document.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import treq
from autobahn.twisted.websocket import WebSocketClientFactory
from jsonschema import Draft202012Validator
from twisted.internet import reactor
from twisted.internet.defer import DeferredList
from twisted.internet.endpoints import HostnameEndpoint
from twisted.web.client import Agent, HTTPConnectionPool

from tests.support.dictating_client import DictatingClient

ORIGIN = "http://localhost:5173"
"""Allowed where nobody has said otherwise."""
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Told:
    """An answer.

    Attributes:
        status: of HTTP.
        body: decoded JSON.
        headers: names in lower case.
        cookie: what a browser would send along from now on; empty: nothing was set.
    """

    status: int
    body: Any
    headers: dict[str, str]
    cookie: str


class Speaker(DictatingClient):
    """Keeps the reason of the close as well."""

    reason: str | None = None

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        """The connection is gone."""
        self.reason = reason
        super().onClose(wasClean, code, reason)


class PageCalls:
    """One page, signed in or not.

    Args:
        url: of the daemon.
        token: what it shows with each call; None: nothing.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url
        self.token = token
        self.document: dict[str, Any] = {}
        # Nothing is left open when a test ends.
        self._agent = Agent(reactor, pool=HTTPConnectionPool(reactor, persistent=False))

    def signed_in(self, token: str | None) -> PageCalls:
        """Another page, of somebody else."""
        page = PageCalls(self.url, token)
        page.document = self.document
        return page

    async def learn(self) -> None:
        """Reads the daemon's OpenAPI document, to which all answers are held from then on."""
        self.document = (await self.call("GET", "/api/openapi.json")).body

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Told:
        """Calls, as the pages do: JSON, the token, their origin. An answer that is not as documented fails the test."""
        sent = {"Origin": ORIGIN, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None or method == "POST":
            sent["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        answer = await treq.request(
            method, self.url + path, headers=sent, data=data, agent=self._agent, timeout=PATIENCE_S, cookies={}
        )
        told = json.loads(await answer.content())
        fields = {
            name.decode().lower(): values[-1].decode("latin-1") for name, values in answer.headers.getAllRawHeaders()
        }
        if self.document:
            self._hold(method, path.partition("?")[0], answer.code, told)
        return Told(answer.code, told, fields, _cookie(fields.get("set-cookie", "")))

    def _hold(self, method: str, path: str, status: int, body: object) -> None:
        operation = next((item for template, item in self.document["paths"].items() if _fits(template, path)), {}).get(
            method.lower()
        )
        if operation is None:
            raise AssertionError(f"{method} {path} is not in the document")
        if str(status) not in operation["responses"]:
            raise AssertionError(f"{method} {path} is answered with {status}, which the document does not know: {body}")
        schema = operation["responses"][str(status)]["content"]["application/json"]["schema"]
        rooted = {**schema, "components": self.document["components"]}
        faults = [fault.message for fault in Draft202012Validator(rooted).iter_errors(body)]
        if faults:
            raise AssertionError(f"{method} {path} {status} is not what the document says: {faults}")

    async def dictate(self, path: str = "/ws", **headers: str) -> Speaker:
        """Opens a socket, with these headers and nothing else that would prove anything."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        factory = WebSocketClientFactory(self.url.replace("http", "ws") + path, headers=sent)
        factory.protocol = Speaker
        factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0, serverConnectionDropTimeout=0)
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        client: Speaker = await HostnameEndpoint(reactor, host, int(port)).connect(factory)
        await client.opened
        return client


async def start(speaker: Speaker, **fields: Any) -> list[str]:
    """Starts a dictation; what is answered: ["stream_ready"], or the code of the error and the code of the close."""
    speaker.say("start_transcription", languageCode="fr-CA", sampleRate=16000, **fields)
    answer = await outcome(speaker, "stream_ready")
    if answer["type"] == "stream_ready":
        return ["stream_ready"]
    return [answer["code"], str(await speaker.closed.addTimeout(PATIENCE_S, reactor))]


async def outcome(speaker: Speaker, type_: str) -> dict[str, Any]:
    """The first message of a type, or the error that came instead."""
    waiting = [speaker.message(type_), speaker.message("transcription_error")]
    found, _ = await DeferredList(waiting, fireOnOneCallback=True).addTimeout(PATIENCE_S, reactor)
    return dict(found)


def _fits(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None


def _cookie(header: str) -> str:
    return header.partition(";")[0]
