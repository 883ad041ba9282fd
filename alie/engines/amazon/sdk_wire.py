"""One stream of the SDK, on the reactor's side."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from alie.audio import byte_length
from alie.engines.amazon.credentials import Keys
from alie.engines.amazon.sdk_body import Body
from alie.engines.amazon.sdk_client import Client
from alie.engines.amazon.sdk_leg import Leg, Results
from alie.engines.amazon.sdk_thread import AsyncioThread, Inbox
from alie.engines.amazon.transport import WireListener
from alie.engines.bridge import failure_name
from alie.faults import Fault, StreamFailed
from alie.watermark import Watermark

HIGH_WATER_S = 2.0
"""Seconds of audio taken and not yet sent, at which the source is to pause ..."""
LOW_WATER_S = 0.5
"""... and at which it may go on."""


class SdkWire:
    """See `alie.engines.amazon.transport.Wire`.

    Args:
        thread: where the SDK runs.
        inbox: the way back.
        body: what is to be sent.
        parameters: of StartStreamTranscription, by query name.
        listener: hears what becomes of it.
        open_timeout_s: seconds within which the service must have answered.
    """

    def __init__(
        self,
        thread: AsyncioThread,
        inbox: Inbox,
        body: Body,
        parameters: Mapping[str, str],
        listener: WireListener,
        open_timeout_s: float,
    ) -> None:
        rate_hz = int(parameters["sample-rate"])
        self._thread = thread
        self._tell = inbox.put
        self._body = body
        self._parameters = parameters
        self._listener: WireListener | None = listener
        self._low_bytes = byte_length(LOW_WATER_S, rate_hz)
        self._watermark = Watermark(byte_length(HIGH_WATER_S, rate_hz), self._low_bytes)
        self._taken_bytes = 0
        self._leg = Leg(body, self, inbox.put, open_timeout_s)
        self._asking: Deferred[None] | None = None
        self._on_refused: Callable[[], None] = _nothing

    @property
    def unsent_bytes(self) -> int:
        """Audio that awscrt has not taken yet."""
        return self._taken_bytes - self._body.sent_bytes

    def begin(
        self, keys: Deferred[Keys], client: Callable[[Keys, Body], Client], renew: Callable[[Keys], None]
    ) -> None:
        """Opens the stream once there are keys.

        Args:
            keys: will fire with them.
            client: makes one that signs with them; called in the loop's thread.
            renew: is told of keys that the service refuses.
        """

        def on_keys(found: Keys) -> None:
            self._on_refused = lambda: renew(found)
            self._thread.call(self._leg.begin, lambda body: client(found, body), self._parameters)

        self._asking = keys.addCallback(on_keys)
        self._asking.addErrback(self._on_no_keys)

    def send(self, audio: bytes) -> None:
        """Sends one AudioEvent; nothing once the stream is over."""
        if self._listener is not None:
            self._taken_bytes += len(audio)
            self._thread.call(self._leg.send, audio)
            self.check_backlog()

    def end(self) -> None:
        """No more audio."""
        self._thread.call(self._leg.end)

    def abort(self) -> None:
        """Drops the connection; nothing more is told."""
        if self._listener is not None:
            self._listener = None
            if self._asking is not None:
                self._asking.cancel()
            self._thread.call(self._leg.abort)

    def check_backlog(self) -> None:
        """Tells whether there is room, where that has changed."""
        is_full = self._watermark.update(self.unsent_bytes)
        if self._watermark.is_full:
            self._body.watch(self._taken_bytes - self._low_bytes)
        if is_full is not None and self._listener is not None:
            self._listener.on_backlog(is_full)

    def on_open(self) -> None:
        """The leg has been answered."""
        if self._listener is not None:
            self._listener.on_open()

    def on_results(self, results: Results) -> None:
        """The leg has heard something."""
        self._leg.taken += 1
        if self._listener is not None:
            self._listener.on_results(results)

    def on_over(self, failed: StreamFailed | None) -> None:
        """The leg has ended, well if there is no failure."""
        listener, self._listener = self._listener, None
        if listener is None:
            return
        if failed is None:
            listener.on_end()
            return
        if failed.fault is Fault.CREDENTIALS:
            self._on_refused()
        listener.on_failed(failed)

    def _on_no_keys(self, failure: Failure) -> None:
        if self._listener is not None:
            error = failure.value
            known = isinstance(error, StreamFailed)
            failed = error if known else StreamFailed(Fault.CREDENTIALS, failure_name(failure))
            # Not at once: `Transport.open` may still be running.
            self._tell(self.on_over, failed)


def _nothing() -> None:
    """There are no keys yet that could be refused."""
