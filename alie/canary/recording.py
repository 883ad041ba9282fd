"""Pieces of a recording, as they would be in a file that somebody made of it. Pure."""

from __future__ import annotations

import struct

from alie.canary.needles import Secret

PIECE_SAMPLES = 24
_PIECES = 8
# A quiet or even piece could be anybody's.
_LEAST_DIFFERENT = 12


def pieces(label: str, pcm: bytes) -> list[Secret]:
    """Up to eight pieces spread over it, each as 16-bit integers and as the numbers that engines calculate with.

    Args:
        label: of them all.
        pcm: PCM16 little-endian.
    """
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm[: len(pcm) // 2 * 2])
    lively = [
        samples[start : start + PIECE_SAMPLES]
        for start in range(0, len(samples) - PIECE_SAMPLES, PIECE_SAMPLES)
        if len(set(samples[start : start + PIECE_SAMPLES])) >= _LEAST_DIFFERENT
    ]
    chosen = lively[:: max(1, len(lively) // _PIECES)][:_PIECES]
    return [Secret(label, form) for piece in chosen for form in _forms(piece)]


def _forms(piece: tuple[int, ...]) -> tuple[bytes, bytes]:
    floats = [sample / 32768 for sample in piece]
    return struct.pack(f"<{len(piece)}h", *piece), struct.pack(f"<{len(piece)}f", *floats)
