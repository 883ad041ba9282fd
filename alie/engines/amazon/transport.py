"""How one stream at Amazon Transcribe is carried: what both transports offer, and what they tell.

All of it is called on the reactor thread, in both directions.
Source: docs.aws.amazon.com/transcribe/latest/APIReference/API_streaming_StartStreamTranscription.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred

from alie.faults import StreamFailed


class WireListener(Protocol):
    """Told what comes back. Nothing is told after `on_end`, `on_failed` or `Wire.abort`."""

    def on_open(self) -> None:
        """The service has answered 101 or 200; once, before anything else. An exception may still follow."""

    def on_results(self, results: Sequence[Mapping[str, Any]]) -> None:
        """The `Transcript.Results` of one TranscriptEvent, as in the service's JSON; may be empty."""

    def on_end(self) -> None:
        """The service has ended the stream in good order after `Wire.end`: everything it had to say was told."""

    def on_failed(self, error: StreamFailed) -> None:
        """The stream is dead. A close in good order that nobody asked for is one of these, too (Fault.CLOSED)."""

    def on_backlog(self, is_full: bool) -> None:
        """The write buffer holds as much as it may (True: stop sending), or has room again (False)."""


class Wire(Protocol):
    """One stream on its way to the service."""

    @property
    def unsent_bytes(self) -> int:
        """Audio taken by `send` that has not left this process, as far as is known."""

    def send(self, audio: bytes) -> None:
        """Sends one AudioEvent: PCM16 mono, whole samples, at most one second of audio. What comes before
        `WireListener.on_open` is kept and sent then. Never blocks. Not to be called after `end`."""

    def end(self) -> None:
        """No more audio: sends the empty AudioEvent; `on_end` follows when the service has told all."""

    def abort(self) -> None:
        """Drops the connection at once; nothing more is told. May be called in any state, repeatedly."""


class Transport(Protocol):
    """Opens streams."""

    def open(self, parameters: Mapping[str, str], listener: WireListener) -> Wire:
        """Opens one stream.

        Args:
            parameters: of StartStreamTranscription, by query name ("language-code", "media-encoding", "sample-rate",
                "session-id", "show-speaker-label", ...): the header names without "x-amzn-transcribe-".
            listener: hears what becomes of it.
        """

    def stop(self) -> Deferred[None]:
        """Gives back threads and connections; fires when that is done. Streams have been aborted before."""
