"""Silero's voice detector, kept in step with one stream. Called in worker threads only."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from faster_whisper.utils import get_assets_path

from alie.engines.embedded.policy import VAD_FRAME_SAMPLES

Samples = npt.NDArray[np.float32]

_CONTEXT_SAMPLES = 64
_STATE_SHAPE = (1, 1, 128)
_FILE_NAME = "silero_vad_v6.onnx"


def load_detector() -> Any:
    """Loads the network once; the session that comes back may be shared by all streams and threads."""
    options = onnxruntime.SessionOptions()
    # The calling thread does the work: threads of its own would spin beside the recogniser's.
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    path = os.path.join(get_assets_path(), _FILE_NAME)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"], sess_options=options)


class VoiceDetector:
    """The detector's memory of one stream. One caller at a time.

    faster-whisper's own wrapper begins anew with each call and writes zeros into the caller's samples, so it
    cannot follow a stream.

    Args:
        session: from `load_detector`.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self._hidden = np.zeros(_STATE_SHAPE, np.float32)
        self._cell = np.zeros(_STATE_SHAPE, np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)

    def probabilities(self, samples: Samples) -> list[float]:
        """How likely each frame of 512 samples is voice, 0..1.

        Args:
            samples: 16 kHz, -1..1, a whole number of frames.
        """
        if not len(samples):
            return []
        frames = samples.reshape(-1, VAD_FRAME_SAMPLES)
        before = np.concatenate([self._context[None], frames[:-1, -_CONTEXT_SAMPLES:]])
        self._context = frames[-1, -_CONTEXT_SAMPLES:].copy()
        inputs = {"input": np.concatenate([before, frames], axis=1), "h": self._hidden, "c": self._cell}
        voice, self._hidden, self._cell = self._session.run(None, inputs)
        return [float(probability) for probability in voice]
