"""A WebSocket over a blocking connection, by one thread, as far as its first message.

Not the library's own blocking client: that reads in a thread of its own while another writes. OpenSSL allows this of no
connection, and Python 3.11 does not keep them apart: now and then the request was never sent.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from socket import socket as Socket

from websockets.client import ClientProtocol
from websockets.frames import DATA_OPCODES, CloseCode, Frame
from websockets.uri import parse_uri

from alie.cli.address import Address
from alie.cli.doctor.reaching import TIMEOUT_S, any_certificate, open_socket

_RECEIVED_BYTES = 16_384


@contextmanager
def greeted(address: Address, connect_to: tuple[str, int] | None, timeout_s: float = TIMEOUT_S) -> Iterator[bytes]:
    """What the server says first, for as long as its socket is open.

    Args:
        address: of the server, and the path.
        connect_to: host and port to go to in its place; None: there.
        timeout_s: for the connection, for each wait of TLS, and then for all else together.

    Raises:
        Unreached: there is no connection.
        InvalidStatus: a status was the answer, and no WebSocket.
        WebSocketException: the answer is not of HTTP, or not to an upgrade, or what follows is no frame.
        TimeoutError: there was none in time.
        EOFError: the connection was closed before it.
        OSError: it broke, or there is no TLS at its other end.
    """
    protocol = ClientProtocol(parse_uri(address.websocket_url))
    with closing(open_socket(address, connect_to, timeout_s)) as plain, closing(_secured(plain, address)) as tcp:
        protocol.send_request(protocol.connect())
        yield _first_message(protocol, tcp, time.monotonic() + timeout_s)
        with suppress(OSError):  # whoever leaves says so; nobody has to hear it
            protocol.send_close(CloseCode.NORMAL_CLOSURE)
            _send(protocol, tcp)


def _secured(tcp: Socket, address: Address) -> Socket:
    return any_certificate().wrap_socket(tcp, server_hostname=address.host) if address.is_secure else tcp


def _first_message(protocol: ClientProtocol, tcp: Socket, until_s: float) -> bytes:
    has_ended = False
    while True:
        _send(protocol, tcp)
        for event in protocol.events_received():
            if isinstance(event, Frame) and event.opcode in DATA_OPCODES:
                return bytes(event.data)
        if error := protocol.handshake_exc or protocol.parser_exc:
            raise error
        if has_ended:
            raise EOFError
        tcp.settimeout(max(until_s - time.monotonic(), 0.001))
        if received := tcp.recv(_RECEIVED_BYTES):
            protocol.receive_data(received)
        else:
            has_ended = True
            protocol.receive_eof()


def _send(protocol: ClientProtocol, tcp: Socket) -> None:
    for part in protocol.data_to_send():
        tcp.sendall(part)  # an empty one asks to close one direction; both are closed soon
