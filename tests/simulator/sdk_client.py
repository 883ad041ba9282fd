"""Sends PCM16 from standard input with the vendor's client for Python, and prints what
tests/support/node/transcribe.cjs prints. Its own threads and event loop are why it is a process.

    python -m tests.simulator.sdk_client ENDPOINT CA_FILE FRAME_BYTES
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from amazon_transcribe.auth import StaticCredentialResolver
from amazon_transcribe.client import TranscribeStreamingClient
from amazon_transcribe.endpoints import StaticEndpointResolver
from amazon_transcribe.exceptions import UnknownServiceException
from amazon_transcribe.httpsession import AwsCrtHttpSessionManager
from awscrt import io


class TrustingSessionManager(AwsCrtHttpSessionManager):
    """As the SDK's own, but for whom it trusts."""

    def __init__(self, bootstrap: io.ClientBootstrap, authority: str) -> None:
        super().__init__(bootstrap)
        options = io.TlsContextOptions()
        options.override_default_trust_store_from_path(None, authority)
        self._tls_ctx = io.ClientTlsContext(options)


def say(value: dict[str, Any]) -> None:
    """One line."""
    print(json.dumps(value), flush=True)


async def speak(stream: Any, frame_bytes: int) -> None:
    """All of standard input, then the signed end."""
    while frame := sys.stdin.buffer.read(frame_bytes):
        await stream.send_audio_event(audio_chunk=frame)
    await stream.end_stream()


async def listen(stream: Any) -> None:
    """Results until the end."""
    async for event in stream:
        for result in event.transcript.results:
            say({"text": result.alternatives[0].transcript, "isPartial": result.is_partial})
    say({"ended": True})


async def main(endpoint: str, authority: str, frame_bytes: int) -> None:
    """One stream."""
    credentials = StaticCredentialResolver(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    client = TranscribeStreamingClient(
        region="ca-central-1",
        endpoint_resolver=StaticEndpointResolver(endpoint),
        credential_resolver=credentials,
    )
    client._session_manager = TrustingSessionManager(client._eventloop, authority)
    try:
        stream = await client.start_stream_transcription(
            language_code="fr-CA", media_sample_rate_hz=16000, media_encoding="pcm", show_speaker_label=True
        )
        say({"session": stream.response.session_id, "request": stream.response.request_id, "language": "fr-CA"})
        await asyncio.gather(speak(stream.input_stream, frame_bytes), listen(stream.output_stream))
    except UnknownServiceException as error:
        say({"error": error.error_code, "message": error.message, "status": error.status_code})
    except Exception as error:
        say({"error": type(error).__name__, "message": str(error)})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
