"""TLS by the standard library's `ssl`, over Twisted's plain TCP.

REST towards others leaves TLS to Twisted, which calls OpenSSL through pyOpenSSL. Here goes the audio of every session,
and most of what TLS cost was the way to OpenSSL: a frame of 8260 bytes out and a record of 1100 bytes in take
44 us with Twisted's, 23 us with this (medians; OpenSSL 3.0, one core of an EPYC).
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any

from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IProtocol, IProtocolFactory
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure

from alie.prompt_write import write_now

RECORD_BYTES = 16_384
"""The most that one record holds (RFC 8446, 5.1)."""

# What OpenSSL wants sent, of all connections: emptied after each call that may fill it, before anything else is called.
# A buffer never gives back the 12 KB that a frame takes; one that is always in use stays in the processor's cache.
_outgoing = ssl.MemoryBIO()


class TlsFactory(WrappingFactory[Any]):
    """For an endpoint over TCP: what `wrapped` makes speaks TLS, and does not know.

    Args:
        context: of all connections.
        host: the name or address that the certificate must be for.
        wrapped: makes the protocols.
    """

    noisy = False

    def __init__(self, context: ssl.SSLContext, host: str, wrapped: IProtocolFactory) -> None:
        super().__init__(wrapped)
        self.context = context
        self.host = host
        self.protocol = TlsConnection

    def wrap(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> ssl.SSLObject:
        """TLS of one connection."""
        return self.context.wrap_bio(incoming, outgoing, server_hostname=self.host)


class TlsConnection(ProtocolWrapper):
    """A protocol to TCP, and a transport to the protocol that it wraps. Reactor thread.

    The wrapped one is connected as soon as TCP is: what it writes waits for TLS, and how long it is to wait is its own
    affair. It learns of trouble by `connectionLost`: an `ssl.SSLError`; `ConnectionLost` also for an end of TCP before
    an end of TLS, since anybody on the way could have brought that about; `ConnectionDone` after an end of both.

    A producer, and whoever pauses, deal with TCP itself. Nothing is passed on any more after `loseConnection`, which
    waits for the other side to close as well: whoever has no time for that calls `abortConnection`.
    """

    factory: Any  # with a method `wrap`, as TlsFactory has it
    wrappedProtocol: Any
    transport: Any
    _waits_for_close = True

    def __init__(self, factory: Any, wrapped: IProtocol) -> None:
        super().__init__(factory, wrapped)
        self._incoming, self._outgoing = ssl.MemoryBIO(), _outgoing
        self._tls = factory.wrap(self._incoming, self._outgoing)
        self._is_ready = False
        self._is_over = False
        self._early: list[bytes] = []
        self._error: ssl.SSLError | None = None

    # -- what the wrapped protocol calls -----------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Sends at once; before TLS is ready, as soon as it is."""
        if self.disconnecting or not data:
            return
        if not self._is_ready:
            self._early.append(data)
            return
        try:
            self._tls.write(data)
        finally:
            sealed = self._outgoing.read()
        write_now(self.transport, sealed)

    def writeSequence(self, data: Sequence[bytes]) -> None:
        """As one."""
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """Closes TLS, and TCP when the other side has closed too; drops the connection if TLS is not ready."""
        if self.disconnecting:
            return
        if not self._is_ready:
            self.abortConnection()
            return
        self.disconnecting = True
        self._read()  # what is left of a segment would confuse the end
        self._close()

    def abortConnection(self) -> None:
        """Drops the connection at once."""
        self.disconnecting = self._is_over = True
        self.transport.abortConnection()

    # -- called by TCP -----------------------------------------------------------------------------------------------

    def makeConnection(self, transport: Any) -> None:
        """TCP has connected."""
        super().makeConnection(transport)
        if not self.disconnecting:
            self._shake_hands()

    def dataReceived(self, data: bytes) -> None:
        """Bytes came: records, or parts of them."""
        if self._is_over:
            return
        self._incoming.write(data)
        if not self._is_ready:
            self._shake_hands()
        if self._is_ready:
            self._read()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """TCP is gone."""
        if self._error is not None:
            reason = Failure(self._error)
        elif not self.disconnecting and reason.check(ConnectionDone):
            reason = Failure(ConnectionLost())
        self.disconnecting = self._is_over = True
        super().connectionLost(reason)

    # -- TLS ---------------------------------------------------------------------------------------------------------

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except ssl.SSLError as error:
            self._fail(error)
        else:
            self._is_ready = True
            self._flush()
            early, self._early = self._early, []
            for data in early:
                self.write(data)

    def _read(self) -> None:
        # Asking first what is there spares an exception for each segment.
        while not self._is_over and (self._incoming.pending or self._tls.pending()):
            try:
                data = self._tls.read(RECORD_BYTES)
            except ssl.SSLWantReadError:  # a part of a record, or one of TLS's own
                break
            except ssl.SSLError as error:
                self._fail(error)
                return
            self._flush()
            if not data:
                self._close()
            elif not self.disconnecting:
                self.wrappedProtocol.dataReceived(data)
        self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            write_now(self.transport, self._outgoing.read())

    def _close(self) -> None:
        if self._is_over:
            return
        self.disconnecting = True
        try:
            self._tls.unwrap()
        except ssl.SSLError:  # the other side has not closed yet
            self._flush()
            if self._waits_for_close:
                return
        self._leave()

    def _fail(self, error: ssl.SSLError) -> None:
        if not self.disconnecting:  # else it says that both sides have closed
            self._error = error.with_traceback(None)  # which would hold this connection in turn
        self._leave()

    def _leave(self) -> None:
        self.disconnecting = self._is_over = True
        self._flush()
        self.transport.unregisterProducer()  # a paused one would keep TCP open
        self.transport.loseConnection()
