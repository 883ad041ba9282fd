"""One session of the load: speaks frames when it is told to, and matches results with the frames they cover."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from bench.gateway import wire

FRAME_BYTES = 8192
FRAME_S = FRAME_BYTES / 32000
# End times are sums of frames, told in decimals.
_ROUNDING_S = 0.001
START = {"type": "start_transcription", "languageCode": "fr-CA", "sampleRate": 16000, "mode": "smart_dictation"}


class Client(asyncio.Protocol):
    """One WebSocket to a gateway, one dictation on it.

    Args:
        url: of the gateway, ws://.
        frames: the audio, as whole WebSocket frames, spoken round and round.
        first: which of them comes first.
        now: the time in seconds.
        extras: what else the start message says.

    Attributes:
        is_ready: the gateway wants audio.
        is_gone: the socket has ended.
        failure: why it cannot go on, else None.
        results: how many came.
        spoken: how many frames were sent.
        round_trips: pairs of when a frame was sent, and how many seconds later the first result came that covers it.
    """

    def __init__(
        self, url: str, frames: Sequence[bytes], first: int, now: Callable[[], float], extras: Mapping[str, bool]
    ) -> None:
        self._url = urlsplit(url)
        self._frames = frames
        self._first = first
        self._now = now
        self._start = json.dumps(START | extras).encode()
        self._head: bytes | None = b""
        self._reader = wire.Reader()
        self._unanswered: deque[tuple[float, float]] = deque()
        self._is_over = False
        self.is_ready = self.is_gone = False
        self.failure: str | None = None
        self.results = 0
        self.spoken = 0
        self.round_trips: list[tuple[float, float]] = []

    @property
    def unanswered(self) -> int:
        """How many frames no result covers yet."""
        return len(self._unanswered)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(wire.upgrade(self._url.hostname or "", self._url.port or 80, self._url.path))

    def speak(self) -> None:
        """Sends the next frame, if the gateway wants it."""
        if not self.is_ready or self.failure:
            return
        self._unanswered.append(((self.spoken + 1) * FRAME_S, self._now()))
        self._transport.write(self._frames[(self._first + self.spoken) % len(self._frames)])
        self.spoken += 1

    def stop(self) -> None:
        """Ends the dictation as a page does: says so, and closes."""
        self._is_over = True
        if not self._transport.is_closing():
            self._transport.write(wire.encode(wire.TEXT, b'{"type":"stop_transcription"}'))
            self._transport.write(wire.encode(wire.CLOSE, (1000).to_bytes(2)))

    def finish(self) -> None:
        """Ends the dictation and waits for the last results and the gateway's close: then it `is_gone`."""
        self._is_over = True
        self._transport.write(wire.encode(wire.TEXT, b'{"type":"stop_transcription"}'))

    def drop(self) -> None:
        """Cuts the connection without a word."""
        self._is_over = True
        self._transport.abort()

    def data_received(self, received: bytes) -> None:
        """asyncio: bytes came."""
        if self._head is not None:
            self._head += received
            if wire.HEAD_END not in self._head:
                return
            status, received = self._head.split(wire.HEAD_END, 1)
            self._head = None
            if b" 101 " not in status.split(b"\r\n")[0]:
                self._fail(f"refused: {status[:40].decode(errors='replace')}")
                return
            self._transport.write(wire.encode(wire.TEXT, self._start))
        for opcode, payload in self._reader.take(received):
            self._receive(opcode, payload)

    def _receive(self, opcode: int, payload: bytes) -> None:
        if opcode == wire.TEXT:
            message = json.loads(payload)
            kind = message["type"]
            if kind == "transcription_result":
                self._match(message["endTime"])
            elif kind == "stream_ready":
                self.is_ready = True
            elif kind == "transcription_error":
                self._fail(f"{message.get('code', '')} {message['error']}".strip())
        elif opcode == wire.PING:
            self._transport.write(wire.encode(wire.PONG, payload))
        elif opcode == wire.CLOSE:
            self._fail(f"closed by the gateway: {int.from_bytes(payload[:2])}")
            self._transport.close()

    def _match(self, end_s: float | None) -> None:
        self.results += 1
        while end_s is not None and self._unanswered and self._unanswered[0][0] <= end_s + _ROUNDING_S:
            sent_at = self._unanswered.popleft()[1]
            self.round_trips.append((sent_at, self._now() - sent_at))

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio: it is gone."""
        self.is_gone = True
        self._fail("the connection was lost")

    def _fail(self, reason: str) -> None:
        if not self._is_over:
            self.failure = self.failure or reason
