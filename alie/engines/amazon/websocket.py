"""The default transport: a presigned WebSocket for each stream, on the reactor; audio in event-stream frames.

Source: docs.aws.amazon.com/transcribe/latest/dg/streaming-setting-up.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IDelayedCall, IProtocolFactory
from twisted.logger import Logger
from twisted.python.failure import Failure

from alie.engines.amazon import errors
from alie.engines.amazon.connection import Connection, ConnectionFactory, OneConnection
from alie.engines.amazon.credentials import Credentials, Keys
from alie.engines.amazon.dialing import dial
from alie.engines.amazon.eventstream import Decoder, EventStreamError, Message, encode_audio
from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.results import ResultsError, read_event
from alie.engines.amazon.signing import presign
from alie.engines.amazon.tls import client_context
from alie.engines.amazon.transport import WireListener
from alie.engines.bridge import failure_name
from alie.faults import Fault, StreamFailed
from alie.masking import masks_natively
from alie.tls.connection import TlsFactory

CONNECT_TIMEOUT_S = 5
"""For the name and TCP."""

_BLOCKED_BYTES = 65_536
"""What waits at least when Twisted says that too much does: two seconds at 16 kHz."""

_log = Logger()


class WebSocketWire:
    """See `alie.engines.amazon.transport.Wire`. Made by `WebSocketTransport`.

    Args:
        transport: that it belongs to.
        parameters: of the stream.
        listener: hears what becomes of it; never while `WebSocketTransport.open` is running.
    """

    def __init__(self, transport: WebSocketTransport, parameters: Mapping[str, str], listener: WireListener) -> None:
        self._transport = transport
        self._parameters = parameters
        self._listener = listener
        self._kept: list[bytes] = []
        self._connection: Connection | None = None
        self._is_open = False
        self._decoder = Decoder()
        self._keys: Keys | None = None
        self._is_ending = False
        self._is_over = False
        self._blocked_bytes = 0
        self._starting: IDelayedCall | None = transport.reactor.callLater(0, self._start)
        self._connecting: Deferred[None] | None = None

    @property
    def unsent_bytes(self) -> int:
        """Audio that waits. Less than 64 KiB in the transport's buffer are not seen, and count as none."""
        return sum(map(len, self._kept)) + self._blocked_bytes

    def send(self, audio: bytes) -> None:
        """Sends one AudioEvent, or keeps it until the stream is open. Never blocks."""
        self._write(audio)

    def end(self) -> None:
        """Sends the empty AudioEvent."""
        if not self._is_ending:
            self._is_ending = True
            self._write(b"")

    def abort(self) -> None:
        """Drops the connection at once."""
        if self._is_over:
            return
        self._close()
        if self._connection is not None:
            self._connection.drop()

    def _write(self, audio: bytes) -> None:
        if self._is_over:
            return
        if self._connection is None or not self._is_open:
            self._kept.append(audio)
            return
        self._connection.send(encode_audio(audio))
        if self._blocked_bytes:
            self._blocked_bytes += len(audio)

    # -- opening -----------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._starting = None
        self._connecting = Deferred.fromCoroutine(self._connect())
        self._connecting.addErrback(self._on_unreachable)

    async def _connect(self) -> None:
        self._keys = await self._transport.credentials.get()
        options = self._transport.options
        resource = presign(options.url, options.region, self._keys, self._parameters)
        factory = OneConnection(self._transport.factory, lambda: self._new_connection(resource))
        await self._transport.connect(factory)

    def _new_connection(self, resource: str) -> Connection:
        self._connection = Connection(resource, self._transport.options.address, self)
        self._transport.connections.add(self._connection)
        return self._connection

    def _on_unreachable(self, failure: Failure) -> None:
        if self._is_over or failure.check(CancelledError):
            return
        error = failure.value
        if not isinstance(error, StreamFailed):
            if not failure.check(ConnectError, DNSLookupError, OSError):
                _log.failure("A stream could not be opened", failure, event="engine.not_opened")
            error = StreamFailed(Fault.CONNECTION, failure_name(failure))
        self.on_over(error)

    # -- told by the connection --------------------------------------------------------------------------------------

    def on_upgraded(self) -> None:
        """The stream is open. What the listener sends while it is told goes after what was kept."""
        self._listener.on_open()
        self._is_open = True
        kept, self._kept = self._kept, []
        for audio in kept:
            self._write(audio)

    def on_message(self, payload: bytes) -> None:
        """One or more event-stream messages, or a part of one."""
        try:
            for message in self._decoder.feed(payload):
                if self._is_over:
                    return
                self._take(message)
        except EventStreamError:
            self._leave(StreamFailed(Fault.CONNECTION, "event stream damaged"))
        except ResultsError:
            self._leave(StreamFailed(Fault.SERVICE, "event not understood"))

    def on_blocked(self, is_blocked: bool) -> None:
        """The write buffer is full, or empty again."""
        self._blocked_bytes = _BLOCKED_BYTES if is_blocked else 0
        if not self._is_over:
            self._listener.on_backlog(is_blocked)

    def on_over(self, error: StreamFailed | None) -> None:
        """The service has closed in good order, or the connection failed."""
        if self._is_over:
            return
        listener = self._close()
        if error is not None:
            if error.fault is Fault.CREDENTIALS and self._keys is not None:
                self._transport.credentials.renew(self._keys)
            listener.on_failed(error)
        elif self._is_ending:
            listener.on_end()
        else:
            listener.on_failed(StreamFailed(Fault.CLOSED))

    def on_gone(self) -> None:
        """The connection is gone, whoever ended it."""
        self._transport.remove(self._connection)
        self._connection = None

    def _take(self, message: Message) -> None:
        kind = message.headers.get(":message-type")
        if kind == "event":
            if message.headers.get(":event-type") == "TranscriptEvent":
                self._listener.on_results(read_event(message.payload))
        elif kind == "exception":
            self._leave(errors.from_response(0, message.headers.get(":exception-type", ""), message.payload))
        elif kind == "error":
            headers = message.headers
            self._leave(errors.from_exception(headers.get(":error-code", ""), headers.get(":error-message", "")))

    def _leave(self, error: StreamFailed) -> None:
        if self._connection is not None:
            self._connection.leave()
        self.on_over(error)

    def _close(self) -> WireListener:
        """Whoever listened may be told that it is over, and is let go: it holds this wire."""
        self._is_over = True
        self._kept.clear()
        if self._starting is not None:
            self._starting.cancel()
        if self._connecting is not None:
            self._connecting.cancel()
        listener = self._listener
        del self._listener
        return listener


class WebSocketTransport:
    """See `alie.engines.amazon.transport.Transport`.

    Args:
        reactor: to connect with; Autobahn's timers follow `txaio.config.loop`, which must be the same.
        options: host, region and authorities.
        credentials: asked for each stream; started and stopped by whoever made them.

    Raises:
        ValueError: in a sentence, if the file of authorities cannot be used.
    """

    def __init__(self, reactor: Any, options: AmazonOptions, credentials: Credentials) -> None:
        self.reactor = reactor
        self.options = options
        self.credentials = credentials
        self.factory = ConnectionFactory(reactor)
        self.connections: set[Connection] = set()
        self._tls = client_context(options.ca_file) if options.address.is_secure else None
        self._stopping: Deferred[None] | None = None
        if not masks_natively():
            _log.warn(
                "Native code for WebSocket masks is not in use: each session will cost about four times the CPU",
                event="engine.slow_masks",
            )

    def open(self, parameters: Mapping[str, str], listener: WireListener) -> WebSocketWire:
        """Opens one stream; the listener is told nothing before this returns."""
        return WebSocketWire(self, parameters, listener)

    def stop(self) -> Deferred[None]:
        """Fires when the last connection is gone; at most a second after the last stream has ended. For once only."""
        self._stopping = Deferred()
        stopping = self._stopping
        self.remove(None)
        return stopping

    async def connect(self, factory: IProtocolFactory) -> None:
        """Connects, with TLS or without.

        Raises:
            DNSLookupError, ConnectError: see `dial`.
        """
        address = self.options.address
        if self._tls is not None:
            factory = TlsFactory(self._tls, address.host, factory)
        await dial(self.reactor, address.host, address.port, factory, CONNECT_TIMEOUT_S)

    def remove(self, connection: Connection | None) -> None:
        """Counts a connection out."""
        self.connections.discard(connection)
        if self._stopping is not None and not self._stopping.called and not self.connections:
            self._stopping.callback(None)
