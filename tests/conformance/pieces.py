"""Frames as values: what is to be sent, right or wrong, whichever end sends it (RFC 6455, section 5.2)."""

from __future__ import annotations

from dataclasses import dataclass

from alie.masking import apply_mask

MASK = b"\x37\xfa\x21\x3d"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


@dataclass(frozen=True, slots=True)
class Piece:
    """One frame.

    Attributes:
        opcode: 0 to 15.
        payload: unmasked; may be less than `size` says.
        fin: whether it ends a message.
        reserved: RSV1 to RSV3, 0 to 7.
        form: bits of the length field (7, 16, 64); 0: the shortest.
        is_wrongly_masked: a client that does not mask, a server that does.
        size: what the head says; None: the truth.
    """

    opcode: int
    payload: bytes = b""
    fin: bool = True
    reserved: int = 0
    form: int = 0
    is_wrongly_masked: bool = False
    size: int | None = None

    def encode(self, *, by_client: bool) -> bytes:
        """The bytes that a client, or else a server, sends."""
        is_masked = by_client != self.is_wrongly_masked
        payload = apply_mask(MASK, self.payload) if is_masked else self.payload
        first = (0x80 if self.fin else 0) | self.reserved << 4 | self.opcode
        return bytes((first,)) + self._length(0x80 if is_masked else 0) + (MASK if is_masked else b"") + payload

    def _length(self, flag: int) -> bytes:
        size = len(self.payload) if self.size is None else self.size
        form = self.form or (7 if size < 126 else 16 if size < 65536 else 64)
        if form == 7:
            return bytes((flag | size,))
        return bytes((flag | (126 if form == 16 else 127),)) + size.to_bytes(form // 8)


def text(payload: str | bytes = b"", **how: object) -> Piece:
    """A text frame; `how` are fields of `Piece`."""
    return Piece(TEXT, payload.encode() if isinstance(payload, str) else payload, **how)  # type: ignore[arg-type]


def more(payload: bytes = b"", **how: object) -> Piece:
    """A continuation frame."""
    return Piece(0, payload, **how)  # type: ignore[arg-type]


def closing(code: int | None = 1000, reason: bytes = b"") -> Piece:
    """A close frame."""
    return Piece(CLOSE, b"" if code is None else code.to_bytes(2) + reason)


def encode(pieces: tuple[Piece, ...], *, by_client: bool) -> bytes:
    """All of them, one after the other."""
    return b"".join(piece.encode(by_client=by_client) for piece in pieces)
