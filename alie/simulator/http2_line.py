"""One stream of HTTP/2 as the service's line to a client: StartStreamTranscription in, events out."""

from __future__ import annotations

import json
import uuid
from collections import deque
from collections.abc import Mapping
from typing import Protocol

from h2.connection import H2Connection
from h2.errors import ErrorCodes

from alie.simulator.chunks import ChunkReader
from alie.simulator.interface import Hearing, Service
from alie.simulator.messages import encode_event, encode_exception
from alie.simulator.requests import PREFIX
from alie.simulator.signing import NotAuthentic

# A client that leaves more than this unread is cut off.
MAX_UNSENT_BYTES = 1 << 20


class Connection(Protocol):
    """What a line needs of the connection that it is one of."""

    @property
    def h2(self) -> H2Connection:
        """HTTP/2, all but its bytes."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more is to be written for now."""

    def flush(self) -> None:
        """Writes what `h2` has to say."""

    def abort(self) -> None:
        """Cuts the TCP connection with a reset."""

    def forget(self, stream_id: int) -> None:
        """The stream has been ended from this side; its line is told a little later that it is lost."""

    def seconds(self) -> float:
        """Seconds since 1970."""

    @property
    def peer_port(self) -> int:
        """From which it came."""


class Http2Line:
    """An `alie.simulator.interface.Line`. Nothing is heard before it is accepted."""

    def __init__(self, connection: Connection, stream_id: int, parameters: Mapping[str, str]) -> None:
        self._connection = connection
        self._stream_id = stream_id
        self._parameters = parameters
        self._hearing: Hearing | None = None
        # Pieces of the client's body that were not heard yet, at most a flow-control window; None: its end.
        self._arrived: deque[tuple[bytes, int] | None] = deque()
        self._unsent = bytearray()
        self._is_accepted = False
        self._is_paused = False
        self._is_ending = False
        self._is_over = False

    def begin(self, service: Service, reader: ChunkReader) -> None:
        """Offers the stream to the service; called once, after the request was verified."""
        self._service = service
        self._reader = reader
        self._hearing = service.open("http2", self._parameters, self)
        self._hear()

    # The service's side

    @property
    def peer_port(self) -> int:
        """From which the client's connection came."""
        return self._connection.peer_port

    def accept(self) -> None:
        """Answers 200."""
        session_id = self._parameters.get("session-id") or str(uuid.uuid4())
        echoed = {**self._parameters, "session-id": session_id}
        self._answer(200, "application/vnd.amazon.eventstream", {PREFIX + name: text for name, text in echoed.items()})
        self._is_accepted = True
        self._hear()

    def refuse(self, status: int, exception_type: str, message: str) -> None:
        """Answers with a JSON error."""
        self._answer(status, "application/json", {"x-amzn-errortype": exception_type})
        self._unsent += json.dumps({"Message": message}).encode()
        self.close()

    def send_event(self, event_type: str, payload: bytes) -> None:
        """Sends an event as soon as flow control lets it."""
        self._send(encode_event(event_type, payload))

    def send_exception(self, exception_type: str, message: str) -> None:
        """Sends an exception and ends."""
        self._send(encode_exception(exception_type, message))
        self.close()

    def close(self) -> None:
        """Ends the stream once all is sent."""
        self._is_ending = True
        self.pump()

    def reset(self) -> None:
        """Cuts the connection, and so all its streams."""
        self._connection.abort()

    def pause_reading(self) -> None:
        """Withholds window updates of this stream; the connection's other streams go on."""
        self._is_paused = True

    def resume_reading(self) -> None:
        """Reads what has come, and opens the window again."""
        self._is_paused = False
        self._hear()

    # The connection's side

    def receive(self, piece: bytes, flow_bytes: int) -> None:
        """A piece of the body, which took `flow_bytes` of the stream's window."""
        self._arrived.append((piece, flow_bytes))
        self._hear()

    def receive_end(self) -> None:
        """The client sends no more."""
        self._arrived.append(None)
        self._hear()

    def pump(self) -> None:
        """Sends as much as flow control lets it, and the end after that."""
        h2, stream_id = self._connection.h2, self._stream_id
        while self._unsent and not self._is_over and not self._connection.is_full:
            room = min(h2.local_flow_control_window(stream_id), h2.max_outbound_frame_size)
            if room <= 0:
                break
            h2.send_data(stream_id, bytes(self._unsent[:room]))
            del self._unsent[:room]
        if self._is_ending and not self._unsent and not self._is_over:
            h2.end_stream(stream_id)
            self._finish()
        self._connection.flush()

    def lose(self) -> None:
        """The stream is gone, whoever ended it."""
        self._is_over = True
        self._arrived.clear()
        hearing, self._hearing = self._hearing, None
        if hearing is not None:
            hearing.on_lost()

    def _answer(self, status: int, content_type: str, headers: Mapping[str, str]) -> None:
        common = {":status": str(status), "x-amzn-request-id": str(uuid.uuid4()), "content-type": content_type}
        self._connection.h2.send_headers(self._stream_id, [*common.items(), *headers.items()])
        self._connection.flush()

    def _send(self, message: bytes) -> None:
        self._unsent += message
        self.pump()
        if len(self._unsent) > MAX_UNSENT_BYTES and not self._is_over:
            self._connection.h2.reset_stream(self._stream_id, ErrorCodes.ENHANCE_YOUR_CALM)
            self._finish()

    def _finish(self) -> None:
        self._connection.flush()
        self._is_over = True
        self._connection.forget(self._stream_id)

    @property
    def _is_reading(self) -> bool:
        return self._is_accepted and not self._is_paused and not self._is_ending

    def _hear(self) -> None:
        hearing = self._hearing
        while hearing is not None and self._arrived and self._is_reading:
            arrived = self._arrived.popleft()
            try:
                if arrived is None:
                    self._check_end()
                else:
                    self._hear_piece(*arrived, hearing)
            except NotAuthentic as error:
                self._service.note_bad_signature(str(error))
                self.send_exception(error.exception_type, str(error))

    def _hear_piece(self, piece: bytes, flow_bytes: int, hearing: Hearing) -> None:
        if flow_bytes:
            self._connection.h2.increment_flow_control_window(flow_bytes, self._stream_id)
            self._connection.flush()
        for audio in self._reader.read(piece, self._connection.seconds()):
            if self._is_ending or self._is_over:
                return
            if audio:
                hearing.on_audio(audio)
            else:
                hearing.on_end()

    def _check_end(self) -> None:
        if not self._reader.has_ended:
            raise NotAuthentic("BadRequestException", "The stream ended without its signed end.")
