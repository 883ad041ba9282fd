"""Recordings to measure on: audio, what is said in it, and when."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from bench.scoring import Sentence

SAMPLE_RATE_HZ = 16000


@dataclass(frozen=True, slots=True)
class Take:
    """One recording.

    Attributes:
        name: of its file, without the suffix.
        language: "fr-CA" or "en-US".
        text: as spoken.
        pcm: PCM16 mono at `SAMPLE_RATE_HZ`.
        timeline: its sentences, where they are known.
    """

    name: str
    language: str
    text: str
    pcm: bytes
    timeline: tuple[Sentence, ...]

    @property
    def duration_s(self) -> float:
        """Seconds of audio."""
        return len(self.pcm) / 2 / SAMPLE_RATE_HZ


def read_pcm(path: Path, sample_rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """Any sound file as PCM16 mono."""
    # Not at the top: the engine sets the libraries up when it imports them itself.
    import av
    import numpy as np

    converter = av.AudioResampler(format="s16", layout="mono", rate=sample_rate_hz)
    parts: list[bytes] = []
    with av.open(str(path)) as container:
        for frame in [*container.decode(audio=0), None]:
            parts.extend(one.to_ndarray().astype(np.int16).tobytes() for one in converter.resample(frame))
    return b"".join(parts)


def load_takes(directory: Path, only: str = "") -> list[Take]:
    """The recordings that `directory`/manifest.tsv lists whose names contain `only`."""
    with (directory / "manifest.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    return [_load(directory, row) for row in rows if only in row["file"]]


def _load(directory: Path, row: dict[str, str]) -> Take:
    path = directory / row["file"]
    timeline_path = path.with_suffix(".timeline.json")
    entries = json.loads(timeline_path.read_text(encoding="utf-8")) if timeline_path.exists() else []
    timeline = tuple(Sentence(start_s, end_s, text) for start_s, end_s, _, text in entries)
    return Take(path.stem, row["lang"], row["text"], read_pcm(path), timeline)
