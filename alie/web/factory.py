"""Builds sockets, and knows those that are open.

Every default of Autobahn that is dangerous here is set in `DictationFactory`: unlimited payloads, dropping instead of
closing, the status page with its open redirect, the version in the Server header.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from alie import events as on
from alie.performer import Performer
from alie.sockets import Socket
from alie.web.entrance import Entrance
from alie.web.websocket import CLOSE_TIMEOUT_S, MAX_MESSAGE_BYTES, MAX_WAITING_BYTES, DictationProtocol


class DictationFactory(WebSocketServerFactory):
    """Builds sockets, and knows those that are open.

    Args:
        clock: the reactor.
        perform: makes the performer of a new socket, for whoever came in by this entrance.
        frame_bytes: the largest frame a client may send.
        ping_s: seconds between two pings.
        waiting_bytes: of messages that wait for a client, above which it is not read any more.
    """

    protocol: Any = DictationProtocol

    def __init__(
        self,
        clock: IReactorTime,
        perform: Callable[[Socket, Entrance], Performer],
        *,
        frame_bytes: int,
        ping_s: float,
        waiting_bytes: int = MAX_WAITING_BYTES,
    ) -> None:
        super().__init__(server="Alie", reactor=clock)
        self.clock = clock
        self.frame_bytes = frame_bytes
        self.ping_s = ping_s
        self.waiting_bytes = waiting_bytes
        self.sockets: set[DictationProtocol] = set()
        self._perform = perform
        self._when_empty: list[Deferred[None]] = []
        self.setProtocolOptions(
            versions=[13],
            webStatus=False,
            failByDrop=False,
            maxFramePayloadSize=MAX_MESSAGE_BYTES,
            maxMessagePayloadSize=MAX_MESSAGE_BYTES,
            autoPingInterval=0,
            openHandshakeTimeout=10,
            closeHandshakeTimeout=CLOSE_TIMEOUT_S,
            perMessageCompressionAccept=lambda offers: None,
            tcpNoDelay=True,
            allowNullOrigin=True,  # origins are checked before the upgrade, in web/upgrade.py
        )

    def add(self, socket: Any) -> Performer:
        """Counts a socket in and gives it a performer."""
        self.sockets.add(socket)
        return self._perform(socket, socket.entrance)

    def remove(self, socket: Any) -> None:
        """Counts a socket out."""
        self.sockets.discard(socket)
        if not self.sockets:
            waiting, self._when_empty = self._when_empty, []
            for deferred in waiting:
                deferred.callback(None)

    def has_session(self, session_id: str) -> bool:
        """Whether one of the open sockets has this session. Looks at each: for an operator's rare question."""
        return any(socket.session_id == session_id for socket in self.sockets)

    def drain(self, event: on.Drain) -> Deferred[None]:
        """Tells every client that the daemon goes down; fires when the last one is gone."""
        done: Deferred[None] = Deferred()
        if not self.sockets:
            done.callback(None)
            return done
        self._when_empty.append(done)
        for socket in list(self.sockets):
            socket.drain(event)
        return done

    def abort(self) -> None:
        """Drops every socket that is still there."""
        for socket in list(self.sockets):
            socket.dropConnection(abort=True)
