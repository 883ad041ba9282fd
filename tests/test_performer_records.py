"""Tests of what alie.performer keeps and when it wakes: one timer, one log line, numbers and never words."""

from __future__ import annotations

from twisted.logger import LogLevel, capturedLogs

from alie import events as on
from alie.errors import Capacity
from tests.support.driving import FRAME, final, partial
from tests.test_performer import START, STOP, PerformerCase


class TimerTests(PerformerCase):
    """One timer at most, and none is moved for each frame."""

    def due(self) -> list[float]:
        """When the timers are due."""
        return [call.getTime() for call in self.clock.getDelayedCalls()]

    def test_never_more_than_one(self) -> None:
        """Whatever happens."""
        self.dictate()
        for step in range(200):
            self.clock.advance(0.25)
            self.performer.receive(on.Audio(FRAME))
            self.assertEqual(len(self.due()), 1, step)

    def test_a_deadline_that_moves_away_leaves_the_timer(self) -> None:
        """It finds that out when it fires: no timer is made for a frame."""
        self.dictate()
        (first,) = self.clock.getDelayedCalls()
        for _ in range(10):
            self.clock.advance(0.25)
            self.performer.receive(on.Audio(FRAME))
        self.assertEqual(self.clock.getDelayedCalls(), [first])
        self.clock.advance(2.6)
        self.assertEqual((self.events.count("flush"), self.due()), (0, [7.5]))
        self.clock.advance(2.5)
        self.assertEqual(self.events.count("flush"), 1)

    def test_a_deadline_that_comes_nearer_moves_the_timer(self) -> None:
        """From the idle limit to the quiet one."""
        self.performer.open()
        self.performer.receive(on.Text(START))
        self.clock.advance(60)
        self.assertEqual(self.due(), [900.0])
        self.performer.receive(on.Audio(FRAME))
        self.assertEqual(self.due(), [65.0])

    def test_start_timeout(self) -> None:
        """The tick comes when it is due, and then no timer is left."""
        self.performer.open()
        self.clock.advance(60)
        self.assertEqual(self.events, ["connection_established", "transcription_error", "close 1008"])
        self.assertEqual(self.due(), [])

    def test_no_timer_after_the_end(self) -> None:
        """Whoever ended it."""
        self.dictate()
        self.performer.receive(on.Lost())
        self.assertEqual(self.due(), [])


class RecordTests(PerformerCase):
    """What is kept of a session: numbers, never words."""

    def test_the_log_line(self) -> None:
        """Outcome and amounts; no text."""
        with capturedLogs() as logs:
            self.dictate().tell(final(text="Métoprolol, cinquante milligrammes."))
            self.performer.receive(on.Text(STOP))
        started, ended = logs
        self.assertEqual((started["event"], started["log_level"]), ("session.start", LogLevel.debug))
        self.assertEqual((ended["event"], ended["log_level"]), ("session.end", LogLevel.info))
        self.assertEqual((ended["code"], ended["finals"], ended["engine"]), ("complete", 1, "embedded"))
        self.assertEqual((round(ended["audio_s"], 3), ended["lost_s"], ended["duration_s"]), (0.256, 0, 0))
        self.assertNotIn("toprolol", repr(logs))

    def test_a_socket_on_which_nobody_started(self) -> None:
        """Counted, and logged for whoever looks closely."""
        with capturedLogs() as logs:
            self.performer.open()
            self.performer.receive(on.Lost())
        self.assertEqual(self.metric("alie_sessions_ended_total", outcome="unstarted"), 1)
        (ended,) = logs
        self.assertEqual((ended["code"], ended["log_level"]), ("unstarted", LogLevel.debug))

    def test_a_socket_on_which_nobody_could_start(self) -> None:
        """Logged for everybody, with the code that its client was told."""
        with capturedLogs() as logs:
            self.performer.open()
            self.clock.advance(60)
        (ended,) = logs
        self.assertEqual((ended["code"], ended["log_level"]), ("START_TIMEOUT", LogLevel.info))

    def test_metrics(self) -> None:
        """Sessions, audio, results, latencies, errors and what was ignored."""
        stream = self.dictate()
        self.assertEqual(self.metric("alie_sessions"), 1)
        self.clock.advance(0.5)
        stream.tell(partial(), final())
        self.performer.receive(on.Text(b"not json"))
        self.performer.receive(on.Text(b'{"type":"unknown"}'))
        self.performer.receive(on.Text(STOP))
        self.assertEqual(self.metric("alie_sessions"), 0)
        self.assertAlmostEqual(self.metric("alie_audio_seconds_total"), 0.256)
        self.assertEqual(self.metric("alie_audio_lost_seconds_total"), 0)
        self.assertEqual(self.metric("alie_results_total", kind="final"), 1)
        self.assertEqual(self.metric("alie_result_latency_seconds_sum", kind="partial"), 0.5)
        self.assertEqual(self.metric("alie_errors_total", code="INVALID_MESSAGE"), 1)
        self.assertEqual(self.metric("alie_messages_ignored_total"), 1)
        self.assertEqual(self.metric("alie_sessions_ended_total", outcome="complete"), 1)

    def test_a_refusal_is_counted_by_its_code(self) -> None:
        """As the client was told."""
        self.engine.on_open = lambda stream: (_ for _ in ()).throw(Capacity())
        self.performer.open()
        self.performer.receive(on.Text(START))
        self.performer.receive(on.Audio(FRAME))
        self.assertEqual(self.metric("alie_errors_total", code="CAPACITY"), 1)
