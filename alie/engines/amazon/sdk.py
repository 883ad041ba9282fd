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

from alie.engines.amazon.sdk_body import Pacer
from alie.engines.amazon.sdk_client import Client
from alie.engines.amazon.sdk_http import Network
from alie.engines.amazon.sdk_thread import AsyncioThread, Inbox
from alie.engines.amazon.sdk_wire import SdkWire
from alie.engines.amazon.transport import WireListener
from alie.engines.bridge import BridgeReactor, Pool

OPEN_TIMEOUT_S = 10.0


class Keys(Protocol):
    """botocore's ReadOnlyCredentials."""

    @property
    def access_key(self) -> str:
        """Its id."""

    @property
    def secret_key(self) -> str:
        """What signs."""

    @property
    def token(self) -> str | None:
        """Of a session, where the keys are lent for a time."""


class KeyProvider(Protocol):
    """Where keys come from."""

    def get(self) -> Deferred[Keys]:
        """Keys that are good now; on the reactor's thread."""


class SdkTransport:
    """Opens streams by the SDK; see `alie.engines.amazon.transport.Transport`.

    Args:
        reactor: its `callFromThread`.
        keys: asked once for each stream.
        region: that signatures name.
        url: https URL of the service, without a path.
        ca_file: path of PEM certificates to trust instead of the system's.
        pool: for tests; by default a `ThreadPool` of one thread.
        open_timeout_s: seconds within which a stream must have been answered. A certificate that is not trusted
            shows in this way, too: awscrt's TLS waits up to half a minute with that, so as to tell attackers nothing.

    Raises:
        ValueError: the URL is not https: awscrt speaks HTTP/2 only over TLS.
    """

    def __init__(
        self,
        reactor: BridgeReactor,
        keys: KeyProvider,
        region: str,
        url: str,
        ca_file: str | None = None,
        pool: Pool | None = None,
        open_timeout_s: float = OPEN_TIMEOUT_S,
    ) -> None:
        if not url.startswith("https://"):
            raise ValueError("the sdk transport needs an https:// endpoint")
        self._keys = keys
        self._address = region, url
        self._ca_file = ca_file
        self._open_timeout_s = open_timeout_s
        self._pacer = Pacer()
        self._inbox = Inbox(reactor)
        self._thread = AsyncioThread(reactor, self._release, pool)
        self._network: Network | None = None

    def open(self, parameters: Mapping[str, str], listener: WireListener) -> SdkWire:
        """Opens one stream; asks for keys first."""
        rate_hz = int(parameters["sample-rate"])
        wire = SdkWire(self._thread, self._inbox, self._pacer, rate_hz, listener, self._open_timeout_s)

        def begin(keys: Keys) -> None:
            resolver = StaticCredentialResolver(keys.access_key, keys.secret_key, keys.token)
            wire.begin(lambda body: Client(*self._address, resolver, body, self._ready_network()), parameters)

        self._keys.get().addCallbacks(begin, wire.on_no_keys)
        return wire

    def stop(self) -> Deferred[None]:
        """Drops streams that are still there, ends loop and threads; fires when that is done. For once only."""
        return self._thread.stop()

    def _ready_network(self) -> Network:
        """Made with the first stream. Called in the loop's thread."""
        if self._network is None:
            self._network = Network(self._ca_file)
        return self._network

    def _release(self) -> None:
        """Called in the loop's thread, at its end."""
        if self._network is not None:
            self._network.release()
