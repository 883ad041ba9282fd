"""The table of answers to an upgrade (RFC 6455, section 4.1): which of them a client may take for one."""

from __future__ import annotations

from dataclasses import dataclass

ACCEPT = "{accept}"
"""Where the right value goes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One row.

    Attributes:
        name: what is special.
        section: of RFC 6455.
        text: of the answer, with `ACCEPT` in it.
        is_good: whether the connection is open then.
    """

    name: str
    section: str
    text: str
    is_good: bool = False

    def encode(self, accept: str) -> bytes:
        """As it is sent."""
        return self.text.replace(ACCEPT, accept).encode("latin-1")


def _answer(first: str = "HTTP/1.1 101 Switching Protocols", without: str = "", more: str = "", **others: str) -> str:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": ACCEPT}
    headers |= {name.replace("_", "-"): value for name, value in others.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if name != without]
    return "\r\n".join([first, *lines]) + f"\r\n{more}\r\n"


ANSWERS = (
    Answer("as it should be", "4.1", _answer(), is_good=True),
    Answer("another reason", "4.1", _answer("HTTP/1.1 101 Why Not"), is_good=True),
    Answer("other letters", "4.1", _answer(Upgrade="WebSocket", Connection="keep-alive, upgrade"), is_good=True),
    Answer("more headers", "4.1", _answer(more="Server: x\r\nX-Long: " + "a" * 4000 + "\r\n"), is_good=True),
    *(Answer(f"no {name}", "4.1", _answer(without=name)) for name in ("Upgrade", "Connection", "Sec-WebSocket-Accept")),
    Answer("another upgrade", "4.1", _answer(Upgrade="h2c")),
    Answer("no upgrade after all", "4.1", _answer(Connection="close")),
    *(
        Answer(f"accept {value!r}", "4.1", _answer(Sec_WebSocket_Accept=value))
        for value in ("", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", f"{ACCEPT}=", f"x{ACCEPT}")
    ),
    Answer("two accepts", "11.3.3", _answer(more=f"Sec-WebSocket-Accept: {ACCEPT}\r\n")),
    Answer("an extension that nobody asked for", "4.1", _answer(Sec_WebSocket_Extensions="permessage-deflate")),
    Answer("an extension that nobody knows", "4.1", _answer(Sec_WebSocket_Extensions="x-other")),
    Answer("a subprotocol that nobody asked for", "4.1", _answer(Sec_WebSocket_Protocol="chat")),
    *(
        Answer(first, "4.1", _answer(first))
        for first in (
            "HTTP/1.0 101 Old",
            "HTTP/1.1 200 OK",
            "HTTP/1.1 100 Continue",
            "HTTP/1.1",
            "101",
            "ICY 101 Yes",
            "\xff",
        )
    ),
    Answer("a redirect", "4.2.2", "HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n"),
    Answer("no HTTP at all", "4.1", "\x00\x01\x02\xff\r\n\r\n"),
    Answer("bytes that are no UTF-8", "4.1", _answer(more="X-Name: \xe9\xff\r\n")),
)
