"""The table, third part: what a client of ours may not do though RFC 6455 lets it (section 10.4, docs/protocol.md)."""

from __future__ import annotations

from tests.conformance.case import Case
from tests.conformance.pieces import BINARY, TEXT, Piece, more, text

TOO_LARGE = 1009
MOST = 65536
PIECES = 1024
AUDIO = Piece(BINARY, b"ab", fin=False)


def _refused(name: str, *pieces: Piece) -> Case:
    return Case(name, "10.4", pieces, refusal="FRAME_TOO_LARGE", close=TOO_LARGE)


LIMITS = (
    *(_refused(f"head of {MOST + 1}, opcode {kind}", Piece(kind, size=MOST + 1)) for kind in (TEXT, BINARY)),
    _refused("all of it", Piece(BINARY, bytes(MOST + 1))),
    _refused("too much in two", Piece(BINARY, bytes(MOST), fin=False), more(size=1)),
    _refused("too much in two, whole", Piece(BINARY, bytes(40000), fin=False), more(bytes(40000))),
    Case(
        "just enough in two", "10.4", (Piece(BINARY, bytes(MOST - 1), fin=False), more(b"a")), (bytes(MOST - 1) + b"a",)
    ),
    _refused("the largest that is received", Piece(BINARY, size=1_048_576)),
    *(
        Case(f"more than is received, opcode {kind}", "10.4", (Piece(kind, size=1_048_577),), close=TOO_LARGE)
        for kind in (TEXT, BINARY)
    ),
    Case("the longest there is", "10.4", (Piece(BINARY, size=2**63 - 1),), close=TOO_LARGE),
    Case("as many pieces as may be", "10.4", (AUDIO, *[more(fin=False)] * (PIECES - 2), more()), (b"ab",)),
    _refused("one piece more", AUDIO, *[more(fin=False)] * PIECES),
    _refused(
        "what follows is not heard",
        Piece(BINARY, bytes(MOST + 1)),
        Piece(BINARY, b"ab"),
        text('{"type":"ping","id":1}'),
    ),
)
