"""Bytes on a client's socket: those that whole frames are taken out of give what Autobahn alone makes of them."""

from __future__ import annotations

from typing import Any

import txaio
from twisted.internet.task import Clock

from alie import events as on
from alie.frames import WholeFrames
from alie.web.factory import DictationFactory
from tests.conformance.ending import ENDING
from tests.conformance.framing import FRAMING
from tests.conformance.limits import LIMITS
from tests.conformance.pieces import encode
from tests.support.memory_web import UPGRADE, Connection, request

LONGEST_SEED = 300
_SENT = [encode(case.pieces, by_client=True) for case in FRAMING + ENDING + LIMITS]
SEEDS = tuple(bytes((cut,)) + data for cut, data in enumerate(data for data in _SENT if len(data) < LONGEST_SEED))
# Small, so that a short input can be too large.
FRAME_BYTES = 1000
WORDS = (
    b"\x82\x80",
    b"\x82\xfe",
    b"\x82\xff",
    b"\x02",
    b"\x00\x80",
    b"\x80\x80",
    b"\x89\x80",
    b"\x88\x82",
    b"\x81\xfe",
    b"\x03\xe8",
)


class Plain(WholeFrames):
    """Takes nothing out: all goes Autobahn's way."""

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        return [], data


class Hearing:
    """Stands where a performer would: takes down what it is told, and closes where a session would."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.heard: list[object] = []

    def open(self) -> None:
        """Nothing is said first."""

    def receive(self, event: object) -> None:
        """Takes down what was said, until there was too much of it."""
        if "closed" in self.heard:
            return
        if isinstance(event, on.Audio):
            self._hear(event.payload)
        elif isinstance(event, on.Text):
            self.heard.append(event.payload)
        elif isinstance(event, on.Malformed):
            self.heard.append("closed")
            self.socket.close(1009, "")

    def _hear(self, audio: bytes) -> None:
        # What comes at once may be joined: it is the same audio.
        if self.heard and isinstance(self.heard[-1], bytearray):
            self.heard[-1] += audio
        elif audio:
            self.heard.append(bytearray(audio))

    def lost(self, event: on.Lost) -> None:
        """The end of the socket comes later for some than for others."""


class End:
    """A server's end of one socket."""

    def __init__(self, taking: type[WholeFrames]) -> None:
        txaio.config.loop = clock = Clock()
        make: Any = lambda socket, entrance: Hearing(socket)  # noqa: E731
        self.factory = DictationFactory(clock, make, frame_bytes=FRAME_BYTES, ping_s=20)
        self.connection = Connection(self.factory)
        self.connection.transport.registerProducer(self.connection, True)  # where the HTTP channel would be
        self.connection.send(request("/ws", headers=UPGRADE))
        self.connection.response()
        (self.socket,) = self.factory.sockets
        self.hearing: Any = self.socket._performer
        self.socket._frames = taking(FRAME_BYTES, self.socket._frames._unmask)

    def seen(self) -> object:
        """What was heard, and what was answered; of a close frame the code only."""
        frames = [
            (frame.opcode, frame.payload[:2] if frame.opcode == 8 else frame.payload)
            for frame in self.connection.frames()
        ]
        # Once it has closed, Autobahn may wait for the client's close or not.
        is_over = any(opcode == 8 for opcode, _ in frames) or not self.connection.is_open
        return self.hearing.heard, frames, is_over


def one(data: bytes) -> None:
    """The first byte says how the rest is cut."""
    step, data = (data[0] % 16, data[1:]) if data else (0, b"")
    ends = [End(WholeFrames), End(Plain), End(WholeFrames)]
    for end in ends[:2]:
        end.connection.send(data)
    for at in range(0, len(data), step + 1):
        ends[2].connection.send(data[at : at + step + 1])
    taken, plain, cut = [end.seen() for end in ends]
    assert taken == plain, "not what Autobahn alone makes of it"
    assert taken == cut, "not what it is when it comes in one piece"
