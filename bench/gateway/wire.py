"""A WebSocket client's side of RFC 6455, as little as a load generator for hundreds of sessions needs.

Libraries check and convert far more, and would keep the load's core busier than the gateway's.
"""

from __future__ import annotations

import base64
import os

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
HEAD_END = b"\r\n\r\n"


def upgrade(host: str, port: int, path: str) -> bytes:
    """The request that asks for a WebSocket."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    )
    return "\r\n".join(lines).encode() + HEAD_END


def encode(opcode: int, payload: bytes) -> bytes:
    """One whole frame with a mask of its own; payloads up to 65535 bytes."""
    size = len(payload)
    mask = os.urandom(4)
    head = bytes([0x80 | opcode, 0x80 | size]) if size < 126 else bytes([0x80 | opcode, 0xFE]) + size.to_bytes(2)
    key = (mask * (size // 4 + 1))[:size]
    return head + mask + (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)


class Reader:
    """Takes bytes as they come and gives whole frames of a server, which are neither masked nor in fragments here."""

    def __init__(self) -> None:
        self._rest = b""

    def take(self, received: bytes) -> list[tuple[int, bytes]]:
        """Opcode and payload of every frame that is now whole."""
        self._rest += received
        frames: list[tuple[int, bytes]] = []
        while len(self._rest) >= 2:
            size, start = self._rest[1], 2
            if size > 125:
                start = 4 if size == 126 else 10
                size = int.from_bytes(self._rest[2:start])
            if len(self._rest) < start + size:
                break
            frames.append((self._rest[0] & 0xF, self._rest[start : start + size]))
            self._rest = self._rest[start + size :]
        return frames
