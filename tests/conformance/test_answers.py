"""Our two clients and what a server may answer to their upgrade: taken, or refused once and for all."""

from __future__ import annotations

from twisted.internet.endpoints import HostnameEndpoint

from alie.cli.socket import OutgoingSocketFactory
from alie.engines.amazon.connection import Connection, ConnectionFactory, OneConnection
from alie.engines.amazon.options import AmazonOptions
from tests.conformance.answers import ANSWERS, Answer
from tests.conformance.cuts import cuts
from tests.conformance.test_clients import ClientCase, Owner, Stream, leave
from tests.engines.amazon.service_end import ServiceEnd, accept_of

PATIENCE_S = 20


class Asking(Stream):
    """Takes down whether it was upgraded."""

    is_upgraded = False

    def on_upgraded(self) -> None:
        self.is_upgraded = True


class Knocking(Owner):
    """Takes down how it went."""

    def __init__(self) -> None:
        super().__init__()
        self.went: list[str] = []

    def on_open(self, socket: object) -> None:
        self.went.append("open")

    def on_refused(self, status: int | None, error: BaseException) -> None:
        self.went.append("refused")


class AnswerTests(ClientCase):
    """Each row whole, and a byte at a time."""

    def play(self, row: Answer, end: ServiceEnd, parts: list[bytes]) -> None:
        """Sends it, as long as somebody takes it, and lets time pass where nothing came of it."""
        for part in parts:
            if end.is_connected:
                end.send(part)
        if not row.is_good:
            self.net.pump([1.0] * PATIENCE_S)

    def check_row(self, row: Answer, how: str, seen: object, wanted: object) -> None:
        """Notes a row that is not as it should be."""
        if seen != wanted:
            self.wrong.append(f"RFC 6455, section {row.section}: {row.name}, {how}: {seen}")

    def test_engine_leg(self) -> None:
        address = AmazonOptions(endpoint="ws://localhost:4000").address
        for row in ANSWERS:
            for number, how in enumerate(("in one segment", "a byte at a time")):
                stream = Asking()
                made = OneConnection(
                    ConnectionFactory(self.net), lambda stream=stream: Connection("/", address, stream)
                )
                HostnameEndpoint(self.net, "localhost", 4000).connect(made)
                end = ServiceEnd(self.net)
                parts = list(cuts(row.encode(accept_of(end.request()[1])), anywhere=False))[number][1]
                self.play(row, end, parts)
                self.check_row(row, how, (stream.is_upgraded, len(stream.ends)), (row.is_good, int(not row.is_good)))
                leave(end)
        self.flushLoggedErrors(UnicodeDecodeError)  # told to the operator: no service answers so

    def test_command(self) -> None:
        for row in ANSWERS:
            for number, how in enumerate(("in one segment", "a byte at a time")):
                owner = Knocking()
                self.net.connectTCP("localhost", 4000, OutgoingSocketFactory("ws://localhost:4000/ws", owner, self.net))
                end = ServiceEnd(self.net)
                parts = list(cuts(row.encode(accept_of(end.request()[1])), anywhere=False))[number][1]
                self.play(row, end, parts)
                self.check_row(row, how, owner.went, ["open"] if row.is_good else ["refused"])
                leave(end)
