"""HTTP/2 for the SDK: one connection for each stream, over awscrt.

The SDK's own session reads the system's certificates only, waits for ever when a connection is lost before it was
answered, and takes a connection lost later for a good end. Its futures cannot be cancelled either: awscrt, setting
a cancelled one, raises in a thread of its own. All of it is called in the thread of the asyncio loop, unless it says
otherwise.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from typing import Any
from urllib.parse import SplitResult, urlsplit

from amazon_transcribe.exceptions import HTTPException
from amazon_transcribe.response import Response
from awscrt import http, io  # type: ignore[import-untyped]
from awscrt.exceptions import AwsCrtError  # type: ignore[import-untyped]

from alie.engines.amazon.sdk_body import Body

CONNECT_TIMEOUT_MS = 5000
MAX_UNREAD_BYTES = 4 * 1024 * 1024
"""Of one answer; more than an hour of results."""

_SHUTDOWN_TIMEOUT_S = 2.0


def tls_context(ca_file: str = "") -> io.ClientTlsContext:
    """Certificates and host names are verified. Takes some milliseconds: for once, at start; in any thread.

    Args:
        ca_file: PEM file of the authorities to trust instead of the system's, or empty.

    Raises:
        ValueError: in a sentence, if the file cannot be read or holds no certificate.
    """
    options = io.TlsContextOptions()
    try:
        if ca_file:
            options.override_default_trust_store_from_path(None, ca_file)
        return io.ClientTlsContext(options)
    except (OSError, AwsCrtError, RuntimeError) as error:
        raise ValueError(f"The authorities in {ca_file} cannot be read ({type(error).__name__})") from None


class Network:
    """awscrt's thread and resolver, for all streams.

    Args:
        tls: see `tls_context`.
    """

    def __init__(self, tls: io.ClientTlsContext) -> None:
        self.tls = tls
        group = io.EventLoopGroup(1)
        self._threads_ended = group.shutdown_event
        self.bootstrap: io.ClientBootstrap | None = io.ClientBootstrap(group, io.DefaultHostResolver(group))

    def release(self) -> None:
        """Ends awscrt's thread and waits for that, for two seconds at most; streams have been closed before."""
        self.bootstrap = None
        # Exceptions refer to frames and those to connections, in circles; awscrt's thread lives as long as these.
        gc.collect()
        self._threads_ended.wait(_SHUTDOWN_TIMEOUT_S)


class Answer:
    """What comes back for one request, as the SDK wants it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, close: Callable[[], object]) -> None:
        self._loop = loop
        self._close = close
        self._head: asyncio.Future[Response] = loop.create_future()
        self._pieces: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue()
        self._unread_bytes = 0

    async def resolve_response(self) -> Response:
        """Waits for status and headers.

        Raises:
            AwsCrtError: the connection was lost before they came.
        """
        return await self._head

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes, to its good end.

        Raises:
            AwsCrtError: the connection was lost.
        """
        while (piece := await self._pieces.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            self._unread_bytes -= len(piece)
            yield piece

    async def consume_body(self) -> bytes:
        """The whole body."""
        return b"".join([piece async for piece in self.chunks()])

    def on_response(self, status_code: int, headers: list[tuple[str, str]], **_: Any) -> None:
        """Called in awscrt's thread."""
        call_in(self._loop, self._tell_head, Response(status_code, dict(headers)))

    def on_body(self, chunk: bytes, **_: Any) -> None:
        """Called in awscrt's thread."""
        call_in(self._loop, self._take, bytes(chunk))

    def on_complete(self, completed: Future[int]) -> None:
        """Called in awscrt's thread."""
        call_in(self._loop, self._tell_end, completed.exception())

    def _tell_head(self, response: Response) -> None:
        if not self._head.done():
            self._head.set_result(response)

    def _take(self, piece: bytes) -> None:
        self._unread_bytes += len(piece)
        self._pieces.put_nowait(piece)
        if self._unread_bytes > MAX_UNREAD_BYTES:
            self._close()

    def _tell_end(self, error: BaseException | None) -> None:
        if not self._head.done():
            self._head.set_exception(error or HTTPException("ended before it was answered"))
            self._head.exception()  # nobody may be waiting for it any more; that needs no word in the log
        self._pieces.put_nowait(error)


class Connection:
    """The one connection of a stream; stands in for the SDK's AwsCrtHttpSessionManager."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._connection: http.HttpClientConnection | None = None
        self._is_closed = False

    async def make_request(self, url: str, method: str, headers: list[tuple[str, str]], body: Body) -> Answer:
        """Connects and sends the head; the body follows as it grows.

        Raises:
            AwsCrtError: no connection, or one that cannot be trusted.
            HTTPException: the other side speaks no HTTP/2.
        """
        address = urlsplit(url)
        connection = await self._connect(address)
        if connection.version is not http.HttpVersion.Http2:
            raise HTTPException("no HTTP/2")
        answer = Answer(asyncio.get_running_loop(), connection.close)
        request = http.HttpRequest(method, address.path, http.HttpHeaders(headers), body)
        stream = connection.request(request, answer.on_response, answer.on_body)
        stream.completion_future.add_done_callback(answer.on_complete)
        stream.activate()
        return answer

    def close(self) -> None:
        """Drops the connection, or the one that is being made."""
        self._is_closed = True
        if self._connection is not None:
            self._connection.close()

    async def _connect(self, address: SplitResult) -> http.HttpClientConnection:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[http.HttpClientConnection] = loop.create_future()
        options = self._network.tls.new_connection_options()
        options.set_server_name(address.hostname)
        options.set_alpn_list(["h2"])
        sockets = io.SocketOptions()
        sockets.connect_timeout_ms = CONNECT_TIMEOUT_MS
        connecting = http.HttpClientConnection.new(
            host_name=address.hostname,
            port=address.port or 443,
            bootstrap=self._network.bootstrap,
            socket_options=sockets,
            tls_connection_options=options,
        )

        def on_done(connected: Future[http.HttpClientConnection]) -> None:
            if not call_in(loop, self._arrive, arrived, connected) and connected.exception() is None:
                connected.result().close()

        connecting.add_done_callback(on_done)
        return await arrived

    def _arrive(
        self,
        arrived: asyncio.Future[http.HttpClientConnection],
        connected: Future[http.HttpClientConnection],
    ) -> None:
        error = connected.exception()
        if error is None:
            self._connection = connected.result()
            if self._is_closed:
                self._connection.close()
        if arrived.done():
            return
        if error is None:
            arrived.set_result(connected.result())
        else:
            arrived.set_exception(error)


def call_in(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *arguments: object) -> bool:
    """Has the loop's thread call it, from any other; returns False if the loop has ended."""
    try:
        loop.call_soon_threadsafe(function, *arguments)
    except RuntimeError:
        return False
    return True
