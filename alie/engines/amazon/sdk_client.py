"""The amazon-transcribe SDK's client, made for one stream: with an endpoint and certificates of our own, every
parameter the service knows, and results as the service writes them.

The SDK (0.6.4, the last) offers no way in for these, so its parts are replaced one by one; what signs, frames and
checks stays its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from amazon_transcribe.auth import StaticCredentialResolver
from amazon_transcribe.client import TranscribeStreamingClient
from amazon_transcribe.deserialize import TranscribeStreamingEventParser, TranscribeStreamingResponseParser
from amazon_transcribe.endpoints import StaticEndpointResolver
from amazon_transcribe.eventstream import EventSigner
from amazon_transcribe.model import (
    StartStreamTranscriptionEventStream,
    StartStreamTranscriptionRequest,
    StartStreamTranscriptionResponse,
    TranscriptResultStream,
)
from amazon_transcribe.request import Request
from amazon_transcribe.response import Response
from amazon_transcribe.serialize import TranscribeStreamingSerializer

from alie.engines.amazon.errors import from_exception, from_response
from alie.engines.amazon.results import read_event
from alie.engines.amazon.sdk_body import Body
from alie.engines.amazon.sdk_http import Connection, Network

_HEADER = "x-amzn-transcribe-"


class Client(TranscribeStreamingClient):
    """Opens one stream.

    Args:
        region: that the signature names.
        endpoint: https URL, without a path.
        credentials: kept for the whole stream: the service checks every frame with the keys that opened it.
        body: where the stream's frames go.
        network: what all streams share.
    """

    def __init__(
        self, region: str, endpoint: str, credentials: StaticCredentialResolver, body: Body, network: Network
    ) -> None:
        # Without `super().__init__()`: it would read all the system's certificates and start a thread for every core.
        self.service_name = "transcribe"
        self.region = region
        self._endpoint_resolver = StaticEndpointResolver(endpoint)
        self._credential_resolver = credentials
        self._event_signer = EventSigner(self.service_name, region)
        self._response_parser = _ResponseParser()
        self._session_manager: Any = Connection(network)
        self._body = body

    async def start(self, parameters: Mapping[str, str]) -> StartStreamTranscriptionEventStream:
        """Opens the stream with parameters by query name, all of them as they are.

        Raises:
            StreamFailed: the service refused it.
            AwsCrtError, HTTPException: the connection failed.
        """
        self._serializer = _Serializer(parameters, self._body)
        return await self.start_stream_transcription(
            language_code=parameters.get("language-code", ""),
            media_sample_rate_hz=int(parameters["sample-rate"]),
            media_encoding=parameters["media-encoding"],
        )

    def close(self) -> None:
        """Drops the connection."""
        self._session_manager.close()


class _Serializer(TranscribeStreamingSerializer):
    """Writes every parameter as a header, those that the SDK does not know too; booleans as the service does."""

    def __init__(self, parameters: Mapping[str, str], body: Body) -> None:
        self._parameters = parameters
        self._body = body

    def serialize_start_stream_transcription_request(
        self, endpoint: str, request_shape: StartStreamTranscriptionRequest
    ) -> Request:
        request = super().serialize_start_stream_transcription_request(endpoint, request_shape)
        others = {name: text for name, text in request.headers.items() if not name.startswith(_HEADER)}
        ours = {_HEADER + name: text for name, text in self._parameters.items()}
        request.headers = {**others, **ours, "host": urlsplit(endpoint).netloc}
        request.body = self._body
        return request


class _ResponseParser(TranscribeStreamingResponseParser):
    """Leaves the headers of a good answer, which nobody asks for, and all exceptions to our own table."""

    def parse_start_stream_transcription_response(
        self, http_response: Response, body_stream: Any
    ) -> StartStreamTranscriptionResponse:
        return StartStreamTranscriptionResponse(TranscriptResultStream(body_stream, _EventParser()))

    def parse_exception(self, http_response: Response, body_bytes: bytes) -> Any:
        exception_type = http_response.headers.get("x-amzn-errortype", "")
        return from_response(http_response.status_code, exception_type, body_bytes)


class _EventParser(TranscribeStreamingEventParser):
    """Leaves results in the service's own form: the SDK's loses fields, and the names of exceptions it has not met."""

    def parse(self, raw_event: Any) -> Any:
        headers = raw_event.headers
        kind = headers.get(":message-type")
        if kind == "exception":
            raise from_response(0, headers.get(":exception-type", ""), raw_event.payload)
        if kind == "error":
            raise from_exception(headers.get(":error-code", ""), headers.get(":error-message", ""))
        return read_event(raw_event.payload) if headers.get(":event-type") == "TranscriptEvent" else []
