"""The ways in which a network may cut the bytes of a row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

SHORT_BYTES = 40
_SLOW_BYTES = 200


def cuts(data: bytes, *, anywhere: bool = True) -> Iterator[tuple[str, list[bytes]]]:
    """All at once, a byte at a time (of long data the first ones and the last), and short data in two `anywhere`."""
    yield "in one segment", [data]
    edges = [at for at in range(len(data) + 1) if at < _SLOW_BYTES or at > len(data) - 4]
    yield "a byte at a time", [data[start:stop] for start, stop in pairwise(edges)]
    if anywhere and len(data) <= SHORT_BYTES:
        for cut in range(1, len(data)):
            yield f"cut at {cut}", [data[:cut], data[cut:]]
