"""Tests of alie.logs.lines: one line an event, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

from twisted.logger import Logger, LogLevel, LogPublisher
from twisted.python import log as legacy
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from alie.logs.lines import MAX_TEXT, MAX_VALUE, json_line, text_line
from alie.traceback_log import make_bare

SECRET = "zyxquor blimfrast"


class LinesCase(SynchronousTestCase):
    """Events as they come from a publisher."""

    def setUp(self) -> None:
        self.events: list[Any] = []
        self.publisher = LogPublisher(make_bare, self.events.append)

    def log(self, namespace: str = "alie.records.Records") -> Logger:
        """A logger of this name."""
        return Logger(namespace, observer=self.publisher)

    def record(self) -> dict[str, Any]:
        """The newest event, as it was read from its line."""
        line = json_line(self.events[-1])
        self.assertTrue(line.endswith("}\n") and line.count("\n") == 1, line)
        found = json.loads(line)
        assert isinstance(found, dict)
        return found


class OwnTests(LinesCase):
    """What Alie logs."""

    def test_all_fields(self) -> None:
        """Time, level, logger, event, message, and what belongs to the event, in this order."""
        self.log().info("Session {session_id} ended: {code}", event="session.end", session_id="5f3c", code="complete")
        record = self.record()
        self.assertRegex(record.pop("time"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(
            list(record.items()),
            [
                ("level", "info"),
                ("logger", "alie.records.Records"),
                ("event", "session.end"),
                ("message", "Session 5f3c ended: complete"),
                ("session_id", "5f3c"),
                ("code", "complete"),
            ],
        )

    def test_time(self) -> None:
        """In UTC, to the millisecond."""
        line = json_line({"log_time": 1764407279.1239, "log_format": "x", "log_namespace": "alie"})
        self.assertEqual(json.loads(line)["time"], "2025-11-29T09:07:59.123Z")

    def test_numbers(self) -> None:
        """Seconds to the millisecond; what no reader of JSON can hold is text, or nothing."""
        self.log().info("x", event="x", audio_s=1.23456, big=2**60, small=-3, none=None, yes=True, odd=float("nan"))
        record = self.record()
        self.assertEqual(
            [record[name] for name in ("audio_s", "big", "small", "none", "yes", "odd")],
            [1.235, str(2**60), -3, None, True, None],
        )

    def test_objects(self) -> None:
        """Have no field: nobody knows what they would say."""
        self.log().warn("x", event="x", thing=object(), raw=b"abc", many=["a"], error=ValueError(SECRET))
        self.assertEqual(set(self.record()), {"time", "level", "logger", "event", "message"})

    def test_a_message_is_told_once(self) -> None:
        """A field that is all of it is left out."""
        self.log().info("{note}", event="note", note="LOG_LEVEL is set")
        self.assertNotIn("note", self.record())

    def test_reserved_names(self) -> None:
        """Nobody can say another time or level."""
        self.log().info("x", event="x", time="never", logger="nobody", message="y")
        record = self.record()
        self.assertEqual((record["level"], record["logger"], record["message"]), ("info", "alie.records.Records", "x"))
        self.assertNotEqual(record["time"], "never")

    def test_long(self) -> None:
        """Cut: with everything at its longest the line is one line of the journal."""
        self.log().info("{text}!", event="x", text="é" * 100_000)
        line = json_line(self.events[-1])
        self.assertLess(len(line.encode()), 48 * 1024)
        self.assertEqual((len(self.record()["message"]), len(self.record()["text"])), (MAX_TEXT, MAX_VALUE))

    def test_hostile_text(self) -> None:
        """Line ends, quotes and half characters stay within their field."""
        for text in ('a\nb\r\n{"level":"error"}', "\x00\x1b[31m", "\ud800", "\u2028"):
            self.log().info("{text}.", event="x", text=text)
            self.record()
        self.assertEqual(self.record()["text"], "\u2028")


class FailureTests(LinesCase):
    """What has failed."""

    def fail(self) -> Failure:
        """A failure whose text nobody may read."""
        try:
            raise ValueError(SECRET)
        except ValueError:
            return Failure()

    def test_one_field(self) -> None:
        """Places and names, in one field; never what was raised says."""
        self.log().failure("Session {session_id} failed", self.fail(), event="session.failed", session_id="5f3c")
        record = self.record()
        self.assertEqual((record["level"], record["error"]), ("critical", "builtins.ValueError"))
        self.assertRegex(record["traceback"], r"(?s)^Traceback \(places only\):\n.*test_lines\.py:\d+ in fail\n")
        self.assertNotIn("zyxquor", json_line(self.events[-1]) + text_line(self.events[-1]))

    def test_unguarded(self) -> None:
        """Even where nothing stands before the log."""
        event = {"log_failure": self.fail(), "log_format": "x", "log_namespace": "alie"}
        self.assertNotIn("zyxquor", json_line(event))

    def test_without_a_message(self) -> None:
        """The name of what was raised is one."""
        self.log("twisted.internet.defer").failure("", self.fail())
        self.events[-1]["log_format"] = None
        self.assertEqual(self.record()["message"], "builtins.ValueError")

    def test_unwritable(self) -> None:
        """An event that takes part in nothing is told of all the same, without what is in it."""

        class Bad:
            def __str__(self) -> str:
                raise ValueError(SECRET)

        line = json_line(
            {"log_time": "soon", "log_namespace": "alie.x", "log_format": "x", "log_level": LogLevel.error}
        )
        self.assertEqual(json.loads(line)["message"], "An event that cannot be written (TypeError)")
        self.log().info("{bad}", event="x", bad=Bad())
        self.assertEqual(self.record()["event"], "x")


class OthersTests(LinesCase):
    """What libraries log."""

    def test_no_fields(self) -> None:
        """Of Twisted and Autobahn there is the message alone."""
        self.log("twisted.web.http").warn("Odd {thing}", thing="request", event="x", url="http://h/?token=x")
        self.assertEqual(
            {name: self.record()[name] for name in ("level", "logger", "message")},
            {"level": "warn", "logger": "twisted.web.http", "message": "Odd request"},
        )
        self.assertEqual(set(self.record()), {"time", "level", "logger", "message"})

    def test_old_style(self) -> None:
        """Messages of twisted.python.log come through."""
        old = legacy.LogPublisher(observerPublisher=self.publisher, publishPublisher=self.publisher)
        old.msg("Main loop", "terminated.")
        self.assertEqual((self.record()["message"], self.record()["level"]), ("Main loop terminated.", "info"))
        old.msg("bad", isError=True)
        self.assertEqual(self.record()["level"], "critical")

    def test_text(self) -> None:
        """As Twisted writes it."""
        self.log().info("Hello, {name}", name="you", event="x")
        self.assertRegex(text_line(self.events[-1]), r"^\S+ \[alie\.records\.Records#info\] Hello, you\n$")
        self.assertEqual(text_line({}), "")
