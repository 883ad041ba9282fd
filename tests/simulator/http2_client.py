"""A client in memory: h2 speaks HTTP/2, botocore signs requests, and the vendor's SDK signs chunks."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from amazon_transcribe.auth import Credentials as SdkCredentials
from amazon_transcribe.eventstream import EventSigner, EventStreamMessageSerializer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.eventstream import EventStreamBuffer
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, ResponseReceived
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie.simulator.http2 import Http2Protocol
from tests.simulator.scripted_service import KEY_ID, SECRET, ScriptedService
from tests.support.memory_web import MemoryTransport

HOST = "transcribestreaming.ca-central-1.amazonaws.com"
PARAMETERS = {"language-code": "fr-CA", "sample-rate": "16000", "media-encoding": "pcm"}
AUDIO_HEADERS: dict[str, Any] = {
    ":message-type": "event",
    ":event-type": "AudioEvent",
    ":content-type": "application/octet-stream",
}


def signed_headers(
    parameters: dict[str, str] = PARAMETERS,
    *,
    key_id: str = KEY_ID,
    secret: str = SECRET,
    token: str | None = None,
    **extra: str,
) -> dict[str, str]:
    """The headers of a request signed now, by lower-case name; those of `extra` are signed too."""
    headers = {f"x-amzn-transcribe-{name}": value for name, value in parameters.items()}
    headers |= {name.replace("_", "-"): value for name, value in extra.items()}
    request = AWSRequest("POST", f"https://{HOST}/stream-transcription", headers, b"")
    SigV4Auth(Credentials(key_id, secret, token), "transcribe", "ca-central-1").add_auth(request)
    pseudo = {":method": "POST", ":scheme": "https", ":authority": HOST, ":path": "/stream-transcription"}
    return {**pseudo, **{name.lower(): value for name, value in request.headers.items()}}


class ChunkWriter:
    """Signs what a client says, each after the one before."""

    def __init__(self, headers: dict[str, str], clock: Clock) -> None:
        def now() -> datetime:
            return datetime.fromtimestamp(clock.seconds(), UTC)

        self.signature = bytes.fromhex(headers["authorization"].rpartition("Signature=")[2])
        self._signer = EventSigner("transcribe", "ca-central-1", utc_now=now)
        self._serializer = EventStreamMessageSerializer()

    def audio(self, audio: bytes, headers: dict[str, Any] = AUDIO_HEADERS) -> bytes:
        """An AudioEvent in its envelope."""
        return self.envelope(self._serializer.serialize(headers, audio))

    def end(self) -> bytes:
        """The signed end."""
        return self.envelope(b"")

    def envelope(self, payload: bytes) -> bytes:
        """Any payload, signed."""
        signed: Any = self._signer.sign(payload, self.signature, SdkCredentials(KEY_ID, SECRET))
        self.signature = signed[":chunk-signature"]
        return self._serializer.serialize(signed, payload)


class MemoryClient:
    """A client and a server that talk in memory, until `exchange` has nothing more to carry."""

    def __init__(self, service: ScriptedService) -> None:
        self.clock = Clock()
        # botocore signs with the real time.
        self.clock.advance(time.time())
        self.server = Http2Protocol(service, self.clock)
        self.transport: Any = MemoryTransport("127.0.0.1")
        self.transport.protocol = self.server
        # What TLS is on top of.
        self.transport.transport = self.transport
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding="latin-1"))
        self.events: list[Event] = []
        self.h2.initiate_connection()
        self.server.makeConnection(self.transport)
        self.exchange()

    def exchange(self) -> None:
        """Carries bytes both ways, and gives the server a moment, until there is nothing more."""
        while True:
            to_server, to_client = self.h2.data_to_send(), self.transport.value()
            self.transport.clear()
            if to_server and self.transport.connected:
                self.server.dataReceived(to_server)
            if to_client:
                self.events += self.h2.receive_data(to_client)
            self.clock.advance(0)
            if not to_server and not to_client:
                return

    def open(self, headers: dict[str, str] | None = None) -> tuple[int, ChunkWriter]:
        """Starts a stream."""
        headers = headers or signed_headers()
        stream_id = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream_id, list(headers.items()))
        self.exchange()
        return stream_id, ChunkWriter(headers, self.clock)

    def send(self, stream_id: int, body: bytes, *, is_last: bool = False) -> int:
        """Sends as much as the window lets it, in pieces, and returns how many bytes that was."""
        room = min(len(body), self.h2.local_flow_control_window(stream_id))
        for at in range(0, room, self.h2.max_outbound_frame_size):
            self.h2.send_data(stream_id, body[at : min(room, at + self.h2.max_outbound_frame_size)])
        if is_last:
            self.h2.end_stream(stream_id)
        self.exchange()
        return room

    def of(self, kind: type[Any], stream_id: int | None = None) -> list[Any]:
        """What the server said of one kind, on one stream or at all."""
        found = [event for event in self.events if isinstance(event, kind)]
        return [event for event in found if stream_id is None or event.stream_id == stream_id]

    def response(self, stream_id: int) -> dict[str, str]:
        """The headers of the only answer."""
        (response,) = self.of(ResponseReceived, stream_id)
        return dict(response.headers)

    def body(self, stream_id: int) -> bytes:
        """What has come of the answer's body."""
        return b"".join(event.data for event in self.of(DataReceived, stream_id))

    def messages(self, stream_id: int) -> list[tuple[dict[str, str], bytes]]:
        """The messages in it, read by botocore."""
        buffer: Any = EventStreamBuffer()
        buffer.add_data(self.body(stream_id))
        return [(message.headers, message.payload) for message in buffer]

    def acknowledge(self, size: int, stream_id: int) -> None:
        """Lets the server send more."""
        self.h2.increment_flow_control_window(size)
        self.h2.increment_flow_control_window(size, stream_id)
        self.exchange()


class Http2TestCase(SynchronousTestCase):
    """A client and a scripted service."""

    def setUp(self) -> None:
        self.service = ScriptedService()
        self.client = MemoryClient(self.service)
