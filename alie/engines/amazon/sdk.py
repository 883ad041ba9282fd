"""The `sdk` transport: Amazon Transcribe over HTTP/2, by the amazon-transcribe SDK and awscrt.

The SDK wants asyncio, so it has a loop of its own in a thread of its own; nothing of it runs in the reactor's. Each
stream has a client and a connection for itself, since streams that share one wait for each other.

Importing this module imports awscrt, which takes a while: to be done at start, not while the reactor runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from amazon_transcribe.auth import StaticCredentialResolver
from twisted.internet.defer import Deferred

from alie.engines.amazon.credentials import Keys
from alie.engines.amazon.options import AmazonOptions
from alie.engines.amazon.sdk_body import Body, Pacer
from alie.engines.amazon.sdk_client import Client
from alie.engines.amazon.sdk_http import Network, tls_context
from alie.engines.amazon.sdk_thread import AsyncioThread, Inbox
from alie.engines.amazon.sdk_wire import SdkWire
from alie.engines.amazon.transport import WireListener
from alie.engines.bridge import BridgeReactor, Pool

OPEN_TIMEOUT_S = 10.0


class KeySource(Protocol):
    """What is needed of `alie.engines.amazon.credentials.Credentials`."""

    def get(self) -> Deferred[Keys]:
        """Keys that are good now."""

    def renew(self, refused: Keys) -> None:
        """The service has refused these."""


class SdkTransport:
    """Opens streams by the SDK; see `alie.engines.amazon.transport.Transport`.

    Args:
        reactor: its `callFromThread`.
        options: host, region and authorities, for the transport "sdk".
        credentials: asked for each stream; started and stopped by whoever made them.
        pool: for tests; by default a `ThreadPool` of one thread.
        open_timeout_s: seconds within which a stream must have been answered. A certificate that is not trusted
            shows in this way, too: awscrt's TLS waits up to half a minute with that, so as to tell attackers nothing.

    Raises:
        ValueError: in a sentence, if the endpoint is not https or the file of authorities cannot be used.
    """

    def __init__(
        self,
        reactor: BridgeReactor,
        options: AmazonOptions,
        credentials: KeySource,
        pool: Pool | None = None,
        open_timeout_s: float = OPEN_TIMEOUT_S,
    ) -> None:
        if not options.address.is_secure:
            raise ValueError("The sdk transport needs an https endpoint: awscrt speaks HTTP/2 only over TLS")
        self._address = options.region, options.url
        self._credentials = credentials
        self._open_timeout_s = open_timeout_s
        self._tls = tls_context(options.ca_file)
        self._network: Network | None = None
        self._pacer = Pacer()
        self._inbox = Inbox(reactor)
        self._thread = AsyncioThread(reactor, self._release, pool)

    def open(self, parameters: Mapping[str, str], listener: WireListener) -> SdkWire:
        """Opens one stream; the listener is told nothing before this returns."""

        def client(keys: Keys, body: Body) -> Client:
            resolver = StaticCredentialResolver(keys.access_key, keys.secret_key, keys.token)
            return Client(*self._address, resolver, body, self._ready_network())

        body = Body(self._pacer, lambda: self._inbox.put(wire.check_backlog))
        wire = SdkWire(self._thread, self._inbox, body, parameters, listener, self._open_timeout_s)
        wire.begin(self._credentials.get(), client, self._credentials.renew)
        return wire

    def stop(self) -> Deferred[None]:
        """Drops streams that are still there, ends loop and threads; fires when that is done. For once only."""
        return self._thread.stop()

    def _ready_network(self) -> Network:
        """Made with the first stream. Called in the loop's thread."""
        if self._network is None:
            self._network = Network(self._tls)
        return self._network

    def _release(self) -> None:
        """Called in the loop's thread, at its end."""
        if self._network is not None:
            self._network.release()
