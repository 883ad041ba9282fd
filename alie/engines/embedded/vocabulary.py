"""The list of tokens that every CTranslate2 model of Whisper has."""

from __future__ import annotations

import json
from pathlib import Path

FIRST_SPECIAL = "<|endoftext|>"
"""From it on no token stands for text."""


def read_vocabulary(directory: Path) -> list[str]:
    """All tokens in the order of their numbers, from vocabulary.json or else vocabulary.txt.

    Raises:
        OSError: there is neither.
    """
    listed = directory / "vocabulary.json"
    if listed.is_file():
        return [str(token) for token in json.loads(listed.read_text(encoding="utf-8"))]
    return (directory / "vocabulary.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")
