"""Sends audio over a link: at the pace of speech, or as fast as the server takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from twisted.internet.task import deferLater

from alie.audio import byte_length, seconds
from alie.cli.link import Link
from alie.client import PCM_RATE_HZ

FRAME_S = 0.256
FRAME_BYTES = byte_length(FRAME_S, PCM_RATE_HZ)


async def play(reactor: Any, link: Link, frames: AsyncIterator[bytes], *, is_realtime: bool) -> None:
    """Sends every frame and returns when the last one is handed to the socket.

    In real time a frame leaves when its last sample would have been spoken, as a microphone's does: audio time t
    is sent at the start plus t, at the earliest.

    Raises:
        SessionFailed: the session failed meanwhile.
    """
    started = reactor.seconds() - link.client.sent_s
    async for frame in frames:
        if is_realtime:
            spoken_at = started + link.client.sent_s + seconds(len(frame), PCM_RATE_HZ)
            await deferLater(reactor, max(0.0, spoken_at - reactor.seconds()))
        await link.room()
        link.send_audio(frame)


async def each(frames: list[bytes]) -> AsyncIterator[bytes]:
    """Frames that are already there, for `play`."""
    for frame in frames:
        yield frame


def cut(pcm: bytes) -> list[bytes]:
    """Frames of 256 ms, as the pages send them; the last one may be shorter."""
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm), FRAME_BYTES)]
