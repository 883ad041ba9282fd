"""Our side of the clients' WebSocket, in memory: every row of the table, however the network cuts its bytes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from tests.conformance.case import Case
from tests.conformance.ending import ENDING
from tests.conformance.framing import FRAMING
from tests.conformance.judging import Seen, expected, saw
from tests.conformance.pieces import BINARY, Piece, closing, encode
from tests.support.memory_web import Connection, WebCase

GOOD_BYE = closing().encode(by_client=True)
WHOLE = Piece(BINARY, b"whole frame!").encode(by_client=True)
HEARD = len(b"whole frame!")
SHORT_BYTES = 40


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

    def test_as_it_is_sent(self) -> None:
        for case in FRAMING + ENDING:
            self.check(case, [encode(case.pieces, by_client=True)], "in one segment")

    def test_behind_a_whole_frame(self) -> None:
        """In the same segment, so that what takes whole frames out has begun."""
        for case in FRAMING + ENDING:
            self.check(case, [WHOLE + encode(case.pieces, by_client=True)], "behind a whole frame", HEARD)

    def test_a_byte_at_a_time(self) -> None:
        """Of long ones the first and the last bytes."""
        for case in FRAMING + ENDING:
            data = encode(case.pieces, by_client=True)
            edges = [at for at in range(len(data) + 1) if at < 200 or at > len(data) - 4]
            self.check(case, (data[start:stop] for start, stop in pairwise(edges)), "a byte at a time")

    def test_cut_in_two_anywhere(self) -> None:
        """Of the short ones; behind a whole frame, so that the cut may be in either."""
        for case in FRAMING + ENDING:
            data = WHOLE + encode(case.pieces, by_client=True)
            if len(data) <= SHORT_BYTES:
                for cut in range(1, len(data)):
                    self.check(case, (data[:cut], data[cut:]), f"cut at {cut}", HEARD)
