"""Tests of alie.log_settings: what LOG_LEVEL may say."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from alie.log_settings import LogSettings, read_log
from alie.settings import Settings


class LevelTests(SynchronousTestCase):
    """`LOG_LEVEL`."""

    def read(self, text: str) -> dict[str, str]:
        """What is logged, by namespace; a complaint is a failure."""
        settings = Settings({"LOG_LEVEL": text})
        found = dict(read_log(settings).levels)
        self.assertEqual(settings.complaints, [])
        return found

    def test_default(self) -> None:
        """Information."""
        self.assertEqual((self.read(""), read_log(Settings({}))), ({"": "info"}, LogSettings()))

    def test_names(self) -> None:
        """Twisted's, syslog's, and those of loggers for Node, in any case."""
        wanted = {"error": "error", "WARN": "warn", "warning": "warn", "fatal": "critical", "notice": "info"}
        self.assertEqual({name: self.read(name)[""] for name in wanted}, wanted)

    def test_debug_is_ours_alone(self) -> None:
        """What libraries say at that level may quote what they were given."""
        for name in ("debug", "trace", "http", "silly", "verbose"):
            self.assertEqual(self.read(name), {"": "info", "alie": "debug"}, name)

    def test_parts(self) -> None:
        """Some parts of Alie may say more, or less, than all else."""
        wanted = {"": "warn", "alie.web": "debug", "alie.records.Records": "info"}
        self.assertEqual(self.read("warn, alie.web=debug ,alie.records.Records=info"), wanted)
        self.assertEqual(self.read("alie.web=error"), {"": "info", "alie.web": "error"})
        self.assertEqual(self.read("debug,alie=warn"), {"": "info", "alie": "warn"})

    def test_refused(self) -> None:
        """Levels that are none, other programs' parts, one of them twice; then all is as if nothing had been said."""
        for text in (
            "loud",
            "info,",
            "twisted=debug",
            "alienated=info",
            "info,warn",
            "alie=info,alie=warn",
            "alie=loud",
        ):
            settings = Settings({"LOG_LEVEL": text})
            self.assertEqual(read_log(settings).levels, LogSettings().levels)
            self.assertEqual(len(settings.complaints), 1, text)
            self.assertTrue(settings.complaints[0].startswith("LOG_LEVEL must be one of error"))


class FormatTests(SynchronousTestCase):
    """`ALIE_LOG_FORMAT`."""

    def test_names(self) -> None:
        """Three, and no other."""
        self.assertEqual(
            [read_log(Settings({"ALIE_LOG_FORMAT": name})).form for name in ("auto", "json", "text")],
            ["auto", "json", "text"],
        )
        settings = Settings({"ALIE_LOG_FORMAT": "xml"})
        self.assertEqual((read_log(settings).form, len(settings.complaints)), ("auto", 1))
