"""Upgrades, in memory: what is answered, whether it comes whole or slowly, and with frames right behind it."""

from __future__ import annotations

from tests.conformance.cuts import cuts
from tests.conformance.handshakes import ACCEPTED, HANDSHAKES, Handshake
from tests.support.memory_web import Connection, WebCase, client_frame

START = client_frame(b'{"type":"start_transcription","languageCode":"en-US"}')


class HandshakeTests(WebCase):
    """Each row on a connection of its own."""

    maxDiff = None

    def test_table(self) -> None:
        """A socket that is open greets, and a refusal is the connection's end, or leaves it to other requests."""
        wrong = []
        for row in HANDSHAKES:
            for how, parts in cuts(row.request, anywhere=False):
                connection = Connection(self.site)
                for part in parts:
                    connection.send(part)
                wrong += [f"{row.section}: {row.name}, {how}: {fault}" for fault in self.faults(row, connection)]
                connection.transport.loseConnection()
        self.assertEqual(wrong, [])
        self.assertEqual((self.service.factory.sockets, self.flushLoggedErrors()), (set(), []))

    def faults(self, row: Handshake, connection: Connection) -> list[str]:
        """What is not as the row says."""
        answer = connection.response()
        found = [f"{name}: {answer.header(name)}" for name, value in row.headers if answer.header(name) != value]
        if answer.status != row.status:
            found.append(str(answer.status))
        elif row.is_accepted and [told["type"] for told in connection.messages()] != ["connection_established"]:
            found.append("no greeting")
        return found

    def test_frames_right_behind_it(self) -> None:
        """A client may not send them yet (section 4.1), but if it does, they are not lost, wherever they are cut."""
        for data in (ACCEPTED[0].request + START, ACCEPTED[0].request + START * 2):
            for cut in (len(data), len(ACCEPTED[0].request) - 1, *range(len(ACCEPTED[0].request), len(data))):
                connection = Connection(self.site)
                connection.send(data[:cut])
                connection.send(data[cut:])
                self.assertEqual(connection.response().status, 101)
                told = [message["type"] for message in connection.messages()]
                self.assertEqual(told, ["connection_established", "stream_ready"], cut)
                connection.transport.loseConnection()
