"""Any rate from 8 to 48 kHz to the model's 16 kHz, without a seam between frames. Called in worker threads only."""

from __future__ import annotations

import av
import numpy as np
import numpy.typing as npt

from alie.engines.embedded.policy import SAMPLE_RATE_HZ

Samples = npt.NDArray[np.float32]

_FULL_SCALE = 32768.0


class Resampler:
    """Turns one stream's PCM16 into samples of -1..1 at 16 kHz. One caller at a time.

    Args:
        sample_rate_hz: 8000..48000, of the audio to come.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._converter = (
            None
            if sample_rate_hz == SAMPLE_RATE_HZ
            else av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
        )

    def push(self, audio: bytes) -> Samples:
        """Takes PCM16 little-endian mono, whole samples; returns what is ready of it."""
        pcm = np.frombuffer(audio, "<i2")
        if self._converter is None or not len(pcm):
            return _scaled(pcm)
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self._rate_hz
        return _joined(self._converter.resample(frame))


def _joined(frames: list[av.AudioFrame]) -> Samples:
    parts = [frame.to_ndarray().reshape(-1) for frame in frames]
    return _scaled(np.concatenate(parts)) if parts else np.zeros(0, np.float32)


def _scaled(pcm: npt.NDArray[np.int16]) -> Samples:
    return pcm.astype(np.float32) / np.float32(_FULL_SCALE)
