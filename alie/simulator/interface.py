"""Between the simulated service, which knows what a stream hears and when it fails, and the two transports that
carry it. All on the reactor thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Line(Protocol):
    """A transport's side of one stream: what the service may do to the client."""

    @property
    def peer_port(self) -> int:
        """From which the client's connection came."""

    def accept(self) -> None:
        """Answers 101 or 200: the stream is open. Called once, before anything is sent."""

    def refuse(self, status: int, exception_type: str, message: str) -> None:
        """Answers with an HTTP status and a JSON error body instead of opening; then the stream is over."""

    def send_event(self, event_type: str, payload: bytes) -> None:
        """Sends one event-stream message with `:message-type` "event", such as a "TranscriptEvent" with its JSON."""

    def send_exception(self, exception_type: str, message: str) -> None:
        """Sends one with `:message-type` "exception" and `{"Message": message}`, then ends the stream in good order."""

    def close(self) -> None:
        """Ends the stream in good order, without a word why."""

    def reset(self) -> None:
        """Cuts the TCP connection with a reset."""

    def pause_reading(self) -> None:
        """Reads nothing more from the client: a service that is slow."""

    def resume_reading(self) -> None:
        """Reads again."""


class Hearing(Protocol):
    """The service's side of one stream: what the transport tells it. Signatures and checksums have been verified."""

    def on_audio(self, audio: bytes) -> None:
        """The payload of one AudioEvent."""

    def on_end(self) -> None:
        """The empty AudioEvent came: no more audio will."""

    def on_lost(self) -> None:
        """The connection is gone, whoever ended it; nothing may be asked of the line any more."""


class Service(Protocol):
    """What both transports are built on."""

    def secret_of(self, access_key_id: str) -> tuple[str, str | None] | None:
        """Secret key and session token of an access key; None: no such key. For verifying signatures."""

    def open(self, transport: str, parameters: Mapping[str, str], line: Line) -> Hearing | None:
        """A verified request came.

        Args:
            transport: "websocket" or "http2".
            parameters: of StartStreamTranscription by query name: header names without "x-amzn-transcribe-", such as
                "language-code", "sample-rate", "session-id".
            line: it has been asked to accept or refuse when this returns, or will be later (a slow service).

        Returns:
            Who hears what comes, or None when the line was told to refuse.
        """

    def note_bad_signature(self, reason: str) -> None:
        """A request or frame whose signature or checksum is wrong; the transport refuses it itself."""
