"""The table, second part: UTF-8 (section 8.1) and closing (sections 5.5.1 and 7)."""

from __future__ import annotations

from itertools import pairwise

from tests.conformance.case import Case
from tests.conformance.pieces import BINARY, CLOSE, PING, Piece, closing, more, text

NOT_UTF8 = 1007

VALID = (
    "Dictée : à l’œil nu",
    "κόσμε",
    "你好，世界",
    "😀 two planes up 𝄞",
    "\u0080\u07ff\u0800\ufffd\ufffe\U00010000\U0010ffff",
    "\ud7ff\ue000",  # beside the surrogates
    "",
)
INVALID = (
    (b"\x80", "a continuation byte alone"),
    (b"\xbf\xbf", "two of them"),
    (b"\xc0\x80", "overlong, two bytes"),
    (b"\xc1\xbf", "overlong, the longest"),
    (b"\xe0\x80\x80", "overlong, three bytes"),
    (b"\xf0\x80\x80\x80", "overlong, four bytes"),
    (b"\xed\xa0\x80", "first surrogate"),
    (b"\xed\xbf\xbf", "last surrogate"),
    (b"\xf4\x90\x80\x80", "above U+10FFFF"),
    (b"\xf5\x80\x80\x80", "a byte that begins nothing"),
    (b"\xf8\x88\x80\x80\x80", "five bytes"),
    (b"\xfe", "FE"),
    (b"\xff", "FF"),
    (b"\xc3\x28", "cut short by an ASCII byte"),
    (b"\xe2\x82\x28", "cut short after two"),
    (b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited", "good text around a surrogate"),
)
SHORT = (b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", "κόσμε".encode()[:-1])


def _in_pieces(data: bytes, *cuts: int) -> tuple[Piece, ...]:
    edges = list(pairwise((0, *cuts, len(data))))
    parts = [data[start:stop] for start, stop in edges]
    first, *others = parts
    return text(first, fin=not others), *(more(part, fin=at == len(others)) for at, part in enumerate(others, 1))


UTF8 = (
    *(Case(f"valid {value!a}", "8.1", (text(value),), (value,)) for value in VALID),
    *(
        Case(f"valid, cut at {cut}", "8.1", _in_pieces("κό𝄞".encode(), cut), ("κό𝄞",))
        for cut in range(len("κό𝄞".encode()) + 1)
    ),
    Case("valid, a byte a piece", "8.1", _in_pieces("κό𝄞".encode(), *range(1, 8)), ("κό𝄞",)),
    Case(
        "a ping inside a character",
        "8.1",
        (text(b"\xc3", fin=False), Piece(PING, b"?"), more(b"\xa9")),
        ("é",),
        (b"?",),
    ),
    *(Case(f"invalid: {name}", "8.1", (text(data),), close=NOT_UTF8) for data, name in INVALID),
    *(Case(f"ends within {data!r}", "8.1", (text(data),), close=NOT_UTF8) for data in SHORT),
    *(
        Case(f"ends within {data!r}, in pieces", "8.1", (text(data, fin=False), more()), close=NOT_UTF8)
        for data in SHORT
    ),
    *(
        Case(f"seen before the message is whole: {name}", "8.1", (text(b"{" + data, fin=False),), close=NOT_UTF8)
        for data, name in INVALID
    ),
    Case("seen before the frame is whole", "8.1", (text(b"ab\xff", size=100),), close=NOT_UTF8),
    Case("invalid only together", "8.1", (text(b"\xe2\x82", fin=False), more(b"\x28", fin=False)), close=NOT_UTF8),
    Case(
        "binary need not be text",
        "8.1",
        (Piece(BINARY, b"\xff\xfe"), Piece(BINARY, b"\xed\xa0", fin=False), more(b"\x80\xff")),
        (b"\xff\xfe", b"\xed\xa0\x80\xff"),
    ),
    Case(
        "the next text is judged anew",
        "8.1",
        (text("é"), Piece(BINARY, b"\xc3\xc3"), text("é")),
        ("é", b"\xc3\xc3", "é"),
    ),
)

GOOD_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999)
BAD_CODES = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)

CLOSING = (
    Case("no code", "5.5.1", (closing(None),), close=1000),
    *(Case(f"code {code}", "7.4", (closing(code),), close=1000) for code in GOOD_CODES),
    *(Case(f"code {code}, which nobody may send", "7.4", (closing(code),), close=1002) for code in BAD_CODES),
    Case("a body of one byte", "5.5.1", (Piece(CLOSE, b"\x03"),), close=1002),
    Case("a reason", "5.5.1", (closing(1000, "à bientôt".encode()),), close=1000),
    Case("the longest reason", "5.5.1", (closing(1000, b"*" * 123),), close=1000),
    *(Case(f"reason: {name}", "5.5.1", (closing(1000, data),), close=NOT_UTF8) for data, name in INVALID),
    Case("a reason that ends within a character", "5.5.1", (closing(1000, "é".encode()[:1]),), close=NOT_UTF8),
    Case("audio before", "5.5.1", (Piece(BINARY, b"ab"), closing()), (b"ab",), close=1000),
    Case("ping before", "5.5.1", (Piece(PING, b"?"), closing()), pongs=(b"?",), close=1000),
    *(
        Case(f"opcode {one.opcode} after it", "5.5.1", (closing(), one), close=1000)
        for one in (Piece(BINARY, b"ab"), text("ab"), Piece(PING, b"?"), closing(1001), Piece(3))
    ),
)

ENDING = UTF8 + CLOSING
