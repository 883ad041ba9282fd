"""One stream of the SDK, in the thread of the asyncio loop: connects, sends what comes, tells what is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from amazon_transcribe.eventstream import ParserError
from amazon_transcribe.exceptions import SDKError
from amazon_transcribe.model import AudioStream
from awscrt.exceptions import AwsCrtError  # type: ignore[import-untyped]

from alie.engines.amazon.results import ResultsError
from alie.engines.amazon.sdk_body import Body
from alie.engines.amazon.sdk_client import Client
from alie.faults import Fault, StreamFailed

MAX_UNTAKEN = 500
"""TranscriptEvents on their way to the reactor; a minute of them, and it has stopped taking any."""

Results = Sequence[Mapping[str, Any]]


class LegListener(Protocol):
    """Told what becomes of a leg, by way of the leg's `tell`."""

    def on_open(self) -> None:
        """The service has answered 200."""

    def on_results(self, results: Results) -> None:
        """One TranscriptEvent."""

    def on_over(self, failed: StreamFailed | None) -> None:
        """The stream has ended, in good order if it has not failed. The last that is told."""


class Leg:
    """May be made in any thread; all methods belong to the loop's.

    Args:
        body: what is to be sent.
        listener: hears what becomes of it.
        tell: calls the listener, in the listener's thread.
        open_timeout_s: seconds within which the service must have answered.
    """

    def __init__(self, body: Body, listener: LegListener, tell: Callable[..., None], open_timeout_s: float) -> None:
        self._body = body
        self._listener = listener
        self._tell = tell
        self._open_timeout_s = open_timeout_s
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._is_ended = False
        self._told = 0
        self.taken = 0
        """How many of the TranscriptEvents told have been taken; counted by the listener."""

    def begin(self, client: Callable[[Body], Client], parameters: Mapping[str, str]) -> None:
        """Opens the stream.

        Args:
            client: makes one for the body; may raise.
            parameters: of StartStreamTranscription, by query name.
        """
        self._task = asyncio.get_running_loop().create_task(self._run(client, parameters))

    def send(self, audio: bytes) -> None:
        """One AudioEvent more; kept until the stream is open."""
        self._frames.put_nowait(audio)

    def end(self) -> None:
        """No more audio: the empty event, then what the service still has to say."""
        self._frames.put_nowait(None)

    def abort(self) -> None:
        """Drops the connection; nothing more is told."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self, client: Callable[[Body], Client], parameters: Mapping[str, str]) -> None:
        self._body.begin()
        try:
            await self._converse(client(self._body), parameters)
        except Exception as error:
            # Without its traceback, which would keep the connection, and so awscrt's thread, for as long as itself.
            self._tell(self._listener.on_over, stream_failed(error).with_traceback(None))
        else:
            self._tell(self._listener.on_over, None)
        finally:
            self._body.close()
            self._task = None

    async def _converse(self, client: Client, parameters: Mapping[str, str]) -> None:
        try:
            async with asyncio.timeout(self._open_timeout_s):
                stream = await client.start(parameters)
            self._tell(self._listener.on_open)
            sending = asyncio.create_task(self._send_all(stream.input_stream))
            try:
                async for results in stream.output_stream:
                    self._pass_on(results)
            finally:
                sending.cancel()
        finally:
            client.close()
        if not self._is_ended:
            raise StreamFailed(Fault.CLOSED)

    async def _send_all(self, audio_stream: AudioStream) -> None:
        while (audio := await self._frames.get()) is not None:
            self._body.next_audio_bytes = len(audio)
            await audio_stream.send_audio_event(audio_chunk=audio)
        self._is_ended = True
        await audio_stream.end_stream()

    def _pass_on(self, results: Results) -> None:
        if self._told - self.taken >= MAX_UNTAKEN:
            raise StreamFailed(Fault.CONNECTION, "nobody takes the results")
        self._told += 1
        self._tell(self._listener.on_results, results)


def stream_failed(error: Exception) -> StreamFailed:
    """What an exception of the SDK, of awscrt or of the connection means."""
    if isinstance(error, StreamFailed):
        return error
    if isinstance(error, AwsCrtError):
        return StreamFailed(Fault.CONNECTION, error.name)
    if isinstance(error, TimeoutError):
        return StreamFailed(Fault.CONNECTION, "no answer in time")
    if isinstance(error, ParserError):
        return StreamFailed(Fault.CONNECTION, "event stream damaged")
    if isinstance(error, ResultsError):
        return StreamFailed(Fault.SERVICE, "event not understood")
    detail = type(error).__name__
    return StreamFailed(Fault.CONNECTION if isinstance(error, (OSError, SDKError)) else Fault.SERVICE, detail)
