"""The table, first part: lengths, masks, reserved bits, opcodes, control frames, fragments (sections 5.1 to 5.5)."""

from __future__ import annotations

from tests.conformance.case import Case
from tests.conformance.pieces import BINARY, CLOSE, PING, PONG, TEXT, Piece, closing, more, text

SIZES = (0, 1, 2, 125, 126, 127, 128, 65534, 65535, 65536)
VIOLATION = 1002
PONGS = tuple(bytes((65 + number,)) for number in range(10))


def _sized(size: int) -> bytes:
    return bytes(byte % 251 for byte in range(size))


def _spaced(size: int) -> str:
    return '{"type":"ping","id":1}'.ljust(size)


LENGTHS = (
    *(Case(f"binary of {size}", "5.2", (Piece(BINARY, _sized(size)),), (_sized(size),)) for size in SIZES),
    *(Case(f"text of {size}", "5.2", (text(_spaced(size)),), (_spaced(size),)) for size in SIZES[3:]),
    *(
        Case(f"{size} as a length of {form} bits", "5.2", (Piece(kind, bytes(size), form=form),), close=VIOLATION)
        for kind in (BINARY, TEXT)
        for size, form in ((0, 16), (1, 16), (125, 16), (0, 64), (125, 64), (126, 64), (65535, 64))
    ),
    Case("a length of 2^63", "5.2", (Piece(BINARY, form=64, size=2**63),), close=VIOLATION),
    Case("two at once", "5.2", (Piece(BINARY, b"ab"), Piece(BINARY, b"cd")), (b"ab", b"cd")),
    Case(
        "kinds in turn",
        "5.2",
        (Piece(BINARY, b"ab"), text(_spaced(30)), Piece(BINARY, b"cd")),
        (b"ab", _spaced(30), b"cd"),
    ),
)

HEADS = (
    *(
        Case(f"opcode {kind}, wrong mask", "5.1", (Piece(kind, b"abcd", is_wrongly_masked=True),), close=VIOLATION)
        for kind in (TEXT, BINARY, PING)
    ),
    Case(
        "wrong mask after a good one",
        "5.1",
        (Piece(BINARY, b"ab"), Piece(BINARY, b"cd", is_wrongly_masked=True)),
        (b"ab",),
        close=VIOLATION,
    ),
    *(
        Case(f"reserved bits {bits} on opcode {kind}", "5.2", (Piece(kind, b"ab", reserved=bits),), close=VIOLATION)
        for kind in (TEXT, BINARY, PING, PONG, CLOSE)
        for bits in ((1, 2, 4, 7) if kind == BINARY else (4, 1))
    ),
    *(
        Case(f"reserved opcode {kind}", "5.2", (Piece(kind, payload),), close=VIOLATION)
        for kind in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
        for payload in (b"", b"ab")
    ),
    Case(
        "nothing counts after a violation",
        "7.1.7",
        (Piece(BINARY, b"ab"), Piece(3), Piece(BINARY, b"cd"), Piece(PING, b"?"), text(_spaced(30))),
        (b"ab",),
        close=VIOLATION,
    ),
)

CONTROL = (
    Case("ping", "5.5.2", (Piece(PING),), pongs=(b"",)),
    Case("ping of 125", "5.5.2", (Piece(PING, _sized(125)),), pongs=(_sized(125),)),
    Case("ping of bytes that are no text", "5.5.2", (Piece(PING, b"\x00\xff\xfe\xfd"),), pongs=(b"\x00\xff\xfe\xfd",)),
    Case("ten pings", "5.5.2", tuple(Piece(PING, one) for one in PONGS), pongs=PONGS),
    Case("pong that nobody asked for", "5.5.3", (Piece(PONG, b"!"), Piece(PING, b"?")), pongs=(b"?",)),
    *(
        Case(f"opcode {kind} of 126", "5.5", (Piece(kind, b"\x03\xe8" + bytes(124)),), close=VIOLATION)
        for kind in (PING, PONG, CLOSE)
    ),
    *(
        Case(f"opcode {kind} in pieces", "5.5", (Piece(kind, fin=False), more()), close=VIOLATION)
        for kind in (PING, PONG, CLOSE)
    ),
    Case(
        "ping between two messages",
        "5.5.2",
        (Piece(BINARY, b"ab"), Piece(PING, b"?"), Piece(BINARY, b"cd")),
        (b"ab", b"cd"),
        (b"?",),
    ),
)

FRAGMENTS = (
    Case("text in two", "5.4", (text(_spaced(30)[:9], fin=False), more(_spaced(30)[9:].encode())), (_spaced(30),)),
    Case("audio in two", "5.4", (Piece(BINARY, b"ab", fin=False), more(b"cd")), (b"abcd",)),
    Case(
        "audio in pieces of one",
        "5.4",
        (Piece(BINARY, b"a", fin=False), *(more(b"b", fin=False) for _ in range(9)), more(b"c")),
        (b"abbbbbbbbbc",),
    ),
    Case("empty pieces", "5.4", (Piece(BINARY, fin=False), more(fin=False), more()), (b"",)),
    Case("only the middle has something", "5.4", (Piece(BINARY, fin=False), more(b"ab", fin=False), more()), (b"ab",)),
    Case(
        "whole, pieces, whole",
        "5.4",
        (Piece(BINARY, b"ab"), Piece(BINARY, b"c", fin=False), more(b"d"), Piece(BINARY, b"ef")),
        (b"ab", b"cd", b"ef"),
    ),
    Case(
        "ping between the pieces",
        "5.4",
        (Piece(BINARY, b"a", fin=False), Piece(PING, b"?"), more(b"b")),
        (b"ab",),
        (b"?",),
    ),
    Case(
        "pings and pongs between",
        "5.4",
        (
            text(_spaced(30)[:5], fin=False),
            Piece(PING, b"1"),
            Piece(PONG),
            more(_spaced(30)[5:].encode(), fin=False),
            Piece(PING, b"2"),
            more(),
        ),
        (_spaced(30),),
        (b"1", b"2"),
    ),
    *(
        Case(f"continuation of nothing, fin={fin}", "5.4", (*before, more(b"ab", fin=fin)), heard, close=VIOLATION)
        for fin in (True, False)
        for before, heard in (
            ((), ()),
            ((Piece(BINARY, b"ab"),), (b"ab",)),
            ((Piece(BINARY, fin=False), more(b"cd")), (b"cd",)),
        )
    ),
    *(
        Case(
            f"opcode {kind} inside a message, fin={fin}",
            "5.4",
            (Piece(BINARY, b"ab", fin=False), Piece(kind, b"cd", fin=fin)),
            close=VIOLATION,
        )
        for kind in (TEXT, BINARY)
        for fin in (True, False)
    ),
    Case("whole audio inside a text", "5.4", (text("{", fin=False), Piece(BINARY, b"cd")), close=VIOLATION),
    Case("closed inside a message", "5.5.1", (Piece(BINARY, b"ab", fin=False), closing()), close=1000),
)

FRAMING = LENGTHS + HEADS + CONTROL + FRAGMENTS
