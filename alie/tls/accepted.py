"""TLS of those who come to the daemon: handshakes in their turn, and then a transport like plain TCP's."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.interfaces import IProtocolFactory, IPushProducer
from twisted.protocols.policies import WrappingFactory
from zope.interface import implementer

from alie.tls.connection import RECORD_BYTES, TlsConnection


class Turns(Protocol):
    """Who gives each its share of the reactor's time; see `alie.web.turnstile`."""

    def is_free(self) -> bool:
        """Whether work may be done at once, with `run`; else it must `wait`."""

    def run(self, work: Callable[[], None]) -> None:
        """Does it now."""

    def wait(self, work: Callable[[], None]) -> None:
        """Has it done when its turn comes."""


class TlsServerFactory(WrappingFactory[Any]):
    """For a listening port: what `wrapped` makes speaks TLS, and finds it out by `is_secure` of its transport alone.

    Args:
        context: gives what a new connection is to begin with.
        wrapped: makes the protocols.
        turns: a handshake is a signature, half a millisecond or more of the reactor's time: each has its turn.
        count: told of each handshake whether it was completed; False: TLS has failed.
    """

    noisy = False

    def __init__(
        self,
        context: Callable[[], ssl.SSLContext],
        wrapped: IProtocolFactory,
        turns: Turns,
        count: Callable[[bool], None] = lambda is_completed: None,
    ) -> None:
        super().__init__(wrapped)
        self.protocol = AcceptedConnection
        self.turns = turns
        self.count = count
        self._context = context

    def wrap(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> ssl.SSLObject:
        """TLS of one connection."""
        return self._context().wrap_bio(incoming, outgoing, server_side=True)


@implementer(IPushProducer)
class AcceptedConnection(TlsConnection):
    """See the module, and `TlsConnection`. How long a handshake may take is the wrapped protocol's affair.

    What one segment brings is handed over as one, as plain TCP does it. `loseConnection` does not wait for the other
    side's close (RFC 8446, section 6.1, asks for none): who has gone must not be kept in memory.
    """

    is_secure = True
    _waits_for_close = False
    _is_waiting = False

    @property
    def bufferSize(self) -> int:
        """Bytes that TCP takes from the system at a time."""
        size: int = self.transport.bufferSize
        return size

    @bufferSize.setter
    def bufferSize(self, size: int) -> None:
        self.transport.bufferSize = size

    def pauseProducing(self) -> None:
        """Reads no more; what has been read is still handed over."""
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Reads again."""
        self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """Ends the connection."""
        self.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        """Bytes came. A handshake goes on when it is its turn; until then, no more are read."""
        if self._is_over:
            return
        self._incoming.write(data)
        if self._is_ready:
            self._read()
        elif self._is_waiting:
            return
        elif self.factory.turns.is_free():
            self.factory.turns.run(self._shake_hands)
            self._read_if_ready()
        else:
            self._is_waiting = True
            self.transport.pauseProducing()
            self.factory.turns.wait(self._take_turn)

    def _take_turn(self) -> None:
        self._is_waiting = False
        if not self._is_over:
            self.transport.resumeProducing()
            self._shake_hands()
            self._read_if_ready()

    def _shake_hands(self) -> None:
        super()._shake_hands()
        if self._is_ready or self._error is not None:
            self.factory.count(self._is_ready)

    def _read_if_ready(self) -> None:
        if self._is_ready:
            self._read()

    def _read(self) -> None:
        pieces: list[bytes] = []
        error = self._take_records(pieces)
        self._flush()
        if pieces and not self.disconnecting:
            self.wrappedProtocol.dataReceived(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if self._is_over or error is None:
            return
        if isinstance(error, ssl.SSLZeroReturnError):
            self._close()
        else:
            self._fail(error)

    def _take_records(self, pieces: list[bytes]) -> ssl.SSLError | None:
        """What has come whole; and what ended it, if something did."""
        # Asking first what is there spares an exception for each segment.
        while self._incoming.pending or self._tls.pending():
            try:
                data = self._tls.read(RECORD_BYTES)
            except ssl.SSLWantReadError:
                return None
            except ssl.SSLError as error:
                return error
            if not data:
                return ssl.SSLZeroReturnError()
            pieces.append(data)
        return None
