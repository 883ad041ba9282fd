"""Sound out of any file that PyAV reads, video too: 16 kHz mono PCM16, decoded as it is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from twisted.internet.threads import deferToThreadPool

from alie.audio import BYTES_PER_SAMPLE, byte_length
from alie.cli.player import FRAME_BYTES
from alie.client import PCM_RATE_HZ

# About four seconds at a time: few thread crossings, and little memory.
FRAMES_AT_ONCE = 16
# Shorter gaps are rounding; longer ones (38 MB of silence) are timestamps gone wrong.
SHORTEST_GAP_S = 0.25
LONGEST_GAP_S = 1200.0


class SoundError(Exception):
    """A file that cannot be heard, in a sentence for the operator."""


class SoundFile:
    """The first sound track of a file. Its methods may be called in any thread; `read` blocks on the disk.

    Args:
        path: a file; its name is never taken for a URL or a pattern.

    Attributes:
        duration_s: as the file says, None where it does not.
        damaged_packets: packets that could not be decoded so far.

    Raises:
        SoundError: no such file, no sound in it, or PyAV is not installed.
    """

    def __init__(self, path: Path) -> None:
        self._av = _load_av()
        self._lock = Lock()
        self.damaged_packets = 0
        try:
            self._container = self._av.open(f"file:{path}", metadata_errors="ignore")
        except OSError as error:
            raise SoundError(error.strerror or "cannot be opened") from None
        except self._av.error.FFmpegError:
            raise SoundError("not a sound or video file that can be read") from None
        tracks = self._container.streams.audio
        if not tracks:
            self._container.close()
            raise SoundError("there is no sound in this file")
        duration = self._container.duration
        self.duration_s: float | None = duration / 1_000_000 if duration else None
        self._frames = self._cut(self._pcm(tracks[0]))

    def read(self) -> list[bytes]:
        """Decodes the next frames of 8192 bytes; the file's last may be shorter. Empty at its end.

        Raises:
            SoundError: the file breaks off in a way that cannot be skipped.
        """
        with self._lock:
            try:
                return list(islice(self._frames, FRAMES_AT_ONCE))
            except self._av.error.FFmpegError:
                raise SoundError("the file is damaged and cannot be read to its end") from None

    def close(self) -> None:
        """Gives the file back. A `read` in another thread is waited for: it is short."""
        with self._lock:
            self._frames = iter(())
            self._container.close()

    def _pcm(self, track: Any) -> Iterator[bytes]:
        origin_s = (self._container.start_time or 0) / 1_000_000
        written = 0
        shape, resampler = None, None
        for packet in self._container.demux(track):
            for decoded in self._decode(packet):
                if shape != (shape := _shape(decoded)):
                    # A resampler takes one shape of frames only, and some files change theirs on the way.
                    yield from _drain(resampler)
                    resampler = self._av.AudioResampler(format="s16", layout="mono", rate=PCM_RATE_HZ)
                due_s = written / PCM_RATE_HZ
                gap_s = 0.0 if decoded.time is None else decoded.time - origin_s - due_s
                for block in (*_silence(gap_s), *_pcm_of(resampler, decoded)):
                    written += len(block) // BYTES_PER_SAMPLE
                    yield block
        yield from _drain(resampler)

    def _decode(self, packet: Any) -> list[Any]:
        try:
            return list(packet.decode())
        except self._av.error.InvalidDataError:
            self.damaged_packets += 1
            return []

    @staticmethod
    def _cut(blocks: Iterator[bytes]) -> Iterator[bytes]:
        held = bytearray()
        for block in blocks:
            held += block
            while len(held) >= FRAME_BYTES:
                yield bytes(held[:FRAME_BYTES])
                del held[:FRAME_BYTES]
        if held:
            yield bytes(held)


async def frames_of(reactor: Any, sound: SoundFile) -> AsyncIterator[bytes]:
    """The frames of a file, decoded in the reactor's thread pool as they are asked for; raises like `read`."""
    while frames := await deferToThreadPool(reactor, reactor.getThreadPool(), sound.read):
        for frame in frames:
            yield frame


def _shape(decoded: Any) -> tuple[str, str, int]:
    return decoded.format.name, decoded.layout.name, decoded.sample_rate


def _pcm_of(resampler: Any, decoded: Any) -> Iterator[bytes]:
    # A plane may be padded beyond its samples.
    for block in resampler.resample(decoded):
        yield bytes(block.planes[0])[: block.samples * BYTES_PER_SAMPLE]


def _drain(resampler: Any) -> Iterator[bytes]:
    return iter(()) if resampler is None else _pcm_of(resampler, None)


def _silence(gap_s: float) -> Iterator[bytes]:
    """Stands in for sound that is missing, so that times stay those of the file (a track that starts late)."""
    if SHORTEST_GAP_S < gap_s < LONGEST_GAP_S:
        yield bytes(byte_length(gap_s, PCM_RATE_HZ))


def _load_av() -> Any:
    # PyAV is large, and a server that only speaks to Amazon has no other use for it.
    try:
        return import_module("av")
    except ImportError:
        raise SoundError("PyAV is needed to read sound files: pip install 'alie[cli]'") from None
