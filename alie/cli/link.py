"""A dictation session over a WebSocket: `TranscriptionClient` within, coroutines without; all on the reactor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IPushProducer
from twisted.internet.ssl import optionsForClientTLS
from zope.interface import implementer

from alie.cli.address import Address
from alie.cli.reasons import SessionFailed, refused, unreachable
from alie.cli.socket import OutgoingSocket, OutgoingSocketFactory
from alie.client import Phase, TranscriptionClient
from alie.server_messages import ServerMessage, Trouble

CONNECT_TIMEOUT_S = 10.0
# An engine may be quiet for a while when it reads the rest of a long file, or when the server has to reopen it.
STALL_TIMEOUT_S = 120.0
GOODBYE_TIMEOUT_S = 3.0

Listener = Callable[[ServerMessage], None]


async def connect(
    reactor: Any, address: Address, client: TranscriptionClient, listener: Listener | None = None
) -> Link:
    """Opens a WebSocket and waits for the greeting.

    Args:
        reactor: what waits and connects.
        address: of the server; TLS is verified against the platform's trusted certificates.
        client: a session that has not begun.
        listener: told every message that the client made something of, after the client has taken it.

    Raises:
        SessionFailed: there is no such server, or it refuses; noted by the client as its failure.
    """
    link = Link(reactor, address, client, listener)
    endpoint: Any = HostnameEndpoint(reactor, address.host, address.port, timeout=CONNECT_TIMEOUT_S)
    if address.is_secure:
        endpoint = wrapClientTLS(optionsForClientTLS(address.host), endpoint)
    try:
        await _cancellable(endpoint.connect(OutgoingSocketFactory(address.websocket_url, link, reactor)))
    except (ConnectError, OSError, ValueError) as error:
        client.note(unreachable(error, address))
        raise SessionFailed(client.troubles[-1]) from None
    try:
        await link.reach(Phase.GREETED, CONNECT_TIMEOUT_S)
    except BaseException:
        await link.close()
        raise
    return link


def _cancellable(attempt: Deferred[Any]) -> Deferred[Any]:
    """The same attempt; when cancelled, it says so, where an endpoint may say that the name is not known."""

    def cancel(waiting: Deferred[Any]) -> None:
        waiting.errback(CancelledError())
        attempt.cancel()

    waiting: Deferred[Any] = Deferred(cancel)
    attempt.addBoth(lambda result: None if waiting.called else waiting.callback(result))
    return waiting


@implementer(IPushProducer)
class Link:
    """One socket to a server, and the session on it. Made by `connect`.

    The order of things: `start`, `send_audio` as often as needed (after `room`), `finish`, and `close` in any case.

    Attributes:
        client: the session's state.
        is_full: whether the socket takes no more audio for now.
    """

    def __init__(self, reactor: Any, address: Address, client: TranscriptionClient, listener: Listener | None) -> None:
        self.client = client
        self._reactor = reactor
        self._address = address
        self._listener = listener
        self._socket: OutgoingSocket | None = None
        self.is_full = False
        self._waiting: list[Deferred[bool]] = []

    async def start(self) -> None:
        """Opens the session and waits until audio may be sent; raises like `until`."""
        self._send(self.client.start())
        await self.reach(Phase.READY, CONNECT_TIMEOUT_S)

    def send_audio(self, frame: bytes) -> None:
        """Sends PCM16 mono at 16 kHz, at most 64 KiB. Does nothing once the socket is gone."""
        if self._send(frame, is_binary=True):
            self.client.sent(len(frame))

    async def flush(self) -> None:
        """Waits for finals of all that was sent; raises like `until`."""
        flushes = self.client.flushes
        self._send(self.client.flush())
        await self.until(lambda: self.client.flushes > flushes)

    async def finish(self) -> None:
        """Ends the audio and waits for the server's last word; raises like `until`."""
        self._send(self.client.stop())
        await self.reach(Phase.COMPLETE)

    async def room(self) -> None:
        """Waits until the socket takes more audio: a server that is busy stops reading. Raises like `until`."""
        await self.until(lambda: not self.is_full)

    async def reach(self, phase: Phase, timeout_s: float = STALL_TIMEOUT_S) -> None:
        """Waits until the session has come to `phase`; raises like `until`."""
        await self.until(lambda: self.client.phase >= phase, timeout_s)

    async def until(self, is_so: Callable[[], bool], timeout_s: float = STALL_TIMEOUT_S) -> None:
        """Waits until `is_so`; it is asked again whenever something has happened.

        Raises:
            SessionFailed: the session has failed, or nothing at all has happened for `timeout_s` seconds.
        """
        while True:
            if self.client.failure is not None:
                raise SessionFailed(self.client.failure)
            if is_so():
                return
            if not await self._change(timeout_s):
                self.client.note(Trouble("SILENT", f"The server has been silent for {timeout_s:g} s"))

    async def close(self) -> None:
        """Closes the socket and waits until it is gone. May be called in any state, repeatedly."""
        socket = self._socket
        if socket is None or self.client.is_closed:
            return
        socket.unregisterProducer()
        socket.sendClose(1000)
        while not self.client.is_closed:
            if not await self._change(GOODBYE_TIMEOUT_S):
                socket.drop()

    def _send(self, message: bytes, *, is_binary: bool = False) -> bool:
        # After the end nobody listens; the next wait raises why.
        if self._socket is None or self._socket.state != OutgoingSocket.STATE_OPEN:
            return False
        self._socket.sendMessage(message, isBinary=is_binary)
        return True

    async def _change(self, timeout_s: float) -> bool:
        """Waits for anything to happen; False when nothing does."""
        waiting: Deferred[bool] = Deferred()
        self._waiting.append(waiting)
        timer = self._reactor.callLater(timeout_s, waiting.callback, False)
        try:
            return await waiting
        finally:
            if timer.active():
                timer.cancel()
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(True)

    # SocketOwner

    def on_open(self, socket: OutgoingSocket) -> None:
        """The upgrade went through."""
        self._socket = socket
        socket.keep_little_in_flight()
        socket.registerProducer(self, True)

    def on_text(self, payload: bytes) -> None:
        """A text frame came."""
        message = self.client.receive(payload)
        if message is not None and self._listener is not None:
            self._listener(message)
        self._wake()

    def on_refused(self, status: int | None, error: BaseException) -> None:
        """There will be no WebSocket."""
        self.client.note(unreachable(error, self._address) if status is None else refused(status))
        self.on_closed(None)

    def on_closed(self, code: int | None) -> None:
        """The socket is gone."""
        self.client.disconnected(code)
        self._wake()

    # IPushProducer: how full the transport is.

    def pauseProducing(self) -> None:
        """The transport holds as much as it wants to."""
        self.is_full = True
        self._wake()

    def resumeProducing(self) -> None:
        """The transport has room again."""
        self.is_full = False
        self._wake()

    def stopProducing(self) -> None:
        """The transport is gone; `on_closed` follows."""
