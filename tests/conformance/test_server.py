"""Our side of the clients' WebSocket, in memory: every row of the table, however the network cuts its bytes."""

from __future__ import annotations

from collections.abc import Iterable

from tests.conformance.case import Case
from tests.conformance.cuts import cuts
from tests.conformance.ending import ENDING
from tests.conformance.framing import FRAMING
from tests.conformance.judging import Seen, expected, saw
from tests.conformance.limits import LIMITS
from tests.conformance.pieces import BINARY, Piece, closing, encode
from tests.support.memory_web import Connection, WebCase

GOOD_BYE = closing().encode(by_client=True)
WHOLE = Piece(BINARY, b"whole frame!").encode(by_client=True)
HEARD = len(b"whole frame!")


class TableCase(WebCase):
    """Plays rows to one daemon, each on a socket of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.wrong: list[str] = []

    def play(self, case: Case, parts: Iterable[bytes], before: int) -> Seen:
        """Sends a row in these parts, and reads what comes of it."""
        connection = self.connect()
        connection.start(mode="word_for_word")
        connection.messages()
        for part in parts:
            connection.send(part)
        return self.see(connection, case)

    def see(self, connection: Connection, case: Case) -> Seen:
        """What came, and whether the connection is as it should be."""
        frames = connection.frames()
        seen = saw(frames, sum(len(stream.fed) for stream in self.engine.streams))
        if seen.close is not None:
            self.assertEqual([frame.opcode for frame in frames].index(8), len(frames) - 1, "nothing after a close")
        connection.send(GOOD_BYE)
        if case.is_cut_short:
            self.clock.pump([1] * 12)
        self.assertFalse(connection.is_open, case)
        self.assertEqual((self.engine.streams, self.service.factory.sockets), ([], set()))
        return seen

    def check(self, case: Case, parts: Iterable[bytes], how: str, before: int = 0) -> None:
        """One row, played one way."""
        seen, wanted = self.play(case, parts, before), expected(case, before)
        if seen != wanted:
            self.wrong.append(f"RFC 6455, section {case.section}: {case.name}, {how}: {seen}")

    def tearDown(self) -> None:
        self.assertEqual(self.wrong, [])


class ServerTests(TableCase):
    """A started session takes, answers and refuses what RFC 6455 says."""

    def test_however_it_is_cut(self) -> None:
        """Also in the whole frame before it."""
        for case in FRAMING + ENDING + LIMITS:
            for before, heard in ((b"", 0), (WHOLE, HEARD)):
                for how, parts in cuts(before + encode(case.pieces, by_client=True), anywhere=bool(before)):
                    self.check(case, parts, f"behind {len(before)}, {how}", heard)
