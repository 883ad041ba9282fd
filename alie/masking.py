"""The mask of WebSocket frames (RFC 6455, section 5.3), by Autobahn's native code."""

from __future__ import annotations

from autobahn.websocket import USES_NVX
from autobahn.websocket.xormasker import create_xor_masker  # type: ignore[attr-defined]


def apply_mask(mask: bytes, payload: bytes) -> bytes:
    """The payload masked, or, masked once more, as it was. `mask`: 4 bytes."""
    masked: bytes = create_xor_masker(mask, len(payload)).process(payload)
    return masked


def masks_natively() -> bool:
    """Whether Autobahn's native code is in use; without it a session costs about four times the CPU."""
    return bool(USES_NVX)
