"""A dictation over WebSockets: `TranscriptionClient` within, coroutines without; all on the reactor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import random
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import deferLater
from zope.interface import implementer

from alie.cli.address import Address
from alie.cli.bell import Bell
from alie.cli.dialing import CONNECT_TIMEOUT_S, dial
from alie.cli.reasons import SessionFailed, refused, unreachable
from alie.cli.socket import OutgoingSocket
from alie.cli.watchdog import Watchdog
from alie.client import RENEWAL_RETRY_S, Cut, Phase, Told, TranscriptionClient
from alie.client.requests import PING
from alie.server_messages import Expiring, Trouble

# An engine may be quiet for a while when it reads the rest of a long file, or when the server has to reopen it.
STALL_TIMEOUT_S = 120.0
GOODBYE_TIMEOUT_S = 3.0

Listener = Callable[[Told], None]
FindToken = Callable[[], Awaitable[str | None]]


async def connect(
    reactor: Any,
    address: Address,
    client: TranscriptionClient,
    listener: Listener | None = None,
    find_token: FindToken | None = None,
) -> Link:
    """Opens a WebSocket and waits for the greeting.

    Args:
        reactor: what waits and connects.
        address: of the server; TLS is verified against the platform's trusted certificates.
        client: a dictation that has not begun.
        listener: told every message that the client made something of, after the client has taken it, and what
            becomes of the connection.
        find_token: looks for a newer token when one expires, or the connection was cut.

    Raises:
        SessionFailed: there is no such server, or it refuses; noted by the client as its failure.
    """
    link = Link(reactor, address, client, listener, find_token)
    try:
        await link.open()
        await link.reach(Phase.GREETED, CONNECT_TIMEOUT_S)
    except BaseException:
        await link.close()
        raise
    return link


@implementer(IPushProducer)
class Link:
    """One dictation, and the socket that it has at the moment. Made by `connect`.

    The order of things: `start`, `send_audio` as often as needed (after `room`), `finish`, and `close` in any case.

    Attributes:
        client: the dictation's state.
        is_full: whether the socket takes no more audio for now.
    """

    def __init__(
        self,
        reactor: Any,
        address: Address,
        client: TranscriptionClient,
        listener: Listener | None = None,
        find_token: FindToken | None = None,
        chance: Callable[[], float] = random,
    ) -> None:
        self.client = client
        self.is_full = False
        self._reactor = reactor
        self._address = address
        self._listener = listener
        self._find_token = find_token
        self._chance = chance
        self._bell = Bell(reactor)
        self._watchdog = Watchdog(reactor, lambda: client.is_owed, self._ask, self._on_silence)
        self._socket: OutgoingSocket | None = None
        self._returning: Deferred[None] | None = None
        self._renewing: Deferred[None] | None = None

    async def open(self) -> None:
        """Connects for the first time; raises `SessionFailed`."""
        try:
            self._socket = await dial(self._reactor, self._address, self)
        except SessionFailed as error:
            self.client.unreached(error.trouble, self._reactor.seconds(), self._chance())
            raise

    async def start(self) -> None:
        """Opens the session and waits until audio may be sent; raises like `until`."""
        self.client.start()
        self._pump()
        await self.reach(Phase.READY, CONNECT_TIMEOUT_S)

    def send_audio(self, frame: bytes) -> None:
        """Sends PCM16 mono at 16 kHz, at most 64 KiB. Does nothing once the last socket is gone."""
        if self.client.failure is None and not self.client.is_closed:
            self.client.speak(frame)
            self._pump()

    async def flush(self) -> None:
        """Waits for finals of all that was sent; raises like `until`."""
        flushes = self.client.flushes
        self.client.flush()
        self._pump()
        await self.until(lambda: self.client.flushes > flushes)

    async def finish(self) -> None:
        """Ends the audio and waits for the server's last word; raises like `until`."""
        self.client.stop()
        self._pump()
        await self.reach(Phase.COMPLETE)

    async def room(self) -> None:
        """Waits until more audio may be sent: a server that is busy, or away, takes none. Raises like `until`."""
        await self.until(lambda: not self.is_full and self.client.has_room)

    async def reach(self, phase: Phase, timeout_s: float = STALL_TIMEOUT_S) -> None:
        """Waits until the dictation has come to `phase`; raises like `until`."""
        await self.until(lambda: self.client.phase >= phase, timeout_s)

    async def until(self, is_so: Callable[[], bool], timeout_s: float = STALL_TIMEOUT_S) -> None:
        """Waits until `is_so`; it is asked again whenever something has happened.

        Raises:
            SessionFailed: the dictation has failed, or nothing at all has happened for `timeout_s` seconds.
        """
        while True:
            if self.client.failure is not None:
                raise SessionFailed(self.client.failure)
            if is_so():
                return
            if not await self._bell.wait(timeout_s):
                self.client.note(Trouble("SILENT", f"The server has been silent for {timeout_s:g} s"))

    def cut(self) -> None:
        """Drops the present socket, as an accident would."""
        if self._socket is not None:
            self._socket.drop()

    async def close(self) -> None:
        """Closes the socket and waits until it is gone. May be called in any state, repeatedly."""
        self.client.give_up()
        for task in (self._returning, self._renewing):
            if task is not None:
                task.cancel()
        socket = self._socket
        if socket is None:
            return
        socket.unregisterProducer()
        socket.close()
        while self._socket is not None:
            if not await self._bell.wait(GOODBYE_TIMEOUT_S):
                socket.drop()

    def _pump(self) -> None:
        """Sends what there is to be said, as long as the socket takes it."""
        while self._socket is not None and not self.is_full and (message := self.client.next()) is not None:
            self._socket.send(*message)

    def _tell(self, told: Told) -> None:
        if self._listener is not None:
            self._listener(told)

    # When the server is gone.

    def _lose(self, cut: Cut | None) -> None:
        self._socket = None
        self._watchdog.stop()
        if cut is not None:
            # Set before anybody is told: who is told may close the link.
            self._returning = _in_background(self._come_back(cut.delay_s))
            self._tell(cut)
        self._bell.ring()

    async def _come_back(self, delay_s: float) -> None:
        await deferLater(self._reactor, delay_s)
        if self._find_token is not None:
            self.client.renew(await self._find_token())
        address = self._address if self.client.path is None else replace(self._address, path=self.client.path)
        try:
            self._socket = await dial(self._reactor, address, self)
        except SessionFailed as error:
            self._lose(self.client.unreached(error.trouble, self._reactor.seconds(), self._chance()))

    def _ask(self) -> None:
        if self._socket is not None:
            self._socket.send(PING, is_binary=False)

    def _on_silence(self) -> None:
        if self.client.may_come_back:
            self.cut()
        else:
            self._watchdog.start()

    async def _renew(self, find_token: FindToken) -> None:
        while self.client.renewal.look():
            self.client.renew(await find_token())
            self._pump()
            await deferLater(self._reactor, RENEWAL_RETRY_S)

    # SocketOwner

    def on_open(self, socket: OutgoingSocket) -> None:
        """The upgrade went through."""
        self._socket = socket
        self.is_full = False
        socket.keep_little_in_flight()
        socket.registerProducer(self, True)
        self._watchdog.start()

    def on_text(self, payload: bytes) -> None:
        """A text frame came."""
        self._watchdog.hear()
        for told in self.client.receive(payload):
            if isinstance(told, Expiring) and self._find_token is not None:
                self._renewing = _in_background(self._renew(self._find_token))
            self._tell(told)
        self._pump()
        self._bell.ring()

    def on_ping(self) -> None:
        """The server is there."""
        self._watchdog.hear()

    def on_refused(self, status: int | None, error: BaseException) -> None:
        """There will be no WebSocket."""
        trouble = unreachable(error, self._address) if status is None else refused(status)
        self._lose(self.client.unreached(trouble, self._reactor.seconds(), self._chance()))

    def on_closed(self, code: int | None) -> None:
        """The socket is gone."""
        self._lose(self.client.disconnected(code, self._reactor.seconds(), self._chance()))

    # IPushProducer: how full the transport is.

    def pauseProducing(self) -> None:
        """The transport holds as much as it wants to."""
        self.is_full = True
        self._bell.ring()

    def resumeProducing(self) -> None:
        """The transport has room again."""
        self.is_full = False
        self._pump()
        self._bell.ring()

    def stopProducing(self) -> None:
        """The transport is gone; `on_closed` follows."""


def _in_background(work: Any) -> Deferred[None]:
    """Runs until it ends or is cancelled."""
    task = Deferred.fromCoroutine(work)
    task.addErrback(lambda failure: failure.trap(CancelledError) and None)
    return task
