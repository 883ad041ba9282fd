"""Our sides as a client, of the engine's WebSocket and of the command's: the same table, sent by a server."""

from __future__ import annotations

from typing import Any

import txaio
from twisted.internet.endpoints import HostnameEndpoint
from twisted.trial.unittest import SynchronousTestCase

from alie.cli.socket import OutgoingSocket, OutgoingSocketFactory
from alie.engines.amazon.connection import Connection, ConnectionFactory, OneConnection
from alie.engines.amazon.options import AmazonOptions
from alie.faults import StreamFailed
from tests.conformance.case import Case
from tests.conformance.cuts import cuts
from tests.conformance.ending import ENDING
from tests.conformance.framing import FRAMING
from tests.conformance.pieces import BINARY, CLOSE, PONG, Piece, encode
from tests.engines.amazon.service_end import MemoryNet, ServiceEnd

WHOLE = Piece(BINARY, b"whole frame!")
FINE = (b"", (1000).to_bytes(2), (1001).to_bytes(2))


class Stream:
    """Remembers what a connection of the engine leg tells."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.ends: list[StreamFailed | None] = []
        self.is_gone = False

    def on_upgraded(self) -> None:
        pass

    def on_message(self, payload: bytes) -> None:
        assert not self.ends
        self.messages.append(payload)

    def on_blocked(self, is_blocked: bool) -> None:
        pass

    def on_over(self, error: StreamFailed | None) -> None:
        self.ends.append(error)

    def on_gone(self) -> None:
        self.is_gone = True


class Owner:
    """Remembers what a socket of the command tells."""

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.closed: list[int | None] = []

    def on_open(self, socket: OutgoingSocket) -> None:
        pass

    def on_text(self, payload: bytes) -> None:
        self.texts.append(payload)

    def on_ping(self) -> None:
        pass

    def on_refused(self, status: int | None, error: BaseException) -> None:
        raise AssertionError(status) from error

    def on_closed(self, code: int | None) -> None:
        self.closed.append(code)


class ClientCase(SynchronousTestCase):
    """A reactor in memory, and what was not as it should be."""

    maxDiff = None

    def setUp(self) -> None:
        self.net = MemoryNet()
        self.addCleanup(setattr, txaio.config, "loop", getattr(txaio.config, "loop", None))
        txaio.config.loop = self.net
        self.wrong: list[str] = []

    def tearDown(self) -> None:
        self.assertEqual(self.wrong, [])

    def check(self, case: Case, how: str, seen: object, wanted: object) -> None:
        """Notes a row that is not as it should be."""
        if seen != wanted:
            self.wrong.append(f"RFC 6455, section {case.section}: {case.name}, {how}: {seen}, not {wanted}")


def leave(end: ServiceEnd) -> None:
    """Ends a connection that is still there."""
    if end.is_connected:
        end.lose()


def pongs(frames: list[tuple[int, bytes]]) -> list[bytes]:
    """Payloads of the pongs in what a client has sent."""
    return [payload for opcode, payload in frames if opcode == PONG]


class EngineLegTests(ClientCase):
    """What is whole is taken out before Autobahn sees it, here too: behind a whole frame and without one."""

    def connect(self, stream: Stream) -> ServiceEnd:
        """An open connection."""
        address = AmazonOptions(endpoint="ws://localhost:4000").address
        made = OneConnection(ConnectionFactory(self.net), lambda: Connection("/", address, stream))
        HostnameEndpoint(self.net, "localhost", 4000).connect(made)
        end = ServiceEnd(self.net)
        end.accept()
        return end

    def test_table(self) -> None:
        for case in FRAMING + ENDING:
            for before in ((), (WHOLE,)):
                for how, parts in cuts(encode((*before, *case.pieces), by_client=False), anywhere=bool(before)):
                    self.play(case, f"behind {len(before)}, {how}", parts, [WHOLE.payload] if before else [])

    def play(self, case: Case, how: str, parts: list[bytes], before: list[bytes]) -> None:
        """Messages and pongs are those of the table; the stream goes on, is over, or has failed once."""
        stream = Stream()
        end = self.connect(stream)
        for part in parts:
            end.send(part)
        heard = [message.encode() if isinstance(message, str) else message for message in case.messages]
        ended = "open" if case.close is None else "over" if _is_fine(case) else "failed"
        wanted = ([*before, *heard], list(case.pongs), ended)
        if ended != "open":
            self.net.pump([0.5] * 4)
            self.assertTrue(stream.is_gone, case)
        self.check(case, how, (stream.messages, pongs(end.frames()), _end_of(stream)), wanted)
        leave(end)


def _is_fine(case: Case) -> bool:
    """Whether the server has closed as a service does that is done."""
    goodbye = next((piece.payload[:2] for piece in case.pieces if piece.opcode == CLOSE), None)
    return case.close == 1000 and goodbye in FINE


def _end_of(stream: Stream) -> str:
    if not stream.ends:
        return "open"
    (end,) = stream.ends
    return "over" if end is None else "failed"


class CommandTests(ClientCase):
    """The socket of `alie transcribe` is Autobahn's own; what it makes of the table is the same."""

    def connect(self, owner: Owner) -> ServiceEnd:
        """An open socket."""
        factory = OutgoingSocketFactory("ws://localhost:4000/ws", owner, self.net)
        self.net.connectTCP("localhost", 4000, factory)
        end = ServiceEnd(self.net)
        end.accept()
        return end

    def test_table(self) -> None:
        for case in FRAMING + ENDING:
            for how, parts in cuts(encode(case.pieces, by_client=False)):
                owner = Owner()
                end = self.connect(owner)
                for part in parts:
                    end.send(part)
                frames: list[Any] = end.frames()
                closes = [int.from_bytes(payload[:2]) for opcode, payload in frames if opcode == CLOSE]
                texts = [message.encode() for message in case.messages if isinstance(message, str)]
                wanted = (texts, list(case.pongs), [] if case.close is None else [case.close])
                self.check(case, how, (owner.texts, pongs(frames), closes), wanted)
                leave(end)
                self.assertEqual(len(owner.closed), 1)
