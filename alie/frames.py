"""WebSocket frames as they nearly always are, without the generality that costs most of the time. Pure.

A data message is nearly always one frame (FIN set, no extension), and audio is one binary frame after the other.
`WholeFrames` takes those out of the bytes as they come; at anything else it steps aside, and a full implementation of
RFC 6455 goes on with exactly the bytes that were not taken. Source: RFC 6455, section 5.2.
"""

from __future__ import annotations

from collections.abc import Callable

MAX_PAYLOAD_BYTES = 65_535
"""A longer frame has another kind of length and is not taken."""

_FINAL_BINARY = 0x82
_FINAL_TEXT = 0x81
_MASKED = 0x80
_MASK_BYTES = 4

Unmask = Callable[[bytes, bytes], bytes]
"""Applies a mask (4 bytes) to a payload."""


class WholeFrames:
    """Takes unfragmented binary frames from the beginning of what comes.

    Args:
        most: payload bytes above which a frame is not taken.
        unmask: of a server, whose clients mask; None: of a client, whose server does not.
    """

    __slots__ = ("_mask_bytes", "_missing", "_most", "_rest", "_unmask")

    def __init__(self, most: int, unmask: Unmask | None) -> None:
        self._most = min(most, MAX_PAYLOAD_BYTES)
        self._unmask = unmask
        self._mask_bytes = _MASK_BYTES if unmask is not None else 0
        self._rest = bytearray()
        self._missing = 0

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Takes bytes in.

        Returns:
            The payloads of frames that are whole, in order, and what must be given to somebody else, with all that
            follows it, because it is no such frame. The beginning of one is kept until the rest of it comes.
        """
        if self._rest:
            self._missing -= len(data)
            if self._missing > 0:  # looked at again only when it can be whole: it may come a byte at a time
                self._rest += data
                return [], b""
            data = b"".join((self._rest, data))
            self._rest.clear()
        payloads: list[bytes] = []
        at = 0
        while at < len(data):
            start, size = self._header(data, at)
            if size < 0:
                return payloads, data[at:] if at else data
            if len(data) < start + size:
                self._rest += memoryview(data)[at:]
                self._missing = start + size - len(data)
                break
            payload = data[start : start + size]
            if self._unmask is not None:
                payload = self._unmask(data[start - _MASK_BYTES : start], payload)
            payloads.append(payload)
            at = start + size
        return payloads, b""

    def release(self) -> bytes:
        """Gives back the beginning of a frame that was kept, if any: somebody else goes on from there."""
        rest = bytes(self._rest)
        self._rest.clear()
        return rest

    def _header(self, data: bytes, at: int) -> tuple[int, int]:
        """Where the payload begins, and its size; size -1: not such a frame. What has not come yet counts as good."""
        there = len(data) - at
        if data[at] != _FINAL_BINARY or (there > 1 and not self._is_ours(data[at + 1])):
            return 0, -1
        if there < 2:
            return at + 2, 0
        size, start = data[at + 1] & 0x7F, at + 2
        if size == 126:
            if there < 4:
                return at + 4, 0
            size, start = data[at + 2] << 8 | data[at + 3], at + 4
            if size < 126:  # a length has one form only: whoever gives it in another is told so
                return 0, -1
        return start + self._mask_bytes, -1 if size > self._most else size

    def _is_ours(self, second: int) -> bool:
        return bool(second & _MASKED) == (self._unmask is not None) and second & 0x7F != 127


def joined(payloads: list[bytes], most: int) -> list[bytes]:
    """The same audio in as few pieces as may be, each of `most` bytes at most: thousands of frames of a sample each may
    come at once, and what is done for each piece takes as long for two bytes as for 8 KiB."""
    if len(payloads) < 2:
        return payloads
    audio = b"".join(payloads)
    return [audio[at : at + most] for at in range(0, len(audio), most)]


def text_frame(payload: bytes) -> bytes:
    """One unmasked text message of at most `MAX_PAYLOAD_BYTES`, as a server sends it."""
    size = len(payload)
    head = bytes((_FINAL_TEXT, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2)
    return head + payload


def masked_binary_frame(payload: bytes, mask: bytes, apply_mask: Unmask) -> bytes:
    """One masked binary message of at most `MAX_PAYLOAD_BYTES`, as a client sends it. `mask`: 4 bytes at random."""
    size = len(payload)
    head = bytes((_FINAL_BINARY, _MASKED | size)) if size < 126 else b"\x82\xfe" + size.to_bytes(2)
    return b"".join((head, mask, apply_mask(mask, payload)))
