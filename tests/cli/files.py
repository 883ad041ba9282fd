"""Files that last as long as a test. Not `mktemp`: outside trial that is the working directory."""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase


def folder_for(test: SynchronousTestCase) -> Path:
    """A new folder, removed when the test ends."""
    folder = tempfile.TemporaryDirectory()
    test.addCleanup(folder.cleanup)
    return Path(folder.name)


def write_wave(path: Path, length_s: float, rate_hz: int = 16000, channels: int = 1, value: int = 7) -> None:
    """A sound in which every sample has the same value."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes(value.to_bytes(2, "little") * int(length_s * rate_hz) * channels)
