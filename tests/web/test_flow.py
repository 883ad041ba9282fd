"""Tests of what flows when one side is slow or silent: outbox, backpressure, heartbeat, and the drain at the end."""

from __future__ import annotations

from typing import Any, ClassVar

from alie import events as on
from alie.errors import EngineUnavailable
from alie.web.websocket import CLOSE_TIMEOUT_S, MAX_WAITING_BYTES
from tests.support.driving import final, partial
from tests.support.memory_web import Connection, Frame, WebCase, client_frame


def block(connection: Connection) -> None:
    """The write buffer is full: the client does not read."""
    connection.transport.producer.pauseProducing()


def drain(connection: Connection) -> None:
    """The client has read all of it."""
    connection.transport.producer.resumeProducing()
    connection.transport.deliver()


class SlowReaderTests(WebCase):
    """A client that reads too slowly gets every final, but only the newest partial."""

    def test_partials_give_way(self) -> None:
        """The finals come all and in order, the partials of open segments as they are now."""
        connection = self.dictate()
        block(connection)
        stream = self.engine.stream
        for number in range(100):
            stream.tell(*[partial(f"e-{number}", f"so far {n}") for n in range(10)], final(f"e-{number}", f"{number}."))
        stream.tell(partial("e-100", "older"), partial("e-100", "newest"))
        self.assertEqual(connection.frames(), [])
        drain(connection)
        told = connection.messages()
        self.assertEqual([one["text"] for one in told], [*[f"{n}." for n in range(100)], "newest"])
        self.assertEqual([one["seq"] for one in told], sorted(one["seq"] for one in told))

    def test_afterwards_all_flows_again(self) -> None:
        """Every partial."""
        connection = self.dictate()
        block(connection)
        drain(connection)
        self.engine.stream.tell(partial(text="a"), partial(text="b"))
        self.assertEqual([one["text"] for one in connection.messages()], ["a", "b"])

    def test_what_is_kept_comes_before_the_close(self) -> None:
        """The last words of a session, though its client reads slowly."""
        connection = self.dictate()
        block(connection)
        self.engine.stream.tell(final())
        connection.say("stop_transcription")
        self.assertEqual(
            [one.message["type"] if one.opcode == 1 else one.close for one in connection.frames()],
            ["transcription_result", "transcription_complete", (1000, "")],
        )

    def test_a_client_that_closes_and_never_reads(self) -> None:
        """It has as long as one that never closes; its seat is free after that."""
        for goodbye in (b"\x03\xe8", b"\x03\xed"):  # 1000, and 1005, which nobody may send
            connection = self.dictate()
            connection.transport.is_stuck = True
            connection.send(client_frame(goodbye, 8))
            self.assertEqual([one.opcode for one in connection.frames()], [8])
            self.assertTrue(connection.is_open)
            self.clock.advance(CLOSE_TIMEOUT_S)
            self.assertEqual((connection.is_open, self.admission.taken, self.engine.streams), (False, 0, []))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_client_that_asks_and_never_reads(self) -> None:
        """Beyond a bound it is not read itself any more; nothing of it is dropped."""
        connection = self.dictate()
        block(connection)
        sent = 0
        while connection.transport.producerState == "producing":
            connection.say("ping", id="x" * 190)
            sent += 1
        self.assertLess(sent * 200, 2 * MAX_WAITING_BYTES)
        connection.speak()
        self.assertEqual(len(self.engine.stream.fed), 8192)
        drain(connection)
        self.assertEqual(len(connection.messages()), sent)
        self.assertEqual(len(self.engine.stream.fed), 2 * 8192)

    def test_ping_frames_of_a_client_that_never_reads(self) -> None:
        """Only the newest is answered: RFC 6455 allows it, and memory is bounded."""
        connection = self.dictate()
        block(connection)
        for number in range(1000):
            connection.send(client_frame(b"%d" % number, 9))
        self.assertEqual(connection.frames(), [])
        drain(connection)
        self.assertEqual([(frame.opcode, frame.payload) for frame in connection.frames()], [(10, b"999")])


class BacklogTests(WebCase):
    """An engine that is full stops the reading of its client."""

    def test_pause_and_resume(self) -> None:
        """What is sent meanwhile waits in the network, and is heard later."""
        connection = self.dictate()
        stream = self.engine.stream
        stream.backlog(True)
        connection.speak()
        self.assertEqual((len(stream.fed), connection.transport.producerState), (8192, "paused"))
        stream.backlog(False)
        connection.transport.deliver()
        self.assertEqual(len(stream.fed), 16384)

    def test_both_reasons_at_once(self) -> None:
        """Reading goes on when neither is left."""
        connection = self.dictate()
        block(connection)
        while connection.transport.producerState == "producing":
            connection.say("ping", id="x" * 190)
        self.engine.stream.backlog(True)
        drain(connection)
        self.assertEqual(connection.transport.producerState, "paused")
        self.engine.stream.backlog(False)
        self.assertEqual(connection.transport.producerState, "producing")

    def test_a_session_that_ends_while_it_is_not_read(self) -> None:
        """The client's close must be seen, or it would be cut off before it has read ours."""
        connection = self.dictate()
        self.engine.stream.backlog(True)
        self.engine.stream.fail(EngineUnavailable())
        self.assertEqual(connection.frames()[-1].close, (1011, EngineUnavailable.default_sentence))
        connection.send(client_frame(b"\x03\xf3", 8))
        self.assertFalse(connection.is_open)

    def test_what_comes_after_the_close(self) -> None:
        """An engine that has room again, or a pong, finds nobody: nothing is sent behind a close frame."""
        connection = self.dictate()
        block(connection)
        connection.send(client_frame(b"x", 9))
        self.engine.stream.backlog(True)
        connection.transport.loseConnection()
        self.assertEqual(connection.frames(), [])


class HeartbeatTests(WebCase):
    """A client that answers nothing is given up; one that cannot be seen to answer is not."""

    settings: ClassVar[dict[str, str]] = {"ALIE_PING_SECONDS": "20"}

    def pings(self, connection: Connection) -> list[Frame]:
        """The pings that came."""
        return [frame for frame in connection.frames() if frame.opcode == 9]

    def test_pings(self) -> None:
        """One every 20 s to a client that answers."""
        connection = self.dictate()
        for _ in range(10):
            self.clock.advance(20)
            self.assertEqual(len(self.pings(connection)), 1)
            connection.send(client_frame(b"", 10))
        self.assertTrue(connection.is_open)

    def test_a_silent_client(self) -> None:
        """Dropped 20 s after the ping; engine and seat are free."""
        connection = self.dictate()
        self.clock.advance(20)
        self.clock.advance(19.9)
        self.assertTrue(connection.is_open)
        self.clock.advance(0.2)
        self.assertEqual((connection.is_open, connection.transport.is_aborted), (False, True))
        self.assertEqual((self.engine.streams, self.admission.taken, self.clock.getDelayedCalls()), ([], 0, []))

    def test_audio_is_no_answer(self) -> None:
        """A client that streams but never reads is found out."""
        connection = self.dictate()
        for _ in range(400):
            if connection.is_open:
                connection.speak()
                self.clock.advance(0.256)
        self.assertFalse(connection.is_open)

    def test_while_reading_is_paused(self) -> None:
        """A pong may wait unread in the socket that we paused: pings go on, and nobody is given up."""
        connection = self.dictate()
        self.engine.stream.backlog(True)
        for _ in range(5):
            self.clock.advance(20)
            connection.send(client_frame(b"", 10))
        self.assertEqual((len(self.pings(connection)), connection.is_open), (5, True))

    def test_while_it_reads_slowly(self) -> None:
        """Its pong waits behind all that it has not read: it is not given up, and must answer once it has."""
        connection = self.dictate()
        block(connection)
        self.clock.pump([20] * 5)
        self.assertTrue(connection.is_open)
        drain(connection)
        self.clock.pump([1] * 39)
        self.assertTrue(connection.is_open)
        self.clock.advance(1)
        self.assertFalse(connection.is_open)

    def test_while_it_is_not_read_for_what_it_asked(self) -> None:
        """The same where we have stopped reading it: both must be over."""
        connection = self.dictate()
        block(connection)
        while connection.transport.producerState == "producing":
            connection.say("ping", id="x" * 190)
        self.engine.stream.backlog(True)
        drain(connection)
        self.clock.pump([20] * 5)
        self.assertTrue(connection.is_open)
        self.engine.stream.backlog(False)
        self.clock.pump([1] * 40)
        self.assertFalse(connection.is_open)

    def test_after_reading_was_paused(self) -> None:
        """The client has a whole interval to answer, and must."""
        connection = self.dictate()
        self.clock.pump([1] * 15)
        self.engine.stream.backlog(True)
        self.clock.pump([1] * 15)
        self.engine.stream.backlog(False)
        self.clock.pump([1] * 29)
        self.assertTrue(connection.is_open)
        self.clock.pump([1])
        self.assertFalse(connection.is_open)

    def test_before_start_too(self) -> None:
        """Every open socket."""
        connection = self.connect()
        self.clock.advance(20)
        self.assertEqual(len(self.pings(connection)), 1)

    def test_no_pings_into_a_closed_socket(self) -> None:
        """Neither frames nor timers."""
        connection = self.connect()
        connection.send(client_frame(b"\x03\xe8", 8))
        connection.frames()
        self.clock.advance(60)
        self.assertEqual((connection.frames(), self.clock.getDelayedCalls()), ([], []))


class DrainTests(WebCase):
    """The daemon goes down: clients are told, and all of them are gone when it is done."""

    def types(self, connection: Connection) -> list[Any]:
        """Messages by type, closes by code."""
        return [
            frame.message["type"] if frame.opcode == 1 else frame.close[0]
            for frame in connection.frames()
            if frame.opcode in (1, 8)
        ]

    def test_nobody_is_there(self) -> None:
        """Done at once."""
        self.successResultOf(self.service.factory.drain(on.Drain(15, 4, 2)))

    def test_each_kind_of_client(self) -> None:
        """Greeted: closed. Alie's: flushed and closed. Plain: goes on until it stops."""
        greeted, alie, plain = self.connect(), self.dictate(words=True), self.dictate()
        self.engine.on_finish = lambda stream: (stream.tell(final()), stream.finished())[0]
        done = self.service.factory.drain(on.Drain(15, 4, 2))
        self.assertEqual(self.types(greeted), ["server_draining", "transcription_error", 1001])
        self.assertEqual(self.types(alie), ["server_draining", "transcription_result", "transcription_error", 1001])
        self.assertEqual(self.types(plain), ["server_draining"])
        for connection in (greeted, alie):
            connection.send(client_frame(b"\x03\xe9", 8))
        self.assertNoResult(done)
        plain.speak()
        plain.say("stop_transcription")
        self.assertEqual(self.types(plain), ["transcription_result", "transcription_complete", 1000])
        plain.send(client_frame(b"\x03\xe8", 8))
        self.successResultOf(done)

    def test_a_plain_client_that_does_not_stop(self) -> None:
        """When its time is up it gets its last words and 1001."""
        connection = self.dictate()
        self.engine.on_finish = lambda stream: (stream.tell(final()), stream.finished())[0]
        self.service.factory.drain(on.Drain(15, 4, 2))
        self.clock.advance(15)
        self.assertEqual(
            self.types(connection), ["server_draining", "transcription_result", "transcription_error", 1001]
        )

    def test_no_new_session(self) -> None:
        """While it drains."""
        self.dictate()
        late = self.connect()
        self.admission.close()
        late.start()
        self.assertEqual(self.types(late), ["transcription_error", 1001])

    def test_abort(self) -> None:
        """Whoever is still there at the end is dropped."""
        connection = self.dictate()
        done = self.service.factory.drain(on.Drain(15, 4, 2))
        self.service.factory.abort()
        self.assertTrue(connection.transport.is_aborted)
        self.successResultOf(done)
