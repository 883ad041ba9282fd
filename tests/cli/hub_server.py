"""The hub of tests/client on a real socket, which a test cuts."""

from __future__ import annotations

import json
from typing import Any

import txaio
from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import Site

from alie import wire
from alie.cli.address import Address, parse
from tests.client.hub import Hub, Session

Fate = Any


class _Socket(WebSocketServerProtocol):
    factory: _Factory

    def onOpen(self) -> None:
        self.session: Session | None = None
        self.is_doomed = False
        self.ended: Deferred[None] = Deferred()
        self.factory.sockets.append(self)
        self._tell(self.factory.hub.greet())

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        hub = self.factory.hub
        self.factory.messages += not self.is_doomed
        if self.is_doomed:
            return
        if (fate := self.factory.fates.pop(self.factory.messages, None)) is not None:
            self.is_doomed = True
            fate(self)
        elif isBinary:
            assert self.session is not None
            self._tell(hub.hear(self.session, payload))
        else:
            self.session, answers = hub.answer(self.session, json.loads(payload))
            self._tell(answers)
            if answers[-1]["type"] == "transcription_complete":
                self.sendClose(1000)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        if hasattr(self, "ended"):
            self.ended.callback(None)

    def _tell(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            self.sendMessage(wire.encode(message))


class _Factory(WebSocketServerFactory):
    protocol = _Socket

    def __init__(self, hub: Hub, fates: dict[int, Fate]) -> None:
        super().__init__()
        self.setProtocolOptions(webStatus=False, failByDrop=False, openHandshakeTimeout=0, closeHandshakeTimeout=0)
        self.hub = hub
        self.fates = fates
        self.messages = 0
        self.sockets: list[_Socket] = []


def cut(socket: _Socket) -> None:
    """A fate: the connection is gone, the session is not."""
    socket.transport.abortConnection()


def kill(socket: _Socket) -> None:
    """A fate: everything is gone."""
    socket.factory.hub.sessions.clear()
    cut(socket)


def close(code: int) -> Fate:
    """A fate: the socket is closed with this code, and its session is gone."""

    def fate(socket: _Socket) -> None:
        socket.factory.hub.sessions.clear()
        socket.sendCloseFrame(code, None)

    return fate


class HubTestCase(TestCase):
    """Serves hubs on loopback and leaves nothing behind."""

    timeout = 30

    def serve(self, hub: Hub, fates: dict[int, Fate]) -> Address:
        """Starts a server, which does what it is fated to instead of taking the message of that number."""
        self.patch(txaio.config, "loop", reactor)
        factory = _Factory(hub, fates)
        root, ws = Resource(), Resource()
        root.putChild(b"ws", ws)
        ws.putChild(b"transcription", WebSocketResource(factory))
        port = reactor.listenTCP(0, Site(root), interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(port.stopListening)
        self.addCleanup(lambda: DeferredList([socket.ended for socket in factory.sockets]))
        return parse(f"http://127.0.0.1:{port.getHost().port}")
