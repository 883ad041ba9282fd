"""The table of upgrades (RFC 6455, section 4.2; RFC 9112): what a client asks, and what it is answered."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.memory_web import UPGRADE, request

KEY = UPGRADE["Sec-WebSocket-Key"]
LONG = "a" * 20_000


@dataclass(frozen=True, slots=True)
class Handshake:
    """One row.

    Attributes:
        name: what is special.
        section: of RFC 6455, or of another where it is named.
        request: as it is sent; its Host is 127.0.0.1:3001.
        status: of the answer; 101: the socket is open and greets.
        headers: that the answer must have; None: must not.
    """

    name: str
    section: str
    request: bytes
    status: int = 101
    headers: tuple[tuple[str, str | None], ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether it becomes a socket."""
        return self.status == 101


def _ask(path: str = "/ws", method: str = "GET", without: str = "", **others: str) -> bytes:
    own = {name.replace("_", "-"): value for name, value in others.items()}
    return request(path, method, {name: value for name, value in {**UPGRADE, **own}.items() if name != without})


def _with(*lines: bytes) -> bytes:
    return _ask()[:-2] + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def _in_place(old: str, new: str) -> bytes:
    asked = _ask()
    assert old.encode() in asked
    return asked.replace(old.encode(), new.encode())


VERSION = (("Sec-WebSocket-Version", "13"),)
ACCEPT = (("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), ("Sec-WebSocket-Extensions", None))

ACCEPTED = (
    Handshake("the example", "1.3", _ask(), headers=(*ACCEPT, ("Sec-WebSocket-Protocol", None))),
    Handshake("a query", "4.2.1", _ask("/ws/transcription/?a=b")),
    *(Handshake(f"Upgrade: {value}", "4.2.1", _ask(Upgrade=value)) for value in ("WebSocket", "h2c, websocket")),
    *(
        Handshake(f"Connection: {value}", "4.2.1", _ask(Connection=value))
        for value in ("upgrade", "keep-alive, Upgrade")
    ),
    Handshake("header names in other letters", "RFC 9110, 5.1", _in_place("Sec-WebSocket-Key", "sEC-wEBsOCKET-kEY")),
    Handshake(
        "the first of two subprotocols",
        "4.2.2",
        _ask(Sec_WebSocket_Protocol="a, b"),
        headers=(("Sec-WebSocket-Protocol", "a"),),
    ),
    Handshake(
        "no name of a subprotocol",
        "4.2.2",
        _ask(Sec_WebSocket_Protocol=""),
        headers=(("Sec-WebSocket-Protocol", None),),
    ),
    *(
        Handshake(f"extensions {value!r}", "9.1", _ask(Sec_WebSocket_Extensions=value), headers=ACCEPT)
        for value in ("permessage-deflate; client_max_window_bits", "permessage-deflate; foo=bar", "x-other", ";;,=")
    ),
    Handshake("a folded line", "RFC 9112, 5.2", _with(b"X-Folded: a", b" b")),
    Handshake("a folded key", "RFC 9112, 5.2", _in_place(f"Key: {KEY}", f"Key:\r\n {KEY}")),
    Handshake("a header of 8 KiB", "RFC 9112, 5", _with(b"X-Long: " + LONG[:8192].encode())),
    Handshake("bytes that are no ASCII", "RFC 9110, 5.5", _with(b"X-Name: \xe9\xff")),
)

REFUSED = (
    *(
        Handshake(f"no {name}", "4.2.1", _ask(without=name), status)
        for name, status in (("Connection", 400), ("Upgrade", 426), ("Sec-WebSocket-Key", 400))
    ),
    Handshake("no Host", "4.2.1", _in_place("Host: 127.0.0.1:3001\r\n", ""), 403),
    Handshake("two Hosts", "RFC 9112, 3.2", _with(b"Host: 127.0.0.1:3001"), 400),
    *(
        Handshake(f"Upgrade: {value}", "4.2.1", _ask(Upgrade=value), status)
        for value, status in (("h2c", 426), ("xwebsocketx", 400))
    ),
    Handshake("Connection: close", "4.2.1", _ask(Connection="close"), 400),
    *(
        Handshake(f"key {value!r}", "4.2.1", _ask(Sec_WebSocket_Key=value), 400)
        for value in ("", "c2hvcnQ=", KEY * 2, "!" * 22 + "==", KEY[:22] + "AA")
    ),
    Handshake("two keys", "11.3.1", _with(f"Sec-WebSocket-Key: {KEY}".encode()), 400),
    Handshake("no version", "4.2.2", _ask(without="Sec-WebSocket-Version"), 426, VERSION),
    *(
        Handshake(f"version {value!r}", "4.2.2", _ask(Sec_WebSocket_Version=value), 426, VERSION)
        for value in ("", "0", "8", "12", "14", "113", "013", "+13", "1_3", "13.0", "x", "13, 8", "-13")
    ),
    Handshake("two versions", "11.3.5", _with(b"Sec-WebSocket-Version: 13"), 400),
    Handshake("a subprotocol twice", "4.1", _ask(Sec_WebSocket_Protocol="a, a"), 400),
    Handshake("HTTP/1.0", "4.2.1", _in_place("HTTP/1.1", "HTTP/1.0"), 426),
    *(
        Handshake(f"{name}", "4.2.1", _in_place("HTTP/1.1", name), 400)
        for name in ("HTTP/2.0", "HTTP/0.9", "HTTP/1", "ICY/1.1")
    ),
    Handshake("no version of HTTP", "4.2.1", _in_place(" HTTP/1.1", ""), 400),
    *(Handshake(method, "4.2.1", _ask(method=method), 405) for method in ("POST", "PUT", "HEAD", "BREW")),
    Handshake("a fragment", "3", _ask("/ws#a"), 404),
    Handshake("another path", "4.2.2", _ask("/ws/other"), 404),
    *(
        Handshake(f"Origin: {value}", "10.2", _ask(Origin=value), 403)
        for value in ("null", "https://evil.example", "http://[::1")
    ),
    *(
        Handshake(f"the line {line!r}", "RFC 9112, 5.1", _with(line), 400)
        for line in (b"nonsense", b"X-Space : a", b"X-Nul: a\x00b", b"Content-Length: x", b"Content-Length: -1")
    ),
    Handshake("a header of 20 KB", "10.4", _with(b"X-Long: " + LONG.encode()), 400),
    Handshake("600 headers", "10.4", _with(*[b"X-Many: a"] * 600), 400),
    Handshake("a path of 20 KB", "10.4", _ask(f"/ws?{LONG}"), 400),
    Handshake("the beginning of TLS", "4.2.1", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
)

HANDSHAKES = ACCEPTED + REFUSED
