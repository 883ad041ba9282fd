"""Tests of a session that goes from socket to socket, over frames."""

from __future__ import annotations

from typing import Any

from alie import events as on
from tests.support.driving import final, partial
from tests.support.memory_web import Connection, WebCase, client_frame

RESUME = {"ack": True, "resume": True}


class ResumingCase(WebCase):
    """A client that may come back."""

    def setUp(self) -> None:
        super().setUp()
        self.client = self.connect()
        self.client.start(**RESUME)
        (self.ready,) = self.client.messages()
        self.client.speak()

    def come_back(self, last_seq: int = 0, **fields: Any) -> tuple[Connection, list[Any]]:
        """A new socket for the session, and what is told there."""
        connection = self.connect()
        shown = {"sessionId": self.ready["sessionId"], "resumeToken": self.ready["resumeToken"], "lastSeq": last_seq}
        connection.say("resume_transcription", **{**shown, **fields})
        return connection, connection.messages()

    def gauge(self, name: str) -> float:
        """A figure of /metrics."""
        return self.service.metrics.registry.get_sample_value(name) or 0.0


class BrokenTests(ResumingCase):
    """The socket breaks, and the session goes on."""

    def test_resumed(self) -> None:
        """Missed results, then the byte to go on from; then all is as it was."""
        self.client.transport.loseConnection()
        self.assertEqual(self.gauge("alie_sessions_detached"), 1)
        self.engine.stream.tell(partial(), final())
        self.assertGreater(self.gauge("alie_replay_bytes"), 0)
        connection, told = self.come_back()
        self.assertEqual([one["type"] for one in told], ["transcription_result", "stream_resumed"])
        self.assertEqual((told[0]["text"], told[1]["receivedBytes"]), ("So far.", 8192))
        self.assertEqual((self.gauge("alie_sessions_detached"), self.gauge("alie_sessions_resumed_total")), (0, 1))
        connection.speak()
        self.engine.stream.tell(final("e-2", "And on.", 0.5))
        connection.say("stop_transcription")
        told = [one for one in connection.messages() if one["type"] != "audio_ack"]
        self.assertEqual([one["type"] for one in told], ["transcription_result", "transcription_complete"])
        self.assertEqual((told[0]["seq"], told[1]["audioSeconds"]), (3, 0.512))

    def test_nobody_comes_back(self) -> None:
        """The engine is dropped, the seat is free, no timer is left."""
        self.client.transport.loseConnection()
        self.clock.pump([0.5] * 70)
        self.assertEqual((self.engine.streams, self.admission.taken, self.clock.getDelayedCalls()), ([], 0, []))

    def test_after_the_window(self) -> None:
        """There is nothing to resume; a start may follow on the same socket."""
        self.client.transport.loseConnection()
        self.clock.pump([0.5] * 70)
        connection, (told,) = self.come_back()
        self.assertEqual((told["code"], told["fatal"]), ("SESSION_NOT_FOUND", False))
        connection.start(**RESUME)
        self.assertEqual([one["type"] for one in connection.messages()], ["stream_ready"])

    def test_another_token(self) -> None:
        """As if there were no such session; it waits on for its own client."""
        self.client.transport.loseConnection()
        _, (told,) = self.come_back(resumeToken="guessed")
        self.assertEqual(told["code"], "SESSION_NOT_FOUND")
        self.assertEqual(self.come_back()[1][-1]["type"], "stream_resumed")

    def test_a_client_that_says_goodbye(self) -> None:
        """Nobody will come back."""
        self.client.send(client_frame(b"\x03\xe8", 8))
        self.assertEqual((self.engine.streams, self.admission.taken), ([], 0))

    def test_a_ping_that_is_not_answered(self) -> None:
        """A client that vanished is found out, and its session waits from then on."""
        self.clock.pump([1.0] * 41)
        self.assertFalse(self.client.is_open)
        self.assertEqual((self.gauge("alie_sessions_detached"), self.admission.taken), (1, 1))
        self.assertEqual(self.come_back()[1][-1]["type"], "stream_resumed")


class TakenOverTests(ResumingCase):
    """The old socket is still there: a half-open one, or a client that came back sooner than its loss was noticed."""

    def test_the_old_one_is_told(self) -> None:
        """And closed; nothing it still sends is heard."""
        connection, told = self.come_back()
        self.assertEqual(told[-1]["type"], "stream_resumed")
        *_, error, closing = self.client.frames()
        self.assertEqual((error.message["code"], error.message["fatal"]), ("TAKEN_OVER", True))
        self.assertEqual(closing.close[0], 4409)
        fed = len(self.engine.stream.fed)
        self.client.speak()
        self.client.say("stop_transcription")
        self.client.transport.loseConnection()
        self.assertEqual(len(self.engine.stream.fed), fed)
        connection.speak()
        self.assertEqual(len(self.engine.stream.fed), fed + 8192)

    def test_the_new_one_is_read(self) -> None:
        """Also where the session was not, and where the proof held it up."""
        self.engine.stream.backlog(True)
        connection, _ = self.come_back()
        self.assertEqual(connection.transport.producerState, "paused")
        self.engine.stream.backlog(False)
        self.assertEqual(connection.transport.producerState, "producing")

    def test_the_token_before(self) -> None:
        """Is good until the client has spoken on its new socket."""
        self.come_back()
        connection, told = self.come_back()
        self.assertEqual(told[-1]["type"], "stream_resumed")
        connection.speak()
        _, (told,) = self.come_back()
        self.assertEqual(told["code"], "SESSION_NOT_FOUND")


class AckTests(ResumingCase):
    """A client is told how much of its audio it need not keep."""

    def acks(self) -> list[Any]:
        """Acks that came."""
        return [one for one in self.client.messages() if one["type"] == "audio_ack"]

    def test_once_a_second_while_audio_flows(self) -> None:
        """At frames of 256 ms each third."""
        for _ in range(12):
            self.clock.advance(0.256)
            self.client.speak()
        acks = self.acks()
        self.assertEqual([one["receivedBytes"] // 8192 for one in acks], [4, 7, 10, 13])
        self.assertEqual({one["finalBytes"] for one in acks}, {0})

    def test_after_a_final(self) -> None:
        """What the engine has settled is final; the final comes first."""
        self.engine.stream.settled_s = 0.25
        self.engine.stream.backlog_s = 0.006
        self.engine.stream.tell(final(end_s=0.25))
        told, ack = self.client.messages()
        self.assertEqual(told["type"], "transcription_result")
        self.assertEqual(
            ack, {"type": "audio_ack", "receivedBytes": 8192, "finalBytes": 8000, "bufferedSeconds": 0.006}
        )

    def test_never_beyond_what_was_given(self) -> None:
        """An engine whose clock runs ahead must not make a client forget what it has not sent."""
        self.engine.stream.settled_s = 99.0
        self.client.say("flush")
        self.assertEqual([one["finalBytes"] for one in self.acks()], [8192])

    def test_not_to_who_has_not_asked(self) -> None:
        """Plain clients know no acks."""
        plain = self.dictate()
        self.engine.streams[-1].tell(final())
        for _ in range(12):
            self.clock.advance(0.256)
            plain.speak()
        self.assertEqual({one["type"] for one in plain.messages()}, {"transcription_result"})


class DrainTests(ResumingCase):
    """The daemon goes down."""

    def test_sessions_without_a_socket_end(self) -> None:
        """At once: the daemon they would come back to is not this one."""
        self.client.transport.loseConnection()
        self.service.claims.drain(on.Drain(15, 4, 2))
        self.assertEqual((self.engine.streams, self.admission.taken, self.gauge("alie_sessions_detached")), ([], 0, 0))

    def test_the_others_do_not(self) -> None:
        """They are told on their sockets."""
        self.service.claims.drain(on.Drain(15, 4, 2))
        self.assertEqual(self.admission.taken, 1)
