"""Bytes on a fresh connection: whatever a stranger sends, no fault of ours is logged, and what is answered is JSON."""

from __future__ import annotations

import json
from typing import Any

from twisted.logger import globalLogPublisher
from twisted.web.http_headers import Headers

from tests.conformance.handshakes import HANDSHAKES
from tests.support.memory_web import Connection, WebCase, client_frame, request

LONGEST_SEED = 600
_START = client_frame(b'{"type":"start_transcription","languageCode":"en-US"}')
SEEDS = (
    *(row.request for row in HANDSHAKES if len(row.request) < LONGEST_SEED),
    HANDSHAKES[0].request + _START + client_frame(b"ab", 2),
    request("/health") + request("/readyz", headers={"X-Forwarded-For": "10.0.0.1, 10.0.0.2", "Accept": "*/*"}),
    request("/api/config", headers={"Origin": "http://127.0.0.1:3001", "Cookie": "a=b; alie_ticket=c"}),
    request("/api/config", "OPTIONS", {"Origin": "http://localhost:3001", "Access-Control-Request-Method": "GET"}),
    request("/api/transcribe/process", "POST", {"Authorization": "Bearer a.b.c"}, b"{}"),
    request("/metrics", headers={"Authorization": "Bearer x"}),
    request("/", headers={"Accept-Language": "fr", "If-None-Match": '"x"', "Range": "bytes=0-1"}),
)
WORDS = (
    b"\r\n",
    b"\r\n\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Origin: ",
    b"Cookie: ",
    b"%",
    b"/ws",
    b"/api/",
)


SERVER = WebCase("build")  # set up, and not run
SERVER.setUp()
FAULTS: list[Any] = []
globalLogPublisher.addObserver(lambda event: FAULTS.append(event) if event.get("log_failure") else None)


def one(data: bytes) -> None:
    """In two pieces, the second as soon as the first is answered."""
    connection = Connection(SERVER.site)
    connection.send(data[: len(data) // 2])
    connection.send(data[len(data) // 2 :])
    received = connection.received()
    if received.startswith(b"HTTP/1.1 101"):
        connection.response()
        for frame in connection.frames():
            assert frame.opcode in (1, 8, 10)
    elif received:
        head, _, body = received.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        assert status < 500 or status == 503, received
        if status >= 400 and body.startswith(b"{"):
            json.loads(body[: _length(head)])
    if connection.is_open:
        connection.transport.loseConnection()
    SERVER.clock.advance(0)
    assert not FAULTS, FAULTS
    assert (SERVER.service.factory.sockets, SERVER.engine.streams, SERVER.admission.taken) == (set(), [], 0)


def _length(head: bytes) -> int:
    headers = Headers()
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        headers.addRawHeader(name, value.strip())
    (length,) = headers.getRawHeaders(b"content-length", [b"0"])
    return int(length)
