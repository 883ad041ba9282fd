"""Tests of alie.performer: what a session decides is done, in order, and a fault ends this session only."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from alie import actions as do
from alie import events as on
from alie.admission import Admission
from alie.errors import EngineUnavailable
from alie.limits import Limits
from alie.metrics import Metrics
from alie.performer import Performer
from alie.session import Session, State
from alie.sockets import ENGINE
from alie.speech import EngineFacts
from alie.transcript import Result
from tests.support.driving import FRAME, SESSION_ID, final, partial
from tests.support.reading import message
from tests.support.scripted_engine import ScriptedEngine, ScriptedStream

START = b'{"type":"start_transcription","languageCode":"en-US"}'
STOP = b'{"type":"stop_transcription"}'


class RecordingSocket:
    """A socket that keeps what it is asked for, beside what the engine is asked for."""

    def __init__(self, events: list[str]) -> None:
        self.events = events
        self.messages: list[dict[str, object]] = []
        self.waiting_bytes = 0
        self.on_send: Callable[[], None] = lambda: None

    def send(self, sent: do.Send) -> None:
        """Keeps a message."""
        self.messages.append(message(sent.payload))
        self.events.append(str(self.messages[-1]["type"]))
        self.on_send()

    def close(self, code: int, reason: str) -> None:
        """Keeps the code."""
        self.events.append(f"close {code}")

    def pause_reading(self, cause: str = ENGINE) -> None:
        """Keeps that."""
        self.events.append("pause" if cause == ENGINE else f"pause {cause}")

    def resume_reading(self, cause: str = ENGINE) -> None:
        """Keeps that."""
        self.events.append("resume" if cause == ENGINE else f"resume {cause}")


class PerformerCase(SynchronousTestCase):
    """One performer with a scripted engine, on a clock of its own; all that is done is in `events`."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.engine = ScriptedEngine()
        self.events = self.engine.events
        self.socket = RecordingSocket(self.events)
        self.metrics = Metrics()
        self.admission = Admission(lambda: 5)
        self.session = Session(SESSION_ID, EngineFacts("embedded"), self.admission, Limits())
        self.performer = Performer(self.session, self.engine, self.socket, self.clock, self.metrics)

    def dictate(self) -> ScriptedStream:
        """Opens, starts and speaks."""
        self.performer.open()
        self.performer.receive(on.Text(START))
        self.performer.receive(on.Audio(FRAME))
        self.events.clear()
        return self.engine.stream

    def metric(self, name: str, **labels: str) -> float:
        """The value of a metric."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


class OrderTests(PerformerCase):
    """Things are done in the order that the session says."""

    def test_a_dictation(self) -> None:
        """From the greeting to the last word."""
        self.performer.open()
        self.performer.receive(on.Text(START))
        self.performer.receive(on.Audio(FRAME))
        self.engine.stream.tell(partial(), final())
        self.performer.receive(on.Text(b'{"type":"flush"}'))
        self.performer.receive(on.Text(STOP))
        self.performer.receive(on.Lost())
        self.assertEqual(
            self.events,
            [
                "connection_established",
                "stream_ready",
                "open",
                "feed",
                "transcription_result",
                "transcription_result",
                "flush",
                "flushed",
                "resume",
                "resume memory",
                "finish",
                "transcription_complete",
                "close 1000",
            ],
        )
        self.assertEqual(self.engine.streams, [])

    def test_the_greeting_has_the_wall_time(self) -> None:
        """ISO 8601 in UTC, ending in Z."""
        self.performer.open()
        payload = self.socket.messages[0]["payload"]
        assert isinstance(payload, dict)
        self.assertRegex(payload["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_an_engine_that_answers_within_feed(self) -> None:
        """What it says waits until the actions at hand are done."""
        self.engine.on_feed = lambda stream: stream.tell(final())
        self.performer.open()
        self.performer.receive(on.Text(START))
        self.performer.receive(on.Audio(FRAME))
        self.assertEqual(self.events[-3:], ["open", "feed", "transcription_result"])

    def test_an_engine_that_answers_within_open(self) -> None:
        """The stream is known before its first word is passed on."""
        self.engine.on_open = lambda stream: stream.backlog(True)
        self.performer.open()
        self.performer.receive(on.Text(START))
        self.performer.receive(on.Audio(FRAME))
        self.assertEqual(self.events[-3:], ["open", "feed", "pause"])

    def test_backlog(self) -> None:
        """Pauses and resumes the socket; a stop resumes it in any case."""
        stream = self.dictate()
        stream.backlog(True)
        stream.backlog(False)
        stream.backlog(True)
        self.engine.on_finish = lambda stream: None
        self.performer.receive(on.Text(STOP))
        self.assertEqual(self.events, ["pause", "resume", "pause", "resume", "resume memory", "finish"])

    def test_lost_socket(self) -> None:
        """The engine is aborted and nothing more is sent."""
        stream = self.dictate()
        self.performer.receive(on.Lost())
        stream.tell(final())
        self.assertEqual((self.events, self.admission.taken), (["abort"], 0))


class FaultTests(PerformerCase):
    """Whatever fails, this session ends properly, and no other hears of it."""

    def assert_ended(self, *expected: str, outcome: str) -> None:
        """All was done to the end, once; the seat is free; no timer is left."""
        self.assertEqual(self.events, list(expected))
        self.assertIs(self.session.state, State.ENDED)
        self.assertEqual(self.admission.taken, 0)
        self.assertEqual(self.metric("alie_sessions"), 0)
        self.assertEqual(self.metric("alie_sessions_ended_total", outcome=outcome), 1)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_an_engine_that_refuses_to_open(self) -> None:
        """Its error is the session's."""
        self.engine.seats = 0
        self.performer.open()
        self.performer.receive(on.Text(START))
        self.events.clear()
        self.performer.receive(on.Audio(FRAME))
        self.assert_ended("open", "transcription_error", "close 1013", outcome="CAPACITY")

    def test_an_engine_that_crashes_at_open(self) -> None:
        """Logged with its traceback, told without."""

        def crash(stream: ScriptedStream) -> None:
            raise ZeroDivisionError("what the patient said")

        self.engine.on_open = crash
        self.performer.open()
        self.performer.receive(on.Text(START))
        self.events.clear()
        self.performer.receive(on.Audio(FRAME))
        self.assert_ended("open", "transcription_error", "close 1011", outcome="INTERNAL")
        self.assertEqual(self.socket.messages[-1]["error"], "Internal error")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_an_engine_that_fails_within_feed(self) -> None:
        """One error, its own; what was to follow is not asked of a dead stream."""
        self.engine.on_feed = lambda stream: stream.fail(EngineUnavailable())
        self.performer.open()
        self.performer.receive(on.Text(START.replace(b"}", b',"sampleRate":44100}')))
        self.performer.receive(on.Audio(FRAME))
        self.events.clear()
        self.performer.receive(on.Text(STOP))
        self.assert_ended("open", "feed", "transcription_error", "close 1011", outcome="ENGINE_UNAVAILABLE")
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_a_stream_that_fails_later(self) -> None:
        """It is not aborted: it is gone."""
        self.dictate().fail(EngineUnavailable())
        self.assert_ended("transcription_error", "close 1011", outcome="ENGINE_UNAVAILABLE")

    def test_a_stream_that_crashes_in_abort(self) -> None:
        """The session is recorded all the same."""

        def crash() -> None:
            raise ZeroDivisionError

        self.dictate()
        self.engine.on_abort = crash
        self.performer.receive(on.Lost())
        self.assert_ended("abort", outcome="lost")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_a_socket_that_crashes(self) -> None:
        """The engine is aborted, the close is tried."""

        def crash() -> None:
            raise ZeroDivisionError

        stream = self.dictate()
        self.socket.on_send = crash
        stream.tell(final())
        self.assert_ended("transcription_result", "transcription_error", "close 1011", "abort", outcome="INTERNAL")
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 2)

    def test_a_result_that_cannot_be_encoded(self) -> None:
        """Not even as the final of what was shown: the socket is closed, and the reactor goes on."""
        stream = self.dictate()
        stream.tell(Result("e-1", 0.0, 1.0, "half a pair: \ud83d", is_final=False))
        self.assert_ended("close 1011", "abort", outcome="lost")
        self.assertEqual(len(self.flushLoggedErrors(TypeError)), 2)

    def test_a_seat_that_cannot_be_counted(self) -> None:
        """A fault before start ends the socket too."""

        def crash() -> int:
            raise ZeroDivisionError

        self.session = Session(SESSION_ID, EngineFacts("embedded"), Admission(crash), Limits())
        self.performer = Performer(self.session, self.engine, self.socket, self.clock, self.metrics)
        self.performer.open()
        self.performer.receive(on.Text(START))
        self.assertEqual(self.events, ["connection_established", "transcription_error", "close 1011"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
