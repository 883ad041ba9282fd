"""The mask of WebSocket frames (RFC 6455, section 5.3), in native code.

`websockets` has one function for it, Autobahn an object for each frame: 0.5 µs against 7 for a frame of 8 KB. What does
not go through here (see `alie.frames`) is masked by Autobahn, whose own native code must be there, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from os import urandom

from autobahn.websocket import USES_NVX

try:
    from websockets.speedups import apply_mask as _apply
except ImportError:  # a platform without a wheel: as good, and fifty times slower
    from websockets.utils import apply_mask as _apply


_POOL_BYTES = 4096


def _masks() -> Iterator[bytes]:
    while True:
        pool = urandom(_POOL_BYTES)
        for at in range(0, _POOL_BYTES, 4):
            yield pool[at : at + 4]


_fresh = _masks()


def fresh_mask() -> bytes:
    """A mask that nobody could foresee (RFC 6455, section 10.3). The system is asked for a thousand at a time: asking
    for each cost more than masking 8 KB with it."""
    return next(_fresh)


def apply_mask(mask: bytes, payload: bytes) -> bytes:
    """The payload masked, or, masked once more, as it was. `mask`: 4 bytes."""
    return _apply(payload, mask)


def masks_natively() -> bool:
    """Whether native code is in use for all of it; without it a session costs about four times the CPU."""
    return bool(USES_NVX) and _apply.__module__ != "websockets.utils"
