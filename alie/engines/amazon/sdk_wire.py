"""One stream of the SDK, on the reactor's side."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.python.failure import Failure

from alie.audio import byte_length
from alie.engines.amazon.sdk_body import Body, Pacer
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
        pacer: shared by all streams.
        sample_rate_hz: of the audio.
        listener: hears what becomes of it.
        open_timeout_s: seconds within which the service must have answered.
    """

    def __init__(
        self,
        thread: AsyncioThread,
        inbox: Inbox,
        pacer: Pacer,
        sample_rate_hz: int,
        listener: WireListener,
        open_timeout_s: float,
    ) -> None:
        self._thread = thread
        self._listener: WireListener | None = listener
        self._low_bytes = byte_length(LOW_WATER_S, sample_rate_hz)
        self._watermark = Watermark(byte_length(HIGH_WATER_S, sample_rate_hz), self._low_bytes)
        self._taken_bytes = 0
        self._body = Body(pacer, lambda: inbox.put(self._check_backlog))
        self._leg = Leg(self._body, self, inbox.put, open_timeout_s)

    @property
    def unsent_bytes(self) -> int:
        """Audio that awscrt has not taken yet."""
        return self._taken_bytes - self._body.sent_bytes

    def begin(self, client: Callable[[Body], Client], parameters: Mapping[str, str]) -> None:
        """The keys are there; see `Leg.begin`."""
        if self._listener is not None:
            self._thread.call(self._leg.begin, client, parameters)

    def send(self, audio: bytes) -> None:
        """Sends one AudioEvent; nothing once the stream is over."""
        if self._listener is None:
            return
        self._taken_bytes += len(audio)
        self._thread.call(self._leg.send, audio)
        self._check_backlog()

    def end(self) -> None:
        """No more audio."""
        self._thread.call(self._leg.end)

    def abort(self) -> None:
        """Drops the connection; nothing more is told."""
        if self._listener is not None:
            self._listener = None
            self._thread.call(self._leg.abort)

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
        if listener is not None:
            listener.on_end() if failed is None else listener.on_failed(failed)

    def on_no_keys(self, failure: Failure) -> None:
        """There is nothing to sign with."""
        error = failure.value
        self.on_over(
            error if isinstance(error, StreamFailed) else StreamFailed(Fault.CREDENTIALS, failure_name(failure))
        )

    def _check_backlog(self) -> None:
        is_full = self._watermark.update(self.unsent_bytes)
        if self._watermark.is_full:
            self._body.watch(self._taken_bytes - self._low_bytes)
        if is_full is not None and self._listener is not None:
            self._listener.on_backlog(is_full)
