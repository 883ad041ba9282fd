"""`websockets`, a WebSocket implementation that is not ours and not Autobahn, as the server of a client in memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.address import IPv4Address
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from tests.engines.amazon.service_end import ClientTransport, MemoryNet


class _Transport(ClientTransport):
    """One whose system buffer has a size that may be set."""

    def getHandle(self) -> _Transport:
        return self

    def setsockopt(self, *option: int) -> None:
        pass


class Peer:
    """Takes the newest connection attempt, and the upgrade it asks for.

    Attributes:
        server: `websockets`' own state machine.
        frames: all that came from the client, whole and unmasked.
    """

    def __init__(self, net: MemoryNet) -> None:
        host, port, factory = net.tcpClients[-1][:3]
        self.server = ServerProtocol()
        self.frames: list[Frame] = []
        self.transport = _Transport("127.0.0.1")
        self.transport.protocol = factory.buildProtocol(IPv4Address("TCP", host, port))
        self.transport.protocol.makeConnection(self.transport)
        self.read()

    @property
    def close_code(self) -> int | None:
        """That the client has sent, or 1005; None: it has not closed."""
        return None if self.server.close_rcvd is None else self.server.close_rcvd.code

    @property
    def is_closed(self) -> bool:
        """Whether the closing handshake is over, in good order as `websockets` sees it."""
        return self.server.state in (State.CLOSING, State.CLOSED) and self.server.parser_exc is None

    def payloads(self, opcode: Opcode) -> list[bytes]:
        """Of the frames of one kind."""
        return [bytes(frame.data) for frame in self.frames if frame.opcode is opcode]

    def read(self) -> None:
        """Has `websockets` read what the client has sent, and sends what it answers, until both are quiet."""
        while self.transport.value():
            data = self.transport.value()
            self.transport.clear()
            self.server.receive_data(data)
            for event in self.server.events_received():
                if isinstance(event, Request):
                    self.server.send_response(self.server.accept(event))
                else:
                    self.frames.append(event)
            self.flush()

    def flush(self) -> None:
        """Sends what `websockets` wants sent; an empty piece is the end of the connection."""
        for data in self.server.data_to_send():
            if not self.transport.connected:
                return
            if data:
                self.transport.protocol.dataReceived(data)
            else:
                self.transport.loseConnection()

    def say(self, send: Any, *arguments: Any, **options: Any) -> None:
        """Calls one of `websockets`' `send_` methods, and has it all go over the wire, both ways."""
        send(*arguments, **options)
        self.flush()
        self.read()
